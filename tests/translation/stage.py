"""Records of every kind, with a message of each template: what the pages of the other language are opened with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from healthportal.exports.services import ask_for_export
from healthportal.exports.work import work_on_next
from healthportal.support.services import view_as_seller
from inbox.services import NoticeDraft, post_notices
from policies.models import Policy
from policies.services import announce_batch, draft_version, propose_version, publish_version
from quizzes.models import AttemptQuestion, Question, Quiz
from quizzes.rules import window
from quizzes.selectors import milestone_quizzes
from quizzes.services import (
    answer_remark,
    decide_regrade,
    propose_regrade,
    regrade_next_batch,
    remind_sellers,
    run_trials,
    send_remark,
    start_milestone_attempt,
    start_trial,
    stop_trial,
    submit_attempt,
)
from reports.services import build_due_weeks
from sellers.models import Market, Seller
from sellers.services import note_on_seller
from tests.factories import (
    LONG_AGO,
    ArticleSectionFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    city_called,
    issue,
)
from tests.quizzes.helpers import answer_all, start, take
from tests.violations.appealing import appeal_against
from tests.violations.reversing import run_mass, start_mass
from violations.models import EnforcementAction
from violations.services import (
    announce_rules_batch,
    approve_rules,
    ask_seller,
    deny_appeal,
    draft_rules,
    grant_appeal,
    grant_partly,
    lift_action,
    void_violation,
    withdraw_request,
    withdraw_rules,
)
from workshops import services as workshops
from workshops.models import Workshop

from .pseudo import LANGUAGE


@dataclass
class Stage:
    market: Market
    seller: Seller
    member: User
    staff: User
    last_week: datetime


def build() -> Stage:
    """Two weeks of a seller who has been through everything, the first of which has its report."""
    now = timezone.now()
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    market = MarketFactory(
        name="Ελλάδα", code="GR", language=LANGUAGE, time_zone="UTC", books_closed_until=monday - timedelta(days=7),
        milestone_quiz_share=50, tells_of_viewings=True,
    )  # fmt: skip
    seller = SellerFactory(market=market, name="Μαγαζί", external_id="1001", created_at=LONG_AGO)
    member = MemberFactory(seller=seller, user__name="Άννα").user
    staff = UserFactory(name="Νίκος", is_staff=True, is_superuser=True)
    stage = Stage(market, seller, member, staff, monday - timedelta(days=5))
    for act in (violations, appeals, quizzes, policies, rules, events, notice):
        act(stage)
    ask_for_export(seller=seller, asked_by=member, now=now)
    view_as_seller(seller=seller, reason="Κλήση 7", viewed_by=staff, now=now)
    note_on_seller(seller=seller, text="Τηλεφώνησε.", written_by=staff, now=now)
    work_on_next(clock=lambda: now)
    build_due_weeks(market=Market.objects.get(pk=market.pk), now=now)
    reminder(stage)
    return stage


def violations(stage: Stage) -> None:
    policy, when = PolicyFactory(points=12, name="Δώρα", topic="Προϊόντα"), stage.last_week
    ArticleSectionFactory(article__policy=policy, article__title="Άρθρο", title="Μέρος")
    issue(stage.seller, policy, now=when)
    actions = EnforcementAction.objects.filter(seller=stage.seller)
    lift_action(action=actions.get(), reason="Λάθος.", lifted_by=stage.staff, now=when + timedelta(hours=1))
    issue(stage.seller, policy, now=when + timedelta(hours=2))
    light = PolicyFactory(points=2, name="Τίτλοι")
    voided = issue(stage.seller, light, now=when + timedelta(hours=3))
    void_violation(violation=voided, reason="Άλλο μαγαζί.", voided_by=stage.staff, now=when + timedelta(hours=4))
    for number in range(3):
        issue(stage.seller, light, now=when + timedelta(hours=5 + number), detection="notice")
    run_mass(start_mass(stage.market, now=when + timedelta(days=1), by=stage.staff, detection="notice"))


def appeals(stage: Stage) -> None:
    when, policy = stage.last_week + timedelta(days=1), PolicyFactory(points=3, name="Εικόνες")
    filed = [
        appeal_against(issue(stage.seller, policy, now=when), now=when + timedelta(hours=1), filed_by=stage.member)
        for _ in range(5)
    ]
    decided: dict[str, Any] = {
        "decided_by": UserFactory(),
        "now": when + timedelta(hours=2),
        "reason": "Στην εγγραφή ακούγεται ο ισχυρισμός, στο 01:12:40.",
    }
    grant_appeal(appeal=filed[0], **decided)
    grant_partly(appeal=filed[1], points=1, **decided)
    deny_appeal(appeal=filed[2], **decided)
    asked = {"appeal": filed[4], "things": ["Τιμολόγιο"], "asked_by": UserFactory(), "now": when + timedelta(hours=2)}
    request = ask_seller(**asked)
    withdraw_request(request=request, withdrawn_by=UserFactory(), now=when + timedelta(hours=3))


def quizzes(stage: Stage) -> None:
    when, policy = timezone.now() - timedelta(hours=8), PolicyFactory(points=2, name="Ήχος")
    quiz: Quiz = QuizFactory(policy=policy)
    for _ in range(3):
        issue(stage.seller, policy, now=when)
    take(stage.seller, quiz, now=when + timedelta(hours=1))
    take(stage.seller, quiz, right=1, now=when + timedelta(hours=2))
    start(stage.seller, quiz, now=timezone.now() - timedelta(minutes=5))
    milestone_quiz(stage)
    wrong_key(stage)
    invitation(stage)


def wrong_key(stage: Stage) -> None:
    """A remark that is answered, and attempts that are graded again: with a credit, and given back."""
    now, policy = timezone.now(), PolicyFactory(points=1, name="Ετικέτα")
    quiz: Quiz = QuizFactory(policy=policy, bank=3)
    violation = issue(stage.seller, policy, now=now - timedelta(hours=3))
    attempts = [take(stage.seller, quiz, right=2, now=now - timedelta(hours=2)) for _ in range(2)]
    asked = attempts[0].questions.get(position=3)
    remark = send_remark(asked=asked, text="Δύο.", user=stage.member, now=now)
    answer_remark(remark=remark, answer="Ναι.", follows="regraded", answered_by=stage.staff, now=now)
    failed = AttemptQuestion.objects.filter(attempt__in=attempts, position=3).order_by("pk")
    answered = {(one.question_id, *one.chosen): one for one in failed}  # twice the same is graded again once
    for one in answered.values():
        regrade(one.question, one.chosen, by=stage.staff)
    assert violation.entries.filter(kind="credit").exists()


def regrade(question: Question, right: list[int], *, by: User) -> None:
    now = timezone.now()
    question.refresh_from_db()
    said = {"explanation": "Έτσι.", "reason": "Λάθος.", "proposed_by": UserFactory()}
    proposal = propose_regrade(question=question, right=right, now=now, **said)
    decide_regrade(regrade=proposal, is_approved=True, decided_by=by, now=now)
    regrade_next_batch(regrade_id=proposal.pk, now=now)


def invitation(stage: Stage) -> None:
    """As chance has it: trials are started until one invites the seller."""
    quiz = QuizFactory(policy=PolicyFactory(points=1, name="Ήχος δύο"))
    issue(stage.seller, quiz.policy, now=timezone.now() - timedelta(hours=1))
    while not stage.seller.messages.filter(template="quiz_invited").exists():
        now = timezone.now()
        trial = start_trial(quiz=quiz, market=stage.market, question="Βοηθά;", started_by=stage.staff, now=now)
        run_trials(clock=timezone.now)
        stop_trial(trial=trial, stopped_by=stage.staff, now=timezone.now())


def milestone_quiz(stage: Stage) -> None:
    """One that puts a shorter action in the place of the one in force."""
    now = timezone.now()
    QuizFactory(policy=Policy.objects.get(name="Δώρα"))
    (offer, *_others) = milestone_quizzes(seller=stage.seller, as_of=now)
    action = offer.action
    attempt = start_milestone_attempt(action=action, seller=stage.seller, user=stage.member, now=now)
    answer_all(attempt, now=now)
    submit_attempt(attempt=attempt, user=stage.member, now=now)


def reminder(stage: Stage) -> None:
    """As if the month after the quizzes' violations were about to end."""
    remind_sellers(clock=lambda: window(timezone.now(), zone=stage.market.zone).closes_at - timedelta(hours=12))


def policies(stage: Stage) -> None:
    now = timezone.now()
    changed, added = PolicyFactory(name="Τιμές"), Policy.objects.create(code="new-1", name="Νέο", topic="Τιμές")
    said = {"requirement": "Πρέπει.", "breach": "Όχι.", "wording": "## Α\n\nΠρέπει.", "severity": "minor", "points": 1}
    for policy in (changed, added):
        draft = draft_version(policy=policy, now=now, change_summary="Νέα λόγια.", **said)
        then = now + timedelta(days=90)
        draft = propose_version(version=draft, effective_from=then, proposed_by=UserFactory(), now=now)
        publish_version(version=draft, effective_from=then, published_by=stage.staff, now=now)
    while announce_batch(now=now):
        pass


def rules(stage: Stage) -> None:
    now = timezone.now()
    for numbers in ({"appeal_days": 60, "rewarded_passes_per_month": 2}, {"appeal_days": 90}):
        change = draft_rules(
            market=stage.market, numbers=numbers, milestones=[], reason="Νόμος.", drafted_by=stage.staff, now=now,
            effective_from=now + timedelta(days=90),
        )  # fmt: skip
        approve_rules(change=change, approved_by=UserFactory(), now=now)
        while announce_rules_batch(now=now):
            pass
        if "rewarded_passes_per_month" in numbers:
            withdraw_rules(change=change, withdrawn_by=stage.staff, now=now, reason="Όχι.")
            while announce_rules_batch(now=now):
                pass


def events(stage: Stage) -> None:
    now = timezone.now()
    moved, cancelled, past = [_workshop(stage, capacity=5) for _ in range(3)]
    for workshop in (moved, cancelled, past):
        workshops.sign_up(workshop=workshop, seller=stage.seller, user=stage.member, now=now)
    place = {"time_zone": "UTC", "city": city_called("Πάτρα"), "venue": "Αίθουσα", "address": "Οδός 2"}
    place |= {"mode": "both", "join_url": "https://live.example/2"}
    later = {"starts_at": moved.starts_at + timedelta(days=1), "ends_at": moved.ends_at + timedelta(days=1)}
    workshops.move_workshop(workshop=moved, now=now, **later, **place)
    workshops.tell_attendees(workshop=moved, text="Νέα.", also_waiting=True, now=now, told_by=stage.staff)
    workshops.cancel_workshop(workshop=cancelled, reason="Βροχή.", now=now)
    signup = past.signups.get()
    said = {"reason": "Ήταν εκεί.", "corrected_by": stage.staff, "now": past.starts_at}
    workshops.correct_attendance(signup=signup, was_there=True, **said)
    own_places(stage)
    waiting_list(stage)
    unconfirmed_place(stage)
    workshops.remind_attendees(clock=lambda: moved.starts_at - timedelta(hours=12))
    workshops.remind_attendees(clock=lambda: past.ends_at)
    missed_workshop(stage)


def own_places(stage: Stage) -> None:
    """Places that the seller takes itself, and gives back."""
    now, workshop = timezone.now(), _workshop(stage, places_per_seller=2)
    signups = workshops.sign_up_people(
        workshop=workshop, seller=stage.seller, user=stage.member, names=["Άννα", "Μαρία"], now=now
    )
    workshops.tell_of_own_places(clock=timezone.now)
    for signup in signups:
        workshops.cancel_signup(signup=signup, user=stage.member, now=now)
    workshops.tell_of_own_places(clock=timezone.now)


def missed_workshop(stage: Stage) -> None:
    """A place for which nobody came, which is excused."""
    now, workshop = timezone.now(), _workshop(stage)
    missed, there = [
        workshops.sign_up(workshop=workshop, seller=seller, user=user, now=now)
        for seller, user in [(stage.seller, stage.member), *_others(stage, 1)]
    ]
    workshops.check_in(workshop=workshop, code=there.check_in_code, now=workshop.starts_at)
    workshops.excuse_signup(signup=missed, reason="Έτσι.", now=workshop.ends_at, excused_by=stage.staff)


def _others(stage: Stage, count: int) -> list[tuple[Seller, User]]:
    members = [MemberFactory(seller__market=stage.market) for _ in range(count)]
    return [(member.seller, member.user) for member in members]


def unconfirmed_place(stage: Stage) -> None:
    """A place that comes free, is not confirmed in time, and taken again by a host for the seller."""
    now, workshop = timezone.now() - timedelta(hours=3), _workshop(stage, capacity=1, confirm_hours=1)
    first = MemberFactory(seller__market=stage.market)
    placed = workshops.sign_up(workshop=workshop, seller=first.seller, user=first.user, now=now)
    workshops.sign_up(workshop=workshop, seller=stage.seller, user=stage.member, now=now)
    workshops.cancel_signup(signup=placed, user=first.user, now=now)
    workshops.pass_on_unconfirmed_places(now=now + timedelta(hours=2))
    workshops.sign_up_for_seller(
        workshop=workshop, seller=stage.seller, attendee="Άννα", reason="Τηλεφώνησε.", now=now + timedelta(hours=2),
        signed_up_by=stage.staff,
    )  # fmt: skip


def waiting_list(stage: Stage) -> None:
    """One place that two take, and for which somebody waits who may not have it any more."""
    now, workshop = timezone.now(), _workshop(stage, capacity=1)
    first, gone = [MemberFactory(seller__market=stage.market) for _ in range(2)]
    signups = [
        workshops.sign_up(workshop=workshop, seller=seller, user=user, now=now)
        for seller, user in [(first.seller, first.user), (gone.seller, gone.user), (stage.seller, stage.member)]
    ]
    Seller.objects.filter(pk=gone.seller_id).update(signed_up_to_sell=False)
    workshops.cancel_signup(signup=signups[0], user=signups[0].user, now=now)
    workshops.cancel_signup_for_seller(signup=signups[2], reason="Έτσι.", now=now, cancelled_by=stage.staff)
    workshops.sign_up(workshop=workshop, seller=first.seller, user=first.user, now=now)
    again = workshops.sign_up(workshop=workshop, seller=stage.seller, user=stage.member, now=now)
    workshops.give_place(signup=again, reason="Έτσι.", now=now, given_by=stage.staff)


def _workshop(stage: Stage, **fields: Any) -> Workshop:
    starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=10)
    texts = {"title": "Εργαστήριο", "city": "Αθήνα", "venue": "Αίθουσα", "address": "Οδός 1", "time_zone": "UTC"}
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    made: Workshop = WorkshopFactory(market=stage.market, language=LANGUAGE, **texts, **times, **fields)
    return made


def notice(stage: Stage) -> None:
    said = NoticeDraft(external_id="n-1", seller_external_id="1001", subject="Γεια", body="Γεια σας.")
    post_notices(market=stage.market, drafts=[said], now=timezone.now())

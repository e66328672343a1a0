"""A market in which every service is tried that takes locks of several kinds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

from inbox.models import Message
from inbox.services import MessageDraft, NoticeDraft, post_messages, post_notices
from policies.services import announce_batch
from quizzes.models import AttemptQuestion, Question, Regrade
from quizzes.services import (
    answer_remark,
    decide_regrade,
    propose_regrade,
    regrade_next_batch,
    send_remark,
    start_attempt,
    submit_attempt,
)
from reports.services import announce_chunk, build_chunk, publish_run, start_run
from sellers.services import (
    ContentDraft,
    SellerDraft,
    change_market,
    create_api_token,
    put_content,
    put_sellers,
)
from tests.credits import credit_points
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    UserFactory,
    WorkshopFactory,
    city_called,
    draft,
    issue,
)
from tests.policies.test_announcements import publish
from tests.quizzes.helpers import answer_all
from tests.quizzes.helpers import take as take_quiz
from tests.violations.appealing import appeal_against
from tests.violations.reversing import REASON, draft_mass, start_mass
from tests.violations.test_uploads import checked, row
from tests.workshops.places import take
from violations.imports.upload_services import confirm_upload
from violations.imports.upload_work import work_on_next
from violations.models import EnforcementAction
from violations.services import (
    ReversalFilter,
    ask_seller,
    deny_appeal,
    file_appeal,
    file_draft,
    grant_appeal,
    grant_partly,
    issue_violations,
    lift_action,
    redraft_reversal,
    save_draft,
    send_answer,
    void_next_batch,
    void_violation,
    withdraw_appeal,
    withdraw_request,
)
from workshops.services import cancel_signup, cancel_workshop, change_capacity, move_workshop, sign_up

BEFORE = NOW - timedelta(days=1)  # they are deactivated since
LATER = NOW + timedelta(minutes=1)


def proposed(question: Question, right: Iterable[int]) -> Regrade:
    said = {"explanation": "So.", "reason": REASON, "proposed_by": UserFactory(), "now": NOW}
    return propose_regrade(question=question, right=list(right), **said)


class Scene:
    """A market in which everything can happen to the same two sellers.

    Its methods are the services. ``RECORDS`` are those that wait for the books, ``TELLS_NOBODY`` those that record
    nothing and need not. ``TAKES_TURNS_ON_SELLERS`` are those that wait for a seller.
    """

    TELLS_NOBODY: ClassVar = [
        "withdraw_an_appeal",
        "save_a_draft",
        "send_an_answer",
        "provision_sellers",
        "put_content",
        "sign_up",
        "make_a_token",
    ]

    RECORDS: ClassVar = [
        "announce_a_policy",
        "announce_reports",
        "answer_a_remark",
        "ask_a_seller",
        "cancel_a_place",
        "cancel_a_workshop",
        "change_a_capacity",
        "change_a_market",
        "credit_points",
        "decide_on_a_regrade",
        "deny_an_appeal",
        "draft_a_mass_reversal",
        "draft_it_anew",
        "file_a_draft",
        "file_an_appeal",
        "grade_the_next_again",
        "grant_an_appeal",
        "grant_one_in_part",
        "import_an_upload",
        "issue_violations",
        "lift_an_action",
        "move_a_workshop",
        "post_messages",
        "post_notices",
        "start_a_run",
        "submit_an_attempt",
        "void_a_violation",
        "void_the_next_batch",
        "withdraw_a_request",
    ]

    TAKES_TURNS_ON_SELLERS: ClassVar = [
        "answer_a_remark",
        "ask_a_seller",
        "credit_points",
        "deny_an_appeal",
        "file_a_draft",
        "file_an_appeal",
        "grade_the_next_again",
        "grant_an_appeal",
        "grant_one_in_part",
        "issue_violations",
        "lift_an_action",
        "post_notices",
        "provision_sellers",
        "put_content",
        "save_a_draft",
        "send_an_answer",
        "sign_up",
        "submit_an_attempt",
        "void_a_violation",
        "withdraw_a_request",
        "withdraw_an_appeal",
    ]

    ALONGSIDE: ClassVar[list[str]] = []
    """What else happens while all of these happen at once."""

    def __init__(self) -> None:
        self.market, self.staff = MarketFactory(), UserFactory()
        self.sellers = [MemberFactory(seller__market=self.market, seller__created_at=LONG_AGO).seller for _ in range(2)]
        self.policy = PolicyFactory(points=12)
        self.violations = [issue(self.sellers[number % 2], self.policy) for number in range(5)]
        self.action = EnforcementAction.objects.order_by("id").first()
        self.appeals = [appeal_against(violation) for violation in self.violations[1:4]]
        member = self.sellers[0].users.first()
        self.draft = save_draft(violation=self.violations[0], member=member, text="No.", window="x", now=NOW)
        self._ask()
        self._take_part()
        self._leave_work()

    def _ask(self) -> None:
        asked = appeal_against(issue(self.sellers[0], self.policy))
        self.request = ask_seller(appeal=asked, things=["It"], asked_by=self.staff, now=NOW)
        member = self.sellers[0].users.first()
        self.answer = save_draft(
            violation=asked.violation, member=member, text="It.", window="x", request=self.request, now=NOW
        )

    def _take_part(self) -> None:
        quiz = QuizFactory(policy=self.policy)
        self.attempt = start_attempt(quiz=quiz, seller=self.sellers[0], user=self.sellers[0].users.first(), now=NOW)
        answer_all(self.attempt)
        self._take_another()
        self.workshops = [WorkshopFactory(market=self.market, capacity=1) for _ in range(5)]
        self.signups = [
            take(workshop, seller, now=BEFORE) for workshop in self.workshops[:4] for seller in self.sellers
        ]

    def _take_another(self) -> None:
        """One that failed by a wrong key: with a remark, a regrade that runs, and one that is proposed."""
        quiz = QuizFactory(policy=PolicyFactory(), bank=3)
        issue(self.sellers[1], quiz.policy)
        attempt = take_quiz(self.sellers[1], quiz, right=2)
        failed, other = attempt.questions.get(position=3), attempt.questions.get(position=1)
        self.remark = send_remark(asked=failed, text="Why?", user=attempt.user, now=NOW)
        chosen = AttemptQuestion.objects.get(pk=failed.pk).chosen
        self.regrade = decide_regrade(
            regrade=proposed(failed.question, chosen), is_approved=True, decided_by=self.staff, now=NOW
        )
        wrong = other.question.choices.filter(is_right=False).values_list("pk", flat=True)[:1]
        self.proposed = proposed(other.question, wrong)

    def _leave_work(self) -> None:
        """For workers: a mass reversal that runs, a policy and reports to announce, an upload to import."""
        self.running = start_mass(self.market, policy=self.policy, now=NOW)
        self.drafted = draft_mass(self.market, policy=self.policy, now=NOW)
        publish(PolicyFactory())
        run = start_run(market=self.market, now=NOW)
        self.chunk = run.chunks.get()
        build_chunk(chunk_id=self.chunk.pk, now=NOW)
        publish_run(run_id=run.pk, now=NOW)
        fields = row("f-1", seller=self.sellers[0].external_id, policy=self.policy.code)
        self.upload = checked(self.market, self.staff, fields)

    def issue_violations(self) -> None:
        drafts = [draft(seller, self.policy, external_id=f"b-{seller.pk}") for seller in reversed(self.sellers)]
        issue_violations(market=self.market, drafts=drafts, source="feed", now=LATER)

    def credit_points(self) -> None:
        credit_points(violation=self.violations[0], points=1, reason="Goodwill", now=LATER)

    def void_a_violation(self) -> None:
        void_violation(violation=self.violations[4], reason=REASON, voided_by=self.staff, now=LATER)

    def lift_an_action(self) -> None:
        lift_action(action=self.action, reason=REASON, lifted_by=self.staff, now=LATER)

    def file_an_appeal(self) -> None:
        file_appeal(violation=self.violations[0], text="No.", filed_by=self.sellers[0].users.first(), now=LATER)

    def save_a_draft(self) -> None:
        member = self.sellers[0].users.first()
        save_draft(violation=self.violations[0], member=member, text="No.", window="x", now=LATER)

    def file_a_draft(self) -> None:
        file_draft(draft=self.draft, seen=self.draft.fingerprint, now=LATER)

    def ask_a_seller(self) -> None:
        ask_seller(appeal=self.appeals[1], things=["It"], asked_by=self.staff, now=LATER)

    def withdraw_a_request(self) -> None:
        withdraw_request(request=self.request, withdrawn_by=self.staff, now=LATER)

    def send_an_answer(self) -> None:
        send_answer(draft=self.answer, is_last=True, now=LATER)

    def withdraw_an_appeal(self) -> None:
        withdraw_appeal(appeal=self.appeals[2], withdrawn_by=self.appeals[2].filed_by, now=LATER)

    def grant_an_appeal(self) -> None:
        grant_appeal(appeal=self.appeals[0], decided_by=self.staff, now=LATER)

    def grant_one_in_part(self) -> None:
        grant_partly(appeal=self.appeals[1], points=1, reason=REASON, decided_by=self.staff, now=LATER)

    def deny_an_appeal(self) -> None:
        deny_appeal(appeal=self.appeals[2], reason=REASON, decided_by=self.staff, now=LATER)

    def post_messages(self) -> None:
        drafts = [MessageDraft(seller_id=s.pk, kind=Message.Kind.NOTICE, subject="!", body="!") for s in self.sellers]
        post_messages(market=self.market, drafts=drafts, now=LATER)

    def post_notices(self) -> None:
        drafts = [NoticeDraft(f"n-{s.pk}", s.external_id, "Hello", "Hello") for s in reversed(self.sellers)]
        post_notices(market=self.market, drafts=drafts, now=LATER)

    def provision_sellers(self) -> None:
        drafts = [SellerDraft(seller.external_id, "Another name") for seller in reversed(self.sellers)]
        put_sellers(market=self.market, drafts=drafts, now=LATER)

    def put_content(self) -> None:
        drafts = [(s.external_id, ContentDraft("live", "c-1", "Another title")) for s in reversed(self.sellers)]
        put_content(market=self.market, drafts=drafts, now=LATER)

    def submit_an_attempt(self) -> None:
        submit_attempt(attempt=self.attempt, user=self.attempt.user, now=LATER)

    def sign_up(self) -> None:
        seller = self.sellers[0]
        sign_up(workshop=self.workshops[4], seller=seller, user=seller.users.first(), now=BEFORE)

    def cancel_a_place(self) -> None:
        cancel_signup(signup=self.signups[0], user=self.signups[0].user, now=LATER)

    def change_a_capacity(self) -> None:
        change_capacity(workshop=self.workshops[1], capacity=5, now=LATER)

    def move_a_workshop(self) -> None:
        place = {
            "city": city_called("Austin"),
            "mode": "in_person",
            "join_url": "",
            "venue": "Hall 2",
            "address": "2 Main Street",
            "time_zone": "America/Chicago",
        }
        starts_at, ends_at = NOW + timedelta(days=11), NOW + timedelta(days=11, hours=2)
        move_workshop(workshop=self.workshops[2], starts_at=starts_at, ends_at=ends_at, now=LATER, **place)

    def cancel_a_workshop(self) -> None:
        cancel_workshop(workshop=self.workshops[3], reason=REASON, now=LATER)

    def void_the_next_batch(self) -> None:
        void_next_batch(reversal_id=self.running.pk, now=LATER)

    def draft_a_mass_reversal(self) -> None:
        draft_mass(self.market, policy=self.policy, by=self.staff, now=LATER)

    def draft_it_anew(self) -> None:
        wanted = ReversalFilter(policy=self.policy, detection="staff")
        redraft_reversal(reversal=self.drafted, market=self.market, wanted=wanted, incident="INC-8", now=LATER)

    def announce_a_policy(self) -> None:
        announce_batch(now=LATER)

    def announce_reports(self) -> None:
        announce_chunk(chunk_id=self.chunk.pk, now=LATER)

    def import_an_upload(self) -> None:
        confirm_upload(upload=self.upload, confirmed_by=self.staff, now=LATER)
        work_on_next(clock=lambda: LATER)

    def start_a_run(self) -> None:
        start_run(market=self.market, now=LATER)

    def answer_a_remark(self) -> None:
        answer_remark(remark=self.remark, answer="It was.", follows="stays", answered_by=self.staff, now=LATER)

    def decide_on_a_regrade(self) -> None:
        decide_regrade(regrade=self.proposed, is_approved=True, decided_by=self.staff, now=LATER)

    def grade_the_next_again(self) -> None:
        regrade_next_batch(regrade_id=self.regrade.pk, now=LATER)

    def change_a_market(self) -> None:
        change_market(market=self.market, changes={"name": "Elsewhere"}, now=NOW)

    def make_a_token(self) -> None:
        create_api_token(market=self.market, name="feed", created_by=self.staff, now=LATER)

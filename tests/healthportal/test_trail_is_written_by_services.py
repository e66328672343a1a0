"""Services write the audit trail themselves, so that one called from anywhere leaves its entry."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

import accounts.services
import healthportal.jobs.services
import healthportal.retention.erasure
import healthportal.support.services
import inbox.events.services
import inbox.services
import policies.services
import quizzes.services
import reports.services
import sellers.services
import violations.services
import workshops.services
from accounts.models import User
from audit.models import AuditEntry
from audit.notes import TYPED
from quizzes.exchange.formats import read
from reports.models import ReportChunk
from sellers.models import Invitation, Member, Seller
from sellers.services import MemberDraft, begin_viewing
from tests.apps import APPS
from tests.factories import (
    ArticleFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    city_called,
)
from tests.factories import draft as violation_draft
from tests.inbox.events.endpoints import sent_message, webhook
from tests.translation import pseudo
from tests.violations.appealing import DENIAL
from tests.workshops.doors import helper
from tests.workshops.places import appointment_like, take
from violations.imports import upload_services
from violations.services import ReversalFilter, take_appeal
from workshops.models import Signup

from .test_trail_is_complete import (
    MORE,
    REASON,
    Sent,
    a_pdf,
    a_png,
    a_remark,
    an_alarm,
    appeal_reason,
    arrived,
    article_draft,
    asked,
    checked_upload,
    controlled_market,
    draft,
    drafted,
    drafted_rules,
    drawn,
    failed_chunk,
    filed,
    given_up,
    held_violation,
    in_shadow,
    material_of,
    members_to_invite,
    missed_place,
    pictured,
    proposed_article,
    proposed_version,
    restriction,
    running_trial,
    standing,
    started,
    stopped,
    token,
    unpublished_quiz,
    unreachable,
    waiting,
    waiting_controls,
    waiting_points,
    waiting_regrade,
    waiting_superuser,
    wish,
    workshop,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

ROOT = Path(__file__).parents[2]

SERVICES = [
    accounts.services,
    inbox.events.services,
    inbox.services,
    policies.services,
    quizzes.services,
    reports.services,
    sellers.services,
    violations.services,
    workshops.services,
    upload_services,
    healthportal.jobs.services,
    healthportal.retention.erasure,
    healthportal.support.services,
]

BY_MEMBERS = {"file_appeal", "withdraw_appeal"}
"""What members of a seller do is a record itself."""

PARTS = {
    "drop_partition": "of the database's owner; see tests/reports/test_dropping.py",
    "take_scans": "arrivals, one by one; see tests/workshops/test_door_scans.py",
    "issue_violations": "of an upload or an import, or a batch of one",
    "preview_violation": "rolled back",
    "preview_held_batch": "rolled back",
    "walk_in": "a sign-up and an arrival; see tests/workshops/test_walk_ins.py",
    "issue_isolating_failures": "of an upload or an import",
}
"""What is noted as the thing that it is a part of."""


def actor_of(service: Callable[..., Any]) -> str:
    """The parameter that says who causes what a service does; empty for one that writes nothing, or by itself."""
    takes = list(inspect.signature(service).parameters)
    named = [one for one in takes if one.endswith("_by") or one == "by"]
    return next(iter(named), "person" if {"person", "now"} <= set(takes) else "")


def by_somebody() -> dict[str, tuple[Callable[..., Any], str]]:
    """The public services that take who causes what they do, with the name of that parameter."""
    found = {}
    for module in SERVICES:
        for name, service in inspect.getmembers(module, inspect.isfunction):
            own = service.__module__.startswith(module.__name__) and not name.startswith("_")
            if own and name not in BY_MEMBERS and (actor := actor_of(service)):
                found[name] = (service, actor)
    return found


def version_fields() -> Sent:
    return {"requirement": "Be true.", "breach": "It was not.", "wording": "## 1", "severity": "moderate", "points": 2}


def moved() -> Sent:
    one = workshop()
    names = ["starts_at", "ends_at", "time_zone", "mode", "venue", "address", "join_url"]
    return {"workshop": one, "city": city_called("Dallas"), **{name: getattr(one, name) for name in names}}


def one_draft() -> Sent:
    seller, policy = SellerFactory(), PolicyFactory()
    return {"market": seller.market, "draft": violation_draft(seller, policy), "source": "shell"}


def one_invited() -> Sent:
    seller = SellerFactory()
    return {"market": seller.market, "drafts": [MemberDraft(seller.external_id, "a@glow.example")]}


def one_set() -> Sent:
    violation = standing()
    return {
        "market": violation.market,
        "wanted": ReversalFilter(policy=violation.policy_version.policy),
        "incident": "INC-77, wrong list",
    }


def seller_and_person() -> Sent:
    return {"seller": SellerFactory(), "user": UserFactory()}


def of_boss(**fields: Any) -> Seller:
    """A seller that the one who acts is an owner of."""
    seller: Seller = MemberFactory(user=User.objects.get(email="boss@example.com"), **fields).seller
    return seller


def member() -> Sent:
    found = MemberFactory(seller=of_boss())
    return {"seller": found.seller, "user": found.user}


def invited() -> Invitation:
    seller = of_boss()
    by = seller.users.get()
    sent = timezone.now() - timedelta(hours=1)
    invitation = Invitation(seller=seller, email="new@example.com", role="viewer", invited_by=by, created_at=sent)
    invitation.sent_at, invitation.expires_at = sent, sent + timedelta(days=7)
    invitation.secret_hash = Invitation.hash_of("secret")
    invitation.save()
    return invitation


def invited_boss() -> Sent:
    invitation = invited()
    boss = invitation.invited_by
    MemberFactory(seller=invitation.seller)
    Member.objects.filter(user=boss).delete()
    EmailAddress.objects.create(user=boss, email=invitation.email, verified=True)
    return {"secret": "secret"}


def copied() -> Sent:
    one = workshop()
    return {"workshop": one, "appointments": [appointment_like(one, starts_at=one.starts_at)]}


def told() -> Sent:
    place = take(workshop(), now=timezone.now())
    return {"workshop": place.workshop, "text": "Bring a pen.", "also_waiting": False}


def door_link() -> Sent:
    return {"link": helper(workshop(begins_in=timedelta(hours=1)))}


def with_place() -> Sent:
    return {"signup": begun_signup()}


def begun_signup() -> Signup:
    return take(workshop(begins_in=timedelta(hours=1)), now=timezone.now())


def begun() -> Sent:
    place = begun_signup()
    return {"workshop": place.workshop, "code": place.check_in_code}


def wrong_key() -> Sent:
    question = QuizFactory().questions.first()
    return {"question": question, "right": [question.choices.last().pk], "explanation": "So.", **REASON}


def boss() -> User:
    return User.objects.get(email="boss@example.com")


def one_taken() -> Sent:
    appeal = filed()
    take_appeal(appeal=appeal, person=boss(), now=timezone.now())
    return {"appeal": appeal}


def one_in_the_queue() -> Sent:
    filed()
    return {}


def something_viewed() -> Sent:
    begin_viewing(seller=SellerFactory(), reason="Ticket 4711", begun_by=boss(), now=timezone.now())
    return {}


def a_reviewer() -> User:
    reviewer: User = UserFactory(is_staff=True, is_superuser=True)
    return reviewer


def jobs_given_up() -> Sent:
    return {"kind": type(given_up())}


# Service: what it is called with beside the moment and the person, and what the entry is called.
CALLS: dict[str, tuple[Callable[[], Sent], str]] = {
    "assign_appeal": (lambda: {"appeal": filed(), "to": a_reviewer()}, "assign"),
    "take_appeal": (lambda: {"appeal": filed()}, "take"),
    "take_next": (one_in_the_queue, "take"),
    "release_appeal": (one_taken, "release"),
    "note_on_appeal": (lambda: {"appeal": filed(), "text": "Called twice."}, "note"),
    "end_viewing": (something_viewed, "end_viewing"),
    "view_as_seller": (lambda: {"seller": SellerFactory(), "reason": "Ticket 4711"}, "view_as_seller"),
    "erase_person": (lambda: {"request": wish()}, "erase"),
    "retry_given_up": (jobs_given_up, "retry"),
    "publish_workshop": (lambda: {"workshop": workshop(published_at=None)}, "publish"),
    "change_capacity": (lambda: {"workshop": workshop(), "capacity": 80}, "change_capacity"),
    "move_workshop": (moved, "move"),
    "cancel_workshop": (lambda: {"workshop": workshop(), **REASON}, "cancel"),
    "unpublish_workshop": (lambda: {"workshop": workshop()}, "unpublish"),
    "copy_workshop": (copied, "add"),
    "tell_attendees": (told, "tell"),
    "check_in": (begun, "check_in"),
    "check_in_place": (with_place, "check_in"),
    "let_in": (with_place, "check_in"),
    "make_door_link": (lambda: {"workshop": workshop(), "name": "North"}, "add"),
    "revoke_door_link": (door_link, "revoke"),
    "describe_workshop": (lambda: {"workshop": workshop(), "texts": {"title": "Renamed"}}, "change"),
    "cancel_signup_for_seller": (lambda: {"signup": take(workshop(), now=timezone.now()), **REASON}, "cancel"),
    "give_place": (lambda: {"signup": waiting(), **REASON}, "give_place"),
    "sign_up_for_seller": (
        lambda: {"workshop": workshop(), "seller": SellerFactory(), "attendee": "Ana", **REASON},
        "sign_up",
    ),
    "add_material": (lambda: {"workshop": workshop(), "file": a_pdf()}, "add_material"),
    "remove_material": (lambda: {"file": material_of(workshop())}, "remove_material"),
    "excuse_signup": (lambda: {"signup": missed_place(), **REASON}, "excuse"),
    "undo_check_in": (lambda: {"signup": arrived()}, "undo_check_in"),
    "correct_attendance": (lambda: {"signup": arrived(), "was_there": False, **REASON}, "undo_check_in"),
    "publish_quiz": (lambda: {"quiz": unpublished_quiz()}, "publish"),
    "unpublish_quiz": (lambda: {"quiz": QuizFactory()}, "unpublish"),
    "retire_question": (lambda: {"question": QuestionFactory(quiz__published_at=None)}, "retire"),
    "send_for_review": (lambda: {"question": QuestionFactory(state="draft")}, "send_for_review"),
    "send_back": (lambda: {"question": QuestionFactory(state="review"), **REASON}, "send_back"),
    "publish_question": (lambda: {"question": QuestionFactory(state="review")}, "publish"),
    "replace_question": (lambda: {"question": QuestionFactory()}, "replace"),
    "propose_pass_points": (lambda: {"quiz": QuizFactory(), "points": 2, **REASON}, "propose"),
    "add_picture": (
        lambda: {"question": QuestionFactory(state="draft"), "sent": a_png(), "alt": "A cream"},
        "add_picture",
    ),
    "remove_picture": (lambda: {"picture": pictured().pictures.get()}, "remove_picture"),
    "start_trial": (
        lambda: {"quiz": QuizFactory(), "market": MarketFactory(), "question": "Does it help?"},
        "add",
    ),
    "stop_trial": (lambda: {"trial": running_trial()}, "stop"),
    "import_questions": (
        lambda: {"quiz": QuizFactory(), "found": read("gift", "Why? {=So ~No}"), "format_name": "GIFT"},
        "import",
    ),
    "answer_remark": (lambda: {"remark": a_remark(), "answer": "It was.", "follows": "stays"}, "answer"),
    "propose_regrade": (wrong_key, "propose"),
    "decide_regrade": (lambda: {"regrade": waiting_regrade(), "is_approved": False}, "decide"),
    "decide_pass_points": (lambda: {"proposal": waiting_points(), "is_approved": True}, "decide"),
    "issue_violation": (one_draft, "add"),
    "void_violation": (lambda: {"violation": standing(), **REASON}, "void"),
    "lift_action": (lambda: {"action": restriction(), **REASON}, "lift"),
    "grant_appeal": (lambda: {"appeal": filed(), **REASON}, "grant"),
    "grant_partly": (lambda: {"appeal": filed(), "points": 2, **REASON}, "grant_partly"),
    "deny_appeal": (lambda: {"appeal": filed(), "reason": DENIAL}, "deny"),
    "review_again": (lambda: {"review": drawn(), "decision": "denied", **REASON}, "review"),
    "ask_seller": (lambda: {"appeal": filed(), "things": ["The invoice"]}, "ask"),
    "withdraw_request": (lambda: {"request": asked().requests.get()}, "withdraw_request"),
    "draft_article": (lambda: {"article": ArticleFactory()}, "add"),
    "propose_article": (lambda: {"version": article_draft()}, "propose"),
    "publish_article": (lambda: {"version": proposed_article()}, "publish"),
    "draft_version": (lambda: {"policy": PolicyFactory(), **version_fields()}, "add"),
    "publish_version": (lambda: {"version": draft(), "effective_from": timezone.now() + timedelta(days=90)}, "publish"),
    "hold_detector": (lambda: {"alarm": an_alarm()}, "hold"),
    "release_detector": (lambda: {"alarm": an_alarm(holds=True)}, "release"),
    "settle_alarm": (lambda: {"alarm": an_alarm(), "note": "A bad release."}, "settle"),
    "issue_held": (lambda: {"held": held_violation()}, "issue"),
    "drop_held": (lambda: {"held": held_violation(), **REASON}, "drop"),
    "draft_reversal": (one_set, "add"),
    "redraft_reversal": (lambda: {"reversal": drafted(), **one_set()}, "redraft"),
    "draft_rules": (
        lambda: {
            "market": MarketFactory(),
            "numbers": {"appeal_days": 60},
            "milestones": None,
            "effective_from": timezone.now() + timedelta(days=30),
            **REASON,
        },
        "add",
    ),
    "rehearse": (
        lambda: {
            "market": MarketFactory(),
            "question": "Why?",
            "numbers": {"approach_points": 1},
            "milestones": None,
            "points": {},
            "shadow_weeks": 0,
        },
        "add",
    ),
    "stop_shadow": (lambda: {"rehearsal": in_shadow()}, "stop"),
    "approve_rules": (lambda: {"change": drafted_rules()}, "approve"),
    "withdraw_rules": (lambda: {"change": drafted_rules()}, "withdraw"),
    "issue_held_batch": (lambda: {"held": [held_violation()]}, "issue"),
    "drop_held_batch": (lambda: {"held": [held_violation()], **REASON}, "drop"),
    "retire_appeal_reason": (lambda: {"reason": appeal_reason()}, "retire"),
    "propose_reversal": (lambda: {"reversal": drafted(), "confirmed": 1, **REASON}, "propose"),
    "propose_superuser": (lambda: {"user": UserFactory(is_staff=True), **REASON}, "propose"),
    "decide_superuser": (lambda: {"proposal": waiting_superuser(), "is_approved": True}, "decide"),
    "propose_controls": (lambda: {"market": controlled_market(), "controls": MORE, **REASON}, "propose"),
    "change_market": (lambda: {"market": MarketFactory(), "changes": {"name": "Renamed"}}, "change"),
    "decide_controls": (lambda: {"proposal": waiting_controls(), "is_approved": True}, "decide"),
    "propose_version": (lambda: {"version": draft(), "effective_from": timezone.now() + timedelta(days=90)}, "propose"),
    "take_back_proposal": (lambda: {"version": proposed_version()}, "take_back"),
    "start_reversal": (lambda: {"reversal": drafted(), "confirmed": 1, **REASON}, "start"),
    "stop_reversal": (lambda: {"reversal": started()}, "stop"),
    "resume_reversal": (lambda: {"reversal": stopped()}, "resume"),
    "receive_upload": (lambda: {"market": MarketFactory(), "file": SimpleUploadedFile("v.csv", b"x")}, "add"),
    "confirm_upload": (lambda: {"upload": checked_upload()}, "confirm"),
    "discard_upload": (lambda: {"upload": checked_upload()}, "discard"),
    "set_brand": (lambda: {"market": MarketFactory(), "changes": {"name": "Glow"}}, "add"),
    "create_api_token": (lambda: {"market": MarketFactory(), "name": "feed"}, "add"),
    "receive_members": (
        lambda: {"market": MarketFactory(), "file": SimpleUploadedFile("m.csv", b"seller,email\n1,a@glow.example\n")},
        "add",
    ),
    "confirm_members": (lambda: {"upload": members_to_invite(), "confirmed": 1}, "confirm"),
    "discard_members": (lambda: {"upload": members_to_invite()}, "discard"),
    "begin_viewing": (lambda: {"seller": SellerFactory(), "reason": "Ticket 4711"}, "view_as_seller"),
    "note_on_seller": (lambda: {"seller": SellerFactory(), "text": "Called twice."}, "note"),
    "put_members": (one_invited, "invite_member"),
    "create_endpoint": (
        lambda: {"market": MarketFactory(), "name": "trust", "address": "https://1.1.1.1/"},
        "add",
    ),
    "change_endpoint": (
        lambda: {"endpoint": webhook(), "address": "https://1.0.0.1/", "kinds": [], "confirms_actions": False},
        "redirect",
    ),
    "remove_endpoint": (lambda: {"endpoint": webhook(off=True)}, "remove"),
    "resend": (lambda: {"delivery": sent_message()}, "resend"),
    "rotate_secret": (lambda: {"endpoint": webhook()}, "rotate"),
    "send_test": (lambda: {"endpoint": webhook()}, "test"),
    "switch_off": (lambda: {"endpoint": webhook(), **REASON}, "switch_off"),
    "switch_on": (lambda: {"endpoint": webhook(off=True)}, "switch_on"),
    "revoke_api_token": (lambda: {"token": token()}, "revoke"),
    "add_member": (seller_and_person, "add_member"),
    "change_role": (lambda: {**member(), "role": "viewer"}, "change_role"),
    "invite_member": (
        lambda: {"seller": of_boss(), "email": "new@example.com", "role": "viewer"},
        "invite_member",
    ),
    "resend_invitation": (lambda: {"invitation": invited()}, "resend_invitation"),
    "withdraw_invitation": (lambda: {"invitation": invited()}, "withdraw_invitation"),
    "accept_invitation": (invited_boss, "add_member"),
    "remove_member": (member, "remove_member"),
    "limit_staff": (lambda: {"person": UserFactory(is_staff=True), "markets": [MarketFactory()]}, "limit_markets"),
    "restore_address": (lambda: {"email": unreachable().email}, "restore"),
    "retry_delivery": (lambda: {"delivery": given_up()}, "retry"),
    "retry_chunk": (lambda: {"chunk_id": failed_chunk().pk}, "retry"),
    "retry_chunks": (lambda: {"chunks": ReportChunk.objects.filter(pk=failed_chunk().pk)}, "retry"),
}


def test_cases_of_services_are_all_there_are() -> None:
    """Who adds a service that staff cause adds a case: it leaves an entry, whoever calls it."""
    assert {*CALLS, *PARTS} == by_somebody().keys()


@pytest.fixture(name="boss")
def _boss() -> User:
    return UserFactory(email="boss@example.com", is_staff=True)


@pytest.mark.parametrize("name", CALLS)
def test_service_leaves_an_entry_whoever_calls_it(boss: User, name: str) -> None:
    service, actor = by_somebody()[name]
    make, action = CALLS[name]
    sent = {"now": timezone.now(), **make()}
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    service(**sent, **{actor: boss})
    entries = AuditEntry.objects.exclude(pk__in=before)
    assert {(entry.person, entry.action) for entry in entries} == {(boss, action)}
    assert len({(entry.kind, entry.object_id) for entry in entries}) == len(entries)


@pytest.mark.parametrize("name", CALLS)
def test_what_is_noted_is_said_in_the_language_of_who_reads_it(boss: User, pseudo_language: str, name: str) -> None:
    service, actor = by_somebody()[name]
    make, _action = CALLS[name]
    sent = {"now": timezone.now(), **make()}
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    with translation.override(pseudo_language):
        service(**sent, **{actor: boss})
        entries = AuditEntry.objects.exclude(pk__in=before)
        kept = str(list(entries.values_list("object_name", "note_kind", "note_facts", "changes")))
        said = [entry.note for entry in entries if entry.note_kind not in ("", TYPED)]
    assert pseudo.BEGIN not in kept
    assert all(note.startswith(pseudo.BEGIN) for note in said)


def test_calls_of_services_name_who_causes_them() -> None:
    """An actor that is left out is nobody: only workers and systems of the marketplace's may be that."""
    nobody = {
        "discard_upload": "_discard_forgotten",
        "switch_off": "switch_off_failing",
        "put_members": "members",  # of the API
    }
    services = by_somebody()
    forgotten = []
    for path in sorted(ROOT.glob("*/**/*.py")):
        if path.relative_to(ROOT).parts[0] not in APPS or "demo" in path.parts or "migrations" in path.parts:
            continue
        for function in [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]:
            for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
                called = getattr(call.func, "id", getattr(call.func, "attr", ""))
                if called in services and nobody.get(called) != function.name:
                    given = {keyword.arg for keyword in call.keywords}
                    if services[called][1] not in given and called not in PARTS:
                        forgotten.append(f"{path.relative_to(ROOT)}:{call.lineno} {called}")
    assert forgotten == []

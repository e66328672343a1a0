"""Everything that staff can do in the portal leaves an entry in the audit trail.

What there is to do is read from the admin itself. Who adds a model, a step or an action there adds a case here: until
then, these tests fail.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import URLPattern, reverse
from django.utils import timezone
from PIL import Image

from accounts.models import SuperuserProposal, UnreachableAddress, User
from accounts.services import note_returned, propose_superuser
from audit.admin_pages import AuditedAdmin
from audit.models import AuditEntry, LoneDecision
from audit.services import record
from audit.wording import row_words
from healthportal.retention.models import ErasureRequest, Retention
from inbox.models import EmailDelivery
from kit.emails.returned import Kind, Returned
from policies.models import ArticleVersion, PolicyVersion
from policies.services import propose_article, propose_version
from quizzes.models import FairTrial, PassPointsProposal, Question, QuestionPicture, Quiz, Regrade, Remark
from quizzes.services import add_picture, propose_pass_points, propose_regrade, send_remark, start_trial
from reports import services as reports
from reports.models import ReportChunk, ReportRun
from sellers.models import ApiToken, ControlsProposal, Market, MemberUpload, Seller
from sellers.services import create_api_token, propose_controls, receive_members
from tests.factories import (
    LONG_AGO,
    NOW,
    ArticleVersionSectionFactory,
    CityFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    PolicyVersionFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    city_called,
    issue,
)
from tests.factories import draft as violation_draft
from tests.forms import fields_of, fill_in
from tests.inbox.events.endpoints import sent_message, webhook
from tests.inbox.states import put_into
from tests.pages import ago
from tests.quizzes.helpers import take as submit_quiz
from tests.sellers.branding import brand
from tests.violations import test_uploads as uploading
from tests.violations.appealing import DENIAL, appeal_against, upload
from tests.violations.reversing import draft_mass, start_mass
from tests.violations.test_admin import issue_form
from tests.workshops.places import take
from violations.models import (
    Appeal,
    AppealReason,
    DetectorAlarm,
    EnforcementAction,
    HeldViolation,
    Macro,
    MassReversal,
    Rehearsal,
    RulesChange,
    SecondReview,
    Upload,
    Violation,
)
from violations.services import (
    answer_next_rehearsal,
    ask_seller,
    deny_appeal,
    draft_rules,
    hold_detector,
    issue_violations,
    rehearse,
    stop_reversal,
)
from workshops.models import MaterialFile, Signup, Workshop, WorkshopSeries
from workshops.services import add_material, check_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

Sent = dict[str, Any]


@pytest.fixture
def boss() -> User:
    return UserFactory(email="boss@example.com", name="Boss", is_staff=True, is_superuser=True)


@pytest.fixture
def client(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def url(label: str, page: str, *args: Any) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


def only_entry(boss: User, record: Model, action: str) -> AuditEntry:
    """The one entry about a record, which says who and when."""
    kind = record._meta.label_lower
    entry = AuditEntry.objects.get(kind=kind, object_id=str(record.pk), action=action)
    assert (entry.person, entry.actor) == (boss, "boss@example.com")
    assert timedelta(0) <= timezone.now() - entry.at < timedelta(minutes=5)
    assert entry.object_name
    return entry


def change_of(entry: AuditEntry, field: str) -> tuple[Any, Any]:
    return next((change["from"], change["to"]) for change in entry.changes if change["field"] == field)


# --- What there is to do


def superuser_request() -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = User(is_staff=True, is_active=True, is_superuser=True)
    return request


def labels(allows: Callable[[Any, HttpRequest], bool]) -> set[str]:
    """The models for which the admin lets a superuser do something."""
    request = superuser_request()
    return {model._meta.label_lower for model, one in admin.site._registry.items() if allows(one, request)}


def pages_and_actions() -> set[str]:
    """Pages of the admin beside Django's own, as ``app_model_page``, and actions of lists as ``app_model: action``."""
    found = set()
    for model, model_admin in admin.site._registry.items():
        prefix = f"{model._meta.app_label}_{model._meta.model_name}"
        own = {f"{prefix}_{page}" for page in ["changelist", "add", "history", "delete", "change"]}
        named = {p.name for p in model_admin.get_urls() if isinstance(p, URLPattern) and p.name}
        found |= named - own
        found |= {f"{prefix}: {name}" for name in model_admin.get_actions(superuser_request())}
    return {name for name in found if not name.endswith(": delete_selected")}


def test_every_page_of_the_admin_writes_the_trail() -> None:
    assert [one for one in admin.site._registry.values() if not isinstance(one, AuditedAdmin)] == []


# --- Changing


def draft() -> PolicyVersion:
    version: PolicyVersion = PolicyVersionFactory(
        number=2, policy=PolicyFactory(), published_at=None, effective_from=None, points=3, change_summary="More."
    )
    return version


def proposed_version() -> PolicyVersion:
    then = timezone.now() + timedelta(days=60)
    return propose_version(version=draft(), effective_from=then, proposed_by=UserFactory(), now=timezone.now())


def article_draft() -> ArticleVersion:
    version: ArticleVersion = ArticleVersionSectionFactory().version
    return version


def proposed_article() -> ArticleVersion:
    return propose_article(version=article_draft(), proposed_by=UserFactory(), now=timezone.now())


def workshop(*, begins_in: timedelta = timedelta(days=10), **fields: Any) -> Workshop:
    start = (timezone.now() + begins_in).replace(second=0, microsecond=0)
    found: Workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=3), **fields)
    return found


def address() -> EmailAddress:
    user = UserFactory()
    return EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)


def macro() -> Macro:
    return Macro.objects.create(kind="deny", name="On tape", text="It is on tape.")


def appeal_reason(market: Market | None = None) -> AppealReason:
    return AppealReason.objects.create(outcome="denied", code="on-tape", label="It is on the recording", market=market)


def gone_alone() -> LoneDecision:
    about, by = checked_upload(), UserFactory(is_staff=True)
    entry = record(by=by, action="go_alone", about=about, note="Nobody else was there.", now=timezone.now())
    return LoneDecision.objects.create(entry=entry, permission="violations.add_upload")


def series() -> WorkshopSeries:
    return WorkshopSeries.objects.create(name="Autumn")


CHANGES: dict[str, tuple[Callable[[], Any], Sent]] = {
    "retention.retention": (lambda: Retention.objects.create(kind="digests", days=180), {"days": 120}),
    "sellers.market": (MarketFactory, {"name": "Renamed"}),
    "sellers.brand": (lambda: brand(MarketFactory(), name="Glow"), {"name": "Renamed"}),
    "sellers.seller": (SellerFactory, {"name": "Renamed"}),
    "accounts.user": (UserFactory, {"name": "Renamed"}),
    "violations.appealreason": (appeal_reason, {"label": "Renamed"}),
    "policies.policy": (PolicyFactory, {"name": "Renamed"}),
    "policies.policyversion": (draft, {"requirement": "Prove it."}),
    "policies.articleversion": (article_draft, {"title": "Renamed"}),
    "quizzes.quiz": (QuizFactory, {"attempts_per_month": 2}),
    "quizzes.question": (lambda: QuestionFactory(state="draft"), {"text": "Why then?"}),
    "violations.macro": (macro, {"name": "Renamed"}),
    "workshops.workshop": (workshop, {"title": "Renamed"}),
    "workshops.workshopseries": (series, {"name": "Renamed"}),
    "workshops.city": (CityFactory, {"name": "Renamed"}),
    "auth.group": (lambda: Group.objects.create(name="Helpers"), {"name": "Renamed"}),
    "account.emailaddress": (address, {"verified": True}),
}


def test_cases_of_changing_are_all_there_are() -> None:
    assert set(CHANGES) == labels(lambda one, request: one.has_change_permission(request))


@pytest.mark.parametrize("label", CHANGES)
def test_changing_notes_old_and_new_value(client: Client, boss: User, label: str) -> None:
    make, changes = CHANGES[label]
    record = make()
    ((field, value),) = changes.items()
    old = getattr(record, field)
    response = fill_in(client, url(label, "change", record.pk), **changes)
    assert response.status_code == 302, getattr(response, "context", None) and response.context["errors"]
    entry = only_entry(boss, record, "change")
    assert change_of(entry, field) == (old, value)
    assert {change["field"] for change in entry.changes} - {"updated_at", "author"} == {field}
    history = client.get(url(label, "history", record.pk)).text
    assert "<bdi>Boss</bdi> (<bdi>boss@example.com</bdi>)" in history
    assert f'href="{url(label, "history", record.pk)}"' in client.get(url(label, "change", record.pk)).text


# --- Adding


ADDITIONS: dict[str, Callable[[], Sent]] = {
    "retention.erasurerequest": lambda: {"user": UserFactory().pk},
    "sellers.market": lambda: {"code": "XX", "name": "New", "time_zone": "Asia/Bangkok", "language": "th"},
    "sellers.brand": lambda: {"market": MarketFactory().pk, "name": "Glow"},
    "sellers.seller": lambda: {"market": MarketFactory().pk, "external_id": "x-1", "name": "New"},
    "accounts.user": lambda: {"email": "new@example.com"},
    "events.webhookendpoint": lambda: {"market": MarketFactory().pk, "name": "trust", "address": "https://1.1.1.1/"},
    "sellers.apitoken": lambda: {"market": MarketFactory().pk, "name": "feed"},
    "policies.policy": lambda: {"code": "new", "name": "New", "topic": "Topic"},
    "policies.policyversion": lambda: {
        "policy": PolicyFactory(points=False).pk,
        "requirement": "Prove it.",
        "breach": "It was not proved.",
        "wording": "## 1. Claims",
        "severity": "moderate",
        "points": "2",
        "change_summary": "First.",
    },
    "policies.articleversion": lambda: {"policy": PolicyFactory().pk, "title": "New", "summary": "Short."},
    "violations.appealreason": lambda: {"outcome": "denied", "code": "on-tape", "label": "It is on the recording"},
    "violations.macro": lambda: {"kind": "ask", "name": "Proofs", "text": "The invoice"},
    "violations.violation": lambda: issue_form(SellerFactory(), PolicyFactory()),
    "violations.upload": lambda: {
        "market": MarketFactory().pk,
        "file": SimpleUploadedFile("week.csv", uploading.csv_of(uploading.row("a"))),
    },
    "sellers.memberupload": lambda: {
        "market": MarketFactory().pk,
        "file": SimpleUploadedFile("m.csv", b"seller,email\n1,a@glow.example\n"),
    },
    "violations.massreversal": lambda: {"market": MarketFactory().pk, "incident": "INC-7", "detection": "staff"},
    "violations.ruleschange": lambda: {"appeal_days": MarketFactory().appeal_days + 30, **REASON, **in_a_month()},
    "violations.rehearsal": lambda: {"question": "Why?", "approach_points": MarketFactory().approach_points + 1},
    "quizzes.quiz": lambda: {"policy": PolicyFactory().pk},
    "quizzes.fairtrial": lambda: {"quiz": QuizFactory().pk, "market": MarketFactory().pk, "question": "Does it help?"},
    "quizzes.question": lambda: {
        "quiz": QuizFactory(published_at=None).pk,
        "text": "Why?",
        "explanation": "So.",
        "choices-0-text": "Yes",
        "choices-0-is_right": "on",
        "choices-1-text": "No",
    },
    "workshops.workshopseries": lambda: {"name": "Autumn"},
    "workshops.city": lambda: {"name": "York", "country": "GB", "time_zone": "Europe/London", "slug": "york"},
    "workshops.workshop": lambda: {
        "market": MarketFactory().pk,
        "title": "New",
        "summary": "An afternoon.",
        "description": "Cases.",
        "hosts": [UserFactory(is_staff=True).pk],
        "policies": [PolicyFactory().pk],
        "mode": "in_person",
        "time_zone": "Asia/Bangkok",
        "starts_at": "2030-03-01T13:00",
        "ends_at": "2030-03-01T16:00",
        "city": city_called("Bangkok").pk,
        "venue": "Hall",
        "address": "1 Road",
    },
    "auth.group": lambda: {"name": "Helpers"},
    "account.emailaddress": lambda: {"user": UserFactory().pk, "email": "second@example.com"},
}


def test_cases_of_adding_are_all_there_are() -> None:
    assert set(ADDITIONS) == labels(lambda one, request: one.has_add_permission(request))


@pytest.mark.parametrize("label", ADDITIONS)
def test_adding_notes_the_values(client: Client, boss: User, label: str) -> None:
    sent = ADDITIONS[label]()
    app, _, model = label.partition(".")
    admin_model = next(one for one in admin.site._registry if one._meta.label_lower == f"{app}.{model}")
    response = fill_in(client, url(label, "add"), **sent)
    if label == "violations.violation":
        response = client.post(url(label, "add"), fields_of(response.text))  # confirm what it does
    shown_once = label in {"sellers.apitoken", "events.webhookendpoint"}
    assert response.status_code == (200 if shown_once else 302), getattr(response, "context", None)
    record = admin_model._default_manager.order_by("pk").last()
    assert record is not None
    entry = only_entry(boss, record, "add")
    assert entry.changes
    assert all(change["from"] is None for change in entry.changes)


def test_adding_notes_the_rows_that_belong_to_a_record(client: Client, boss: User) -> None:
    fill_in(client, url("quizzes.question", "add"), **ADDITIONS["quizzes.question"]())
    question = Question.objects.latest("pk")
    entry = only_entry(boss, question, "add")
    rows = {(row_words(change["of"]), change["field"], change["to"]) for change in entry.changes if "of" in change}
    right, wrong = question.choices.order_by("pk")
    assert rows == {
        (f"Added choice “Yes” ({right.pk})", "text", "Yes"),
        (f"Added choice “Yes” ({right.pk})", "is_right", True),
        (f"Added choice “No” ({wrong.pk})", "text", "No"),
        (f"Added choice “No” ({wrong.pk})", "is_right", False),
    }


# --- Deleting


def second_factor() -> Authenticator:
    return Authenticator.objects.create(user=UserFactory(), type="totp", data={"secret": "JBSWY3DP"})


DELETIONS: dict[str, Callable[[], Any]] = {
    "sellers.market": lambda: MarketFactory(milestones=False),
    "sellers.brand": lambda: brand(MarketFactory(), name="Glow"),
    "sellers.seller": SellerFactory,
    "policies.policy": lambda: PolicyFactory(points=False),
    "policies.policyversion": draft,
    "policies.articleversion": article_draft,
    "violations.macro": macro,
    "violations.massreversal": lambda: draft_mass(MarketFactory()),
    "quizzes.question": lambda: QuestionFactory(state="draft"),
    "workshops.workshop": lambda: workshop(published_at=None),
    "workshops.workshopseries": series,
    "workshops.city": CityFactory,
    "auth.group": lambda: Group.objects.create(name="Helpers"),
    "account.emailaddress": address,
    "mfa.authenticator": second_factor,
}


ONLY_DRAFTS = {"workshops.workshop", "violations.massreversal", "sellers.market"}


def test_cases_of_deleting_are_all_there_are() -> None:
    """Asked without a record, some say no: only drafts are deleted, and markets without sellers."""
    assert set(DELETIONS) - ONLY_DRAFTS == labels(lambda one, request: one.has_delete_permission(request))


@pytest.mark.parametrize("label", DELETIONS)
@pytest.mark.parametrize("way", ["page", "list"])
def test_deleting_notes_the_last_values(client: Client, boss: User, label: str, way: str) -> None:
    record = DELETIONS[label]()
    kept, pk = str(record)[:200], record.pk
    if way == "page":
        response = client.post(url(label, "delete", pk), {"post": "yes"})
    else:
        sent = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
        response = client.post(url(label, "changelist"), sent)
    if way == "list" and type(record)._default_manager.filter(pk=pk).exists():
        assert label in ONLY_DRAFTS
        return
    assert response.status_code == 302
    assert not type(record)._default_manager.filter(pk=pk).exists()
    record.pk = pk
    entry = only_entry(boss, record, "delete")
    assert entry.object_name == kept
    assert entry.changes
    assert all(change["to"] is None for change in entry.changes)
    assert "JBSWY3DP" not in str(entry.changes)


def test_deleting_notes_what_went_with_it(client: Client, boss: User) -> None:
    question = QuestionFactory(state="draft")
    client.post(url("quizzes.question", "delete", question.pk), {"post": "yes"})
    assert only_entry(boss, question, "delete").note == "With it: 4 choices."


# --- Steps and actions


def standing() -> Violation:
    return issue(MemberFactory().seller, PolicyFactory(points=12), now=timezone.now())


def filed(*, with_file: bool = False) -> Appeal:
    return appeal_against(standing(), now=timezone.now(), attachments=[upload()] if with_file else [])


def asked() -> Appeal:
    appeal = appeal_against(issue(MemberFactory().seller, PolicyFactory(), now=ago(hours=3)), now=ago(hours=2))
    return ask_seller(appeal=appeal, things=["It"], asked_by=UserFactory(), now=ago(hours=1)).appeal


def drawn() -> SecondReview:
    appeal = deny_appeal(appeal=filed(), reason=DENIAL, decided_by=UserFactory(), now=timezone.now())
    return SecondReview.objects.create(appeal=appeal, drawn_at=timezone.now(), first_reviewer=appeal.decided_by)


def restriction() -> EnforcementAction:
    return EnforcementAction.objects.get(violation=standing())


def drafted_rules() -> RulesChange:
    return draft_rules(
        market=MarketFactory(),
        numbers={"appeal_days": 60},
        milestones=None,
        reason="A new law.",
        effective_from=timezone.now() + timedelta(days=30),
        drafted_by=UserFactory(),
        now=timezone.now(),
    )


def in_shadow() -> Rehearsal:
    rehearsal = rehearse(
        market=MarketFactory(),
        question="Why?",
        numbers={"approach_points": 1},
        milestones=None,
        points={},
        shadow_weeks=2,
        asked_by=UserFactory(),
        now=timezone.now(),
    )
    answer_next_rehearsal(clock=timezone.now)
    return rehearsal


def unpublished_quiz() -> Quiz:
    quiz: Quiz = QuizFactory(published_at=None)
    return quiz


def a_png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (4, 4)).save(made, "PNG")
    return made.getvalue()


def pictured() -> Question:
    question = QuestionFactory(state="draft")
    return add_picture(question=question, sent=a_png(), alt="A cream", added_by=UserFactory(), now=NOW)


def a_picture() -> int:
    return QuestionPicture.objects.latest("pk").pk


def running_trial() -> FairTrial:
    return start_trial(
        quiz=QuizFactory(),
        market=MarketFactory(),
        question="Does it help?",
        started_by=UserFactory(),
        now=ago(hours=1),
    )


def an_alarm(*, holds: bool = False) -> DetectorAlarm:
    alarm = DetectorAlarm.objects.create(
        market=MarketFactory(),
        detector="claims-model",
        raised_at=ago(hours=2),
        since=ago(hours=5),
        cases=12,
        overturned=6,
        usual=0.02,
        last_appeal_id=1,
    )
    return hold_detector(alarm=alarm, held_by=UserFactory(), now=ago(hours=1)) if holds else alarm


def held_violation() -> HeldViolation:
    alarm = an_alarm(holds=True)
    seller = SellerFactory(market=alarm.market)
    sent = violation_draft(seller, PolicyFactory(), detection="automated", issued_at=ago(hours=3))
    issue_violations(market=alarm.market, drafts=[sent], source="API token feed", now=timezone.now())
    return HeldViolation.objects.latest("pk")


def token() -> ApiToken:
    return create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)[0]


def given_up() -> EmailDelivery:
    standing()
    put_into("dead")
    delivery: EmailDelivery = EmailDelivery.objects.latest("pk")
    return delivery


def wish() -> ErasureRequest:
    return ErasureRequest.objects.create(user=UserFactory(), asked_at=NOW)


def unreachable() -> UnreachableAddress:
    email = UserFactory().email
    note_returned(returned=[Returned(email, Kind.HARD)], now=NOW)
    return UnreachableAddress.objects.get(email=email)


def failed_chunk() -> ReportChunk:
    seller: Seller = SellerFactory(created_at=NOW - timedelta(days=400))
    run = reports.start_run(market=seller.market, now=timezone.now())
    run.chunks.update(attempts=9, due_at=None, given_up_at=timezone.now(), last_error="The disk is full.")
    return run.chunks.get()


def checked_upload() -> Upload:
    market = MarketFactory(books_closed_until=LONG_AGO)
    PolicyFactory(code="claims")
    SellerFactory(market=market, external_id="glow-1")
    return uploading.checked(market, UserFactory(is_staff=True), uploading.row("a"))


def drafted() -> MassReversal:
    return draft_mass(issue(SellerFactory(), PolicyFactory()).market)


def started() -> MassReversal:
    return start_mass(issue(SellerFactory(), PolicyFactory()).market)


def stopped() -> MassReversal:
    return stop_reversal(reversal=started(), stopped_by=UserFactory(), now=NOW)


def in_a_month() -> Sent:
    moment = timezone.now() + timedelta(days=30)
    return {"effective_from_0": f"{moment:%Y-%m-%d}", "effective_from_1": "00:00:00"}


REASON = {"reason": "Wrong shop."}


def waiting() -> Signup:
    full = workshop(capacity=1)
    take(full, now=timezone.now())
    return take(full, now=timezone.now())


def a_remark() -> Remark:
    seller, quiz, now = MemberFactory().seller, QuizFactory(), timezone.now()
    issue(seller, quiz.policy, now=now)
    attempt = submit_quiz(seller, quiz, now=now)
    return send_remark(asked=attempt.questions.get(position=1), text="Why?", user=attempt.user, now=now)


def waiting_points() -> PassPointsProposal:
    by = UserFactory()
    return propose_pass_points(quiz=QuizFactory(), points=2, reason="Why.", proposed_by=by, now=timezone.now())


def waiting_superuser() -> SuperuserProposal:
    return propose_superuser(
        user=UserFactory(is_staff=True), reason="Why.", proposed_by=UserFactory(), now=timezone.now()
    )


MORE = {"upload_second_person_above": None, "reversal_second_person_above": None}


def controlled_market() -> Market:
    return SellerFactory(market=MarketFactory(upload_second_person_above=1)).market


def waiting_controls() -> ControlsProposal:
    market, by = controlled_market(), UserFactory()
    return propose_controls(market=market, controls=MORE, reason="Why.", proposed_by=by, now=timezone.now())


def waiting_regrade() -> Regrade:
    question = QuizFactory().questions.first()
    right = [question.choices.filter(is_right=False).first().pk]
    return propose_regrade(
        question=question, right=right, explanation="So.", reason="Why.", proposed_by=UserFactory(), now=timezone.now()
    )


def at_the_door() -> Signup:
    return take(workshop(begins_in=timedelta(hours=1)), now=timezone.now())


def arrived() -> Signup:
    signup = at_the_door()
    return check_in(workshop=signup.workshop, code=signup.check_in_code, now=timezone.now())


def past_workshop() -> Workshop:
    return workshop(begins_in=timedelta(hours=-4))


def a_pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("slides.pdf", b"%PDF-1.7 slides")


def material_of(held: Workshop) -> MaterialFile:
    return add_material(workshop=held, file=a_pdf(), now=timezone.now(), added_by=None)


def missed_place() -> Signup:
    """A place for which nobody came to a workshop where somebody was."""
    signup = at_the_door()
    other = take(signup.workshop, now=timezone.now())
    check_in(workshop=signup.workshop, code=other.check_in_code, now=timezone.now())
    Workshop.objects.filter(pk=signup.workshop_id).update(starts_at=ago(hours=3), ends_at=ago(hours=1))
    return signup


def members_to_invite() -> MemberUpload:
    seller = SellerFactory()
    file = SimpleUploadedFile("m.csv", f"seller,email\n{seller.external_id},a@glow.example\n".encode())
    by = UserFactory(is_staff=True)
    return receive_members(market=seller.market, file=file, uploaded_by=by, now=timezone.now())


# Page: what it is about, what is sent, words of the note, and a field that must be among the changes.
STEPS: dict[str, tuple[Callable[[], Any], Callable[[], Sent], str, str]] = {
    "violations_violation_void": (standing, lambda: REASON, "Voided: Wrong shop.", "voided_at"),
    "violations_enforcementaction_lift": (restriction, lambda: REASON, "Lifted: Wrong shop.", "lifted_at"),
    "policies_policyversion_publish": (draft, in_a_month, "Published", "published_at"),
    "violations_appeal_grant": (filed, lambda: REASON, "Wrong shop.", "state"),
    "violations_appeal_grant_partly": (filed, lambda: {**REASON, "points": "2"}, "Wrong shop.", "state"),
    "violations_appeal_deny": (filed, lambda: {"reason": DENIAL}, f"Denied: {DENIAL}", "state"),
    "violations_appeal_ask": (filed, lambda: {"things": "It"}, "Asked the seller for: It", "decide_by"),
    "violations_appeal_withdraw_request": (asked, dict, "Withdrew the request for: It", "decide_by"),
    "violations_secondreview_review": (drawn, lambda: {**REASON, "decision": "denied"}, "decided: Denied", "decision"),
    "violations_upload_confirm": (checked_upload, dict, "Confirmed: 1 to create", "confirmed_by"),
    "violations_upload_discard": (checked_upload, dict, "Discarded.", "state"),
    "violations_detectoralarm_hold": (lambda: an_alarm(), dict, "Held.", "held_by"),
    "violations_detectoralarm_release": (lambda: an_alarm(holds=True), dict, "Released.", "released_by"),
    "violations_detectoralarm_settle": (lambda: an_alarm(), lambda: {"note": "A bad release."}, "Settled: A", "note"),
    "violations_heldviolation_issue": (lambda: held_violation(), dict, "Issued.", "violation"),
    "violations_heldviolation_drop": (lambda: held_violation(), lambda: REASON, "Dropped: Wrong shop.", "reason"),
    "violations_appealreason_retire": (appeal_reason, dict, "Retired.", "retired_at"),
    "policies_articleversion_publish": (proposed_article, dict, "Published: sellers read it.", "published_at"),
    "policies_articleversion_take_back": (proposed_article, dict, "Not proposed any more.", "proposed_by"),
    "policies_policyversion_take_back": (proposed_version, dict, "Not proposed any more.", "proposed_by"),
    "violations_massreversal_redraft": (drafted, lambda: {"incident": "INC-8"}, "Changed to", "incident"),
    "violations_massreversal_start": (drafted, lambda: {**REASON, "confirmed": "1"}, "Wrong shop.", "started_by"),
    "violations_massreversal_stop": (started, dict, "Stopped after 0", "stopped_by"),
    "violations_massreversal_resume": (stopped, dict, "Resumed after 0", "stopped_at"),
    "violations_ruleschange_approve": (drafted_rules, dict, "Approved.", "approved_by"),
    "violations_rehearsal_stop": (in_shadow, dict, "Stopped.", "stopped_at"),
    "violations_ruleschange_withdraw": (drafted_rules, dict, "Withdrawn.", "withdrawn_at"),
    "events_webhookendpoint_redirect": (webhook, lambda: {"address": "https://1.0.0.1/"}, "Address and", "address"),
    "sellers_memberupload_confirm": (members_to_invite, lambda: {"confirmed": "1"}, "Confirmed: 1", "confirmed_by"),
    "sellers_memberupload_discard": (members_to_invite, dict, "Discarded.", "state"),
    "quizzes_quiz_publish": (unpublished_quiz, dict, "Published.", "published_at"),
    "quizzes_quiz_unpublish": (QuizFactory, dict, "Unpublished.", "published_at"),
    "quizzes_remark_answer": (a_remark, lambda: {"answer": "It was.", "follows": "stays"}, "It was.", "answer"),
    "quizzes_regrade_decide": (waiting_regrade, lambda: {"decision": "approve"}, "Approved.", "approved"),
    "quizzes_quiz_decide": (lambda: waiting_points().quiz, lambda: {"decision": "approve"}, "Approved", "pass_points"),
    "quizzes_fairtrial_stop": (running_trial, dict, "Stopped.", "stopped_at"),
    "quizzes_question_send_for_review": (lambda: QuestionFactory(state="draft"), dict, "Sent for review.", "state"),
    "quizzes_question_add_picture": (
        lambda: QuestionFactory(state="draft"),
        lambda: {"file": SimpleUploadedFile("a.png", a_png()), "alt": "A cream"},
        "Added the picture “A cream”.",
        "author",
    ),
    "quizzes_question_remove_picture": (pictured, lambda: {"picture": a_picture()}, "Removed the picture", "author"),
    "quizzes_question_publish": (lambda: QuestionFactory(state="review"), dict, "Published.", "published_at"),
    "quizzes_question_send_back": (lambda: QuestionFactory(state="review"), lambda: REASON, "Wrong shop.", "state"),
    "quizzes_question_retire": (lambda: QuestionFactory(quiz__published_at=None), dict, "Retired.", "retired_at"),
    "workshops_workshop_publish": (lambda: workshop(published_at=None), dict, "Published.", "published_at"),
    "workshops_workshop_unpublish": (workshop, dict, "Unpublished.", "published_at"),
    "workshops_workshop_cancel": (workshop, lambda: REASON, "Cancelled: Wrong shop.", "cancelled_at"),
    "workshops_signup_cancel": (lambda: take(workshop(), now=timezone.now()), lambda: REASON, "Wrong shop.", "state"),
    "workshops_signup_give_place": (waiting, lambda: REASON, "Wrong shop.", "state"),
    "workshops_signup_note_there": (at_the_door, lambda: REASON, "Wrong shop.", "checked_in_at"),
    "workshops_signup_undo_check_in": (arrived, lambda: REASON, "Wrong shop.", "checked_in_at"),
    "accounts_user_limit_markets": (
        lambda: UserFactory(is_staff=True),
        lambda: {"markets": [str(MarketFactory(code="TH").pk)]},
        "Works for these markets: TH.",
        "markets",
    ),
    "auth_user_password_change": (
        UserFactory,
        lambda: {"password1": "purple-otter-lake", "password2": "purple-otter-lake"},
        "",
        "password",
    ),
}

# Steps that change no field of their record, with what is sent; the note is what was typed, or whose it is.
STEPS_BESIDE: dict[str, tuple[Callable[[], Any], Callable[[], Sent]]] = {
    "sellers_seller_invite_member": (SellerFactory, lambda: {"email": "a@glow.example", "role": "owner"}),
    "violations_appeal_take": (filed, dict),
    "quizzes_quiz_import": (QuizFactory, lambda: {"format": "gift", "content": "Why? {=So ~No}", "confirmed": "1"}),
    "quizzes_quiz_propose": (lambda: QuizFactory(), lambda: {"points": "2", **REASON}),
    "workshops_workshop_add_material": (past_workshop, lambda: {"file": a_pdf()}),
    "workshops_signup_excuse": (missed_place, lambda: REASON),
    "violations_appeal_note": (filed, lambda: {"text": "Wrong shop."}),
    "violations_appeal_assign": (filed, lambda: {"to": str(UserFactory(is_staff=True, is_superuser=True).pk)}),
}
SHARING = {
    "violations_appeal_next",
    "audit_lonedecision_read",
    "violations_heldviolation_issue_together",
    "violations_heldviolation_drop_together",
    "violations_heldviolation: issue_together",
    "violations_heldviolation: drop_together",
    "accounts_superuserproposal_decide",
    "sellers_controlsproposal_decide",
    "violations_appeal_release",
    "policies_article_draft",
    "quizzes_question_replace",
    "quizzes_question_regrade",
    "sellers_seller_note",
    "sellers_seller_view_as",
}
"""What is noted elsewhere (tests/healthportal/test_support.py, test_viewing.py, tests/accounts/test_superusers.py,
tests/sellers/test_controls.py, tests/violations/test_review_desk.py, test_held_batches.py,
tests/quizzes/test_questions.py, tests/policies/test_article_versions.py), or only read."""

# Action of a list: what is selected, words of the note, and a field that must be among the changes.
ACTIONS: dict[str, tuple[Callable[[], Any], str, str]] = {
    "account_emailaddress: make_verified": (address, "Marked as confirmed.", "verified"),
    "sellers_apitoken: revoke": (token, "Revoked.", "revoked_at"),
    "events_webhookendpoint: test": (webhook, "A test message.", "tested_at"),
    "events_webhookendpoint: rotate": (webhook, "Another secret.", "secret_made_at"),
    "events_webhookendpoint: switch_off": (webhook, "By hand.", "disabled_at"),
    "events_webhookendpoint: switch_on": (lambda: webhook(off=True), "Switched on.", "disabled_at"),
    "events_webhookendpoint: remove": (lambda: webhook(off=True), "Removed.", "address"),
    "events_webhookdelivery: resend": (sent_message, "To be sent again.", "delivered_at"),
    "inbox_emaildelivery: try_again": (given_up, "To be sent again.", "state"),
    "retention_erasurerequest: erase": (wish, "Nothing is kept of who they were.", "done_at"),
    "accounts_unreachableaddress: send_again": (unreachable, "Emails are sent to it again.", ""),
    "quizzes_quiz: publish": (unpublished_quiz, "Published.", "published_at"),
    "quizzes_quiz: unpublish": (QuizFactory, "Unpublished.", "published_at"),
    "quizzes_question: send_for_review": (lambda: QuestionFactory(state="draft"), "Sent for review.", "state"),
    "quizzes_question: retire": (lambda: QuestionFactory(quiz__published_at=None), "Retired.", "retired_at"),
    "reports_reportchunk: retry_selected": (failed_chunk, "To be tried again.", "given_up_at"),
    "reports_reportrun: retry_failed": (failed_chunk, "To be tried again.", "given_up_at"),
}

NAMES = {"send_again": "restore", "try_again": "retry", "retry_selected": "retry", "retry_failed": "retry"}
"""What the services call these actions of lists."""

AT_ONCE = {"account_emailaddress: make_verified", "quizzes_quiz: publish", "quizzes_question: send_for_review"}
"""Actions of lists that take nothing away and so do not ask first."""

DOWNLOADS = {
    "workshops_workshop_attendees",
    "workshops_workshop_sheet",
    "workshops_workshop_feedback_csv",
    "violations_appeal_attachment",
    "quizzes_quiz_export",  # tests/quizzes/exchange/test_pages.py
    "audit_auditentry_export",
    "reports_reportrun_near_csv",
}
"""Each has a test below."""

OF_WORKSHOPS = {
    "workshops_workshop_remove_material",
    "workshops_workshop_copy",
    "workshops_workshop_sign_up",
    "workshops_workshop_tell",
}
"""They make others, or change nothing (tests/workshops/test_changes.py)."""

STEPS_OF_PARTS = {"reports_reportrun_retry"}
"""Each has a test below."""

CHANGE_NOTHING = {
    "quizzes_question_try",
    "quizzes_question_picture",
    "quizzes_quiz_statistics",
    "quizzes_fairtrial_result",
    "violations_appeal_statistics",
    "violations_detectoralarm_figures",
    "policies_articleversion_preview",
    "policies_articleversion_preview_new",
    "policies_policyversion_preview",
    "policies_policyversion_preview_new",
    "sellers_seller_explanation",
    "sellers_seller_report",
    "sellers_seller_report_pdf",
    "violations_upload_problems",
    "sellers_memberupload_lines",
    "sellers_memberupload_refused",
    "violations_violation_statement",
    "workshops_workshop_feedback",
    "workshops_workshop_outcomes",
    "workshops_workshop_outcomes_csv",
    *(f"sellers_brand_preview_{what}{new}" for what in ("page", "email", "document") for new in ("", "_new")),
    "reports_reportrun_preview",
    "reports_reportrun_preview_form",
    "reports_reportrun_progress",
    "reports_reportrun_totals",
    "reports_reportrun_totals_csv",
}


def test_cases_of_steps_and_actions_are_all_there_are() -> None:
    """A page that is new in the admin is a step, a download, or changes nothing: give it a case."""
    assert {
        *STEPS,
        *STEPS_BESIDE,
        *SHARING,
        *OF_WORKSHOPS,
        *STEPS_OF_PARTS,
        *ACTIONS,
        *DOWNLOADS,
        *CHANGE_NOTHING,
    } == pages_and_actions()


@pytest.mark.parametrize("name", STEPS)
def test_step_notes_what_why_and_the_values(client: Client, boss: User, name: str) -> None:
    make, sent, words, field = STEPS[name]
    record = make()
    response = fill_in(client, reverse(f"admin:{name}", args=[record.pk]), **sent())
    assert response.status_code == 302, getattr(response, "context", None) and response.context["form"].errors
    action = name.removeprefix("auth_user_").removeprefix(record._meta.label_lower.replace(".", "_") + "_")
    entry = only_entry(boss, record, action)
    assert words in entry.note
    before, after = change_of(entry, field)
    assert before != after or after == "(hidden)"
    assert "purple-otter-lake" not in str(entry.changes)


@pytest.mark.parametrize("name", STEPS_BESIDE)
def test_step_that_changes_nothing_of_the_record_is_noted(client: Client, boss: User, name: str) -> None:
    make, send = STEPS_BESIDE[name]
    record, sent = make(), send()
    assert client.post(reverse(f"admin:{name}", args=[record.pk]), sent).status_code == 302
    entry = only_entry(boss, record, name.removeprefix(record._meta.label_lower.replace(".", "_") + "_"))
    assert (entry.changes, sent.get("text", "") in entry.note) == ([], True)


@pytest.mark.parametrize("name", ACTIONS)
def test_action_of_a_list_notes_what_and_the_values(client: Client, boss: User, name: str) -> None:
    make, words, field = ACTIONS[name]
    record = make()
    model, _, action = name.partition(": ")
    selected = record.run.pk if model == "reports_reportrun" else record.pk
    sent = {"action": action, "_selected_action": selected}
    if name not in AT_ONCE:
        asked = client.post(reverse(f"admin:{model}_changelist"), sent)
        assert (asked.status_code, "Back without changing anything" in asked.text) == (200, True)
        assert not AuditEntry.objects.filter(action=NAMES.get(action, action)).exists()
        sent = {**fields_of(asked.text), "confirmed": "Yes, do it"}
    shown_once = name == "events_webhookendpoint: rotate"
    assert client.post(reverse(f"admin:{model}_changelist"), sent).status_code == (200 if shown_once else 302)
    entry = only_entry(boss, record, NAMES.get(action, action))
    assert entry.note == words
    assert not field or change_of(entry, field)


def test_form_that_a_service_saves_leaves_one_entry_for_each_thing_done(client: Client, boss: User) -> None:
    record = workshop()
    page = url("workshops.workshop", "change", record.pk)
    assert fill_in(client, page, city=city_called("Dallas").pk, capacity=80, summary="Reworded").status_code == 302
    told = {entry.action: {change["field"] for change in entry.changes} for entry in AuditEntry.objects.all()}
    assert told == {"move": {"city"}, "change_capacity": {"capacity"}, "change": {"summary"}}


def test_form_of_which_a_service_noted_everything_leaves_no_entry_of_its_own(client: Client) -> None:
    record = workshop()
    fill_in(client, url("workshops.workshop", "change", record.pk), city=city_called("Dallas").pk)
    assert AuditEntry.objects.get().action == "move"


def test_decision_on_an_appeal_is_in_the_history_of_its_violation_too(client: Client, boss: User) -> None:
    appeal = filed()
    fill_in(client, url("violations.appeal", "grant", appeal.pk), **REASON)
    entry = only_entry(boss, appeal.violation, "grant")
    assert entry.note == "Appeal granted: Wrong shop."
    assert change_of(entry, "void_reason")[1]


# --- People, members and roles


def test_members_added_and_removed_are_noted_with_their_names(client: Client, boss: User) -> None:
    member = MemberFactory()
    newcomer, seller = UserFactory(name="Nina"), member.seller
    rows = {"members-TOTAL_FORMS": "2", "members-0-DELETE": "on", "members-1-role": "owner"}
    newcomers = {"members-1-seller": seller.pk, "members-1-user": newcomer.pk}
    fill_in(client, url("sellers.seller", "change", seller.pk), **rows, **newcomers)
    assert list(seller.users.all()) == [newcomer]
    entry = only_entry(boss, seller, "change")
    told = {
        (row_words(change["of"]), change["from"], change["to"]) for change in entry.changes if change["field"] == "user"
    }
    added = seller.members.get()
    assert told == {
        (
            f"Added member “Nina ({newcomer.email}) for {seller}” ({added.pk})",
            None,
            f"{newcomer.label} ({newcomer.pk})",
        ),
        (f"Deleted member “{member}” ({member.pk})", f"{member.user.label} ({member.user_id})", None),
    }


def test_roles_given_to_a_person_are_noted(client: Client, boss: User) -> None:
    person, role = UserFactory(), Group.objects.get(name="Reviewer")
    fill_in(client, url("accounts.user", "change", person.pk), is_staff="on", groups=[role.pk])
    entry = only_entry(boss, person, "change")
    assert change_of(entry, "is_staff") == (False, True)
    assert change_of(entry, "groups") == (None, [f"Reviewer ({role.pk})"])


def test_row_changed_on_the_page_of_its_record_is_noted(client: Client, boss: User) -> None:
    market = MarketFactory()
    milestone = market.milestones.order_by("points").first()
    page = url("sellers.market", "change", market.pk)
    fill_in(client, page, **{"milestones-0-points": milestone.points + 1})
    (change,) = only_entry(boss, market, "change").changes
    assert (change["field"], change["from"], change["to"]) == ("points", milestone.points, milestone.points + 1)
    assert row_words(change["of"]).startswith("Changed milestone “")


def test_saving_without_a_change_says_so(client: Client, boss: User) -> None:
    policy = PolicyFactory()
    fill_in(client, url("policies.policy", "change", policy.pk))
    entry = only_entry(boss, policy, "change")
    assert (entry.note, entry.changes) == ("Saved without a change.", [])


def test_step_that_is_refused_leaves_nothing(client: Client) -> None:
    violation = standing()
    client.post(url("violations.violation", "void", violation.pk), {"reason": ""})
    assert not AuditEntry.objects.exists()


# --- What leaves the portal, and the door


@pytest.mark.parametrize("name", ["attendees", "sheet"])
def test_download_of_the_attendees_is_noted(client: Client, boss: User, name: str) -> None:
    place = take(workshop(), now=timezone.now())
    client.get(url("workshops.workshop", name, place.workshop_id))
    assert only_entry(boss, place.workshop, "download").note == "Downloaded the list of attendees."


def test_download_of_the_sellers_newly_near_is_noted(client: Client, boss: User) -> None:
    run = failed_chunk().run
    client.get(url("reports.reportrun", "near_csv", run.pk))
    assert only_entry(boss, run, "download").note == "Downloaded the list of sellers newly near a milestone."


def test_retry_of_one_chunk_is_noted(client: Client, boss: User) -> None:
    chunk = failed_chunk()
    client.post(url("reports.reportrun", "retry", chunk.run_id, chunk.pk))
    entry = only_entry(boss, chunk, "retry")
    assert entry.note == "To be tried again."
    assert change_of(entry, "given_up_at")
    sellers = f"sellers {chunk.first_seller_id} to {chunk.last_seller_id}"
    assert only_entry(boss, chunk.run, "retry").note == f"To be tried again: {sellers}."


def test_download_of_an_attachment_is_noted(client: Client, boss: User, attachments_root: Any) -> None:
    appeal = filed(with_file=True)
    response = client.get(url("violations.appeal", "attachment", appeal.pk, appeal.attachments.get().pk))
    assert b"".join(response.streaming_content)
    for close in response._resource_closers:  # not close(): that would end the connection to the database too
        close()
    assert only_entry(boss, appeal, "download").note == "Downloaded proof.png."


def test_export_of_the_trail_is_noted(client: Client, boss: User) -> None:
    record(by="cron", action="void", now=NOW)
    client.get(url("audit.auditentry", "export", "csv"))
    assert AuditEntry.objects.get(action="export").person == boss


def test_check_in_at_the_door_is_noted(client: Client, boss: User) -> None:
    place = take(workshop(begins_in=timedelta(hours=1)), now=timezone.now())
    door = reverse("workshops:check_in", args=[place.workshop_id])
    client.post(door, {"code": place.check_in_code})
    entry = only_entry(boss, place, "check_in")
    assert place.check_in_code not in str(entry.changes) + entry.note + entry.object_name


def test_index_shows_what_the_person_did_lately(client: Client, boss: User) -> None:
    market = MarketFactory(name="Here")
    fill_in(client, url("sellers.market", "change", market.pk), name="There")
    record(by="cron", action="void", about=SellerFactory(name="Not mine"), now=NOW)
    page = client.get(reverse("admin:index")).text
    assert url("sellers.market", "history", market.pk) in page
    assert "Not mine" not in page


def test_runs_of_reports_are_models_here() -> None:
    """Their chunks' histories are read by those who may see them."""
    assert {ReportRun, ReportChunk} <= set(admin.site._registry)

"""Pages that are kept as they were drawn: whatever they are made of changes, they are drawn anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.core.cache import cache
from django.http import HttpRequest
from django.middleware.csrf import _does_token_match, get_token
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from inbox.models import Message
from inbox.services import read_message
from kit.cache import ForgivingClient
from kit.database.row_versions import Rows, versions_of
from kit.pages.cached_pages import PAGE_ROWS, CachedParts, cached_part, render_cached
from policies.models import Article, Policy, PolicyVersion
from quizzes.models import Quiz
from quizzes.services import start_attempt
from sellers.models import Market, Member, Seller
from tests.credits import credit_points
from tests.factories import (
    ArticleFactory,
    MemberFactory,
    PolicyFactory,
    PolicyVersionFactory,
    QuizFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.pages import ago, signed_in_seller, wait_for_room_in_the_minute, without_secret
from violations.models import Appeal, EnforcementAction, Milestone, Violation
from violations.services import ask_seller, file_appeal, lift_action, void_violation
from workshops.models import Workshop
from workshops.services import sign_up

pytestmark = pytest.mark.django_db

LEFT_OUT = {
    "sellers.Content": "what pages show of it is kept with each violation and message",
    "sellers.Member": "who looks, in which role and when they looked last are part of the key",
    "sellers.MemberChange": "what calendars are put right by; no page shows it",
    "sellers.Invitation": "on the page of members, which is not kept",
    "sellers.BrandLogo": "never changes; which one a brand has is written in the brand",
    "sellers.ApiToken": "of the marketplace's systems",
    "sellers.MemberUpload": "of staff; whom it invites stands in the invitations",
    "sellers.MemberUploadLine": "of staff; whom it invites stands in the invitations",
    "sellers.SellerViewing": "of staff; who views is part of the key",
    "sellers.ControlsProposal": "of staff",
    "sellers.SellerNote": "of staff; sellers never read it",
    "quizzes.Question": "on pages of quizzes, which are not kept",
    "quizzes.Remark": "on pages of quizzes and of editors, which are not kept",
    "quizzes.PracticeCard": "on pages of practice, which are not kept",
    "quizzes.QuizReminder": "that a reminder was sent; what it says is in its message",
    "quizzes.QuestionPicture": "on pages of quizzes, which are not kept",
    "quizzes.FairTrial": "of staff",
    "quizzes.TrialSeller": "of staff; who is invited has a message",
    "quizzes.PassPointsProposal": "of staff; what was approved is written in the quiz",
    "quizzes.Regrade": "of staff; what it gave is written in the attempt",
    "quizzes.RegradedAttempt": "what became of an attempt is written in the attempt",
    "quizzes.Choice": "on pages of quizzes, which are not kept",
    "quizzes.AttemptQuestion": "on pages of quizzes, which are not kept",
    "reports.ReportChunk": "how a run is worked on, which sellers are not told",
    "violations.AppealAttachment": "on pages of appeals, which are not kept",
    "violations.AppealAnswer": "on pages of appeals; that a request was answered is written in the request",
    "violations.Macro": "of reviewers",
    "violations.AppealReason": "of reviewers; what a decision names is written in the appeal",
    "violations.AppealClaim": "of reviewers",
    "violations.AppealNote": "of reviewers",
    "violations.SecondReview": "of reviewers; it changes nothing for sellers",
    "violations.Rehearsal": "of staff; nothing is imposed",
    "violations.ShadowWeek": "of staff; nothing is imposed",
    "violations.DetectorAlarm": "of staff",
    "violations.HeldViolation": "of staff; nothing was issued",
    "violations.MassReversal": "of staff; what it did to violations is written in them",
    "violations.Upload": "of staff",
    "violations.UploadProblem": "of staff",
    "sellers.StaffMarket": "of staff",
    "workshops.SignupQuestion": "on pages of workshops and sign-ups, which are not kept",
    "workshops.SignupAnswer": "on pages of sign-ups and of hosts, which are not kept",
    "workshops.DoorLink": "of hosts and their helpers",
    "workshops.DoorScan": "of hosts; who came is written in the sign-up",
    "workshops.WorkshopReminder": "that a reminder was sent; what it says is in its message",
    "workshops.Certificate": "on pages of places that are over, which are not kept",
    "workshops.Excuse": "on pages of places that are over, which are not kept",
    "workshops.Feedback": "of hosts; it names no seller",
    "workshops.FeedbackAnswer": "of hosts; it names no seller",
    "workshops.FeedbackGiven": "on the page that asks for feedback, which is not kept",
    "workshops.FeedbackQuestion": "on the page that asks for feedback, which is not kept",
    "workshops.MaterialFile": "on pages of workshops, which are not kept",
    "workshops.Workshop": "whatever changes one renews the listing's version, which is watched",
    "workshops.Seat": "taken and freed with a sign-up, in its transaction",
    "policies.ArticleVersion": "of editors; what is published of it is written in the article",
    "policies.ArticleVersionSection": "of editors; what is published of it is written in the article's sections",
    "policies.PolicyAnnouncement": "how far sellers were told, which is in their messages",
    "inbox.EmailDelivery": "how emails are sent, which is on pages of messages",
    "inbox.Unsubscription": "which messages are sent by email, which is on a page of its own",
    "inbox.Digest": "which emails are sent weekly",
    "inbox.EmailPace": "how quickly emails are sent",
}
"""What no page that is kept is made of, and why."""

APPS = ("sellers", "policies", "inbox", "violations", "quizzes", "workshops", "reports")


def test_every_table_is_watched_or_left_out_for_a_reason() -> None:
    watched = {part.model._meta.label for part in PAGE_ROWS if isinstance(part, Rows)}
    tables = {model._meta.label for app in APPS for model in apps.get_app_config(app).get_models()}
    assert watched | LEFT_OUT.keys() == tables
    assert watched.isdisjoint(LEFT_OUT)


# --- Each fact


@pytest.fixture
def seller(client: Client) -> Seller:
    """A seller with something of everything: a violation with a quiz, an action, an appeal and a workshop."""
    seller = signed_in_seller(client)
    policy = PolicyFactory(points=13)
    ArticleFactory(policy=policy)
    QuizFactory(policy=policy)
    WorkshopFactory(market=seller.market, starts_at=ago(days=-9), ends_at=ago(days=-10))
    issue(seller, policy, now=ago(days=2))
    issue(seller, PolicyFactory(points=1), now=ago(days=1))
    wait_for_room_in_the_minute()
    return seller


def person(seller: Seller) -> Any:
    return seller.members.get().user


def first(seller: Seller) -> Violation:
    return seller.violations.earliest("recorded_at")


def appeal_of(seller: Seller) -> Appeal:
    return file_appeal(violation=first(seller), text="It was a quote.", filed_by=person(seller), now=ago(hours=3))


def ask(seller: Seller) -> None:
    ask_seller(appeal=appeal_of(seller), things=["A receipt"], asked_by=UserFactory(is_staff=True), now=ago(hours=2))


def publish_version(seller: Seller) -> None:
    PolicyVersionFactory(policy=Policy.objects.first(), number=2, effective_from=ago(days=-9), published_at=ago(days=1))


def read_latest(seller: Seller) -> None:
    read_message(message=Message.objects.latest("pk"), user=person(seller), now=timezone.now())


def take_place(seller: Seller) -> None:
    sign_up(workshop=Workshop.objects.get(), seller=seller, user=person(seller), now=timezone.now())


FACTS: dict[str, Callable[[Seller], object]] = {
    "a violation is issued": lambda seller: issue(seller, Policy.objects.latest("pk"), now=ago(minutes=1)),
    "points are credited": lambda seller: credit_points(
        violation=first(seller), points=1, reason="Quiz passed", now=ago(minutes=1)
    ),
    "a violation is voided": lambda seller: void_violation(
        violation=first(seller), reason="A mistake.", voided_by=None, now=ago(minutes=1)
    ),
    "an action is lifted": lambda seller: lift_action(
        action=EnforcementAction.objects.get(), reason="Goodwill.", lifted_by=None, now=ago(minutes=1)
    ),
    "an appeal is filed": appeal_of,
    "a reviewer asks for something": ask,
    "a message is read": read_latest,
    "a milestone is changed": lambda seller: Milestone.objects.filter(points=24).update(points=25),
    "the market approaches earlier": lambda seller: Market.objects.update(approach_points=9),
    "the seller has another name": lambda seller: Seller.objects.update(name="Another name"),
    "the policy has another name": lambda seller: Policy.objects.update(name="Another policy"),
    "a version is announced": publish_version,
    "an article has another title": lambda seller: Article.objects.update(title="Another title"),
    "a quiz allows fewer attempts": lambda seller: Quiz.objects.update(attempts_per_month=2),
    "an attempt is begun": lambda seller: start_attempt(
        quiz=Quiz.objects.get(), seller=seller, user=person(seller), now=timezone.now()
    ),
    "a workshop is cancelled": lambda seller: Workshop.objects.update(
        cancelled_at=ago(minutes=1), cancel_reason="The hall is closed."
    ),
    "a place is taken": take_place,
    "the role is another": lambda seller: (
        MemberFactory(seller=seller),
        Member.objects.filter(user=person_of_client(seller)).update(role="viewer"),
    ),
    "it is the next visit": lambda seller: Member.objects.filter(user=person(seller)).update(
        visited_before_at=ago(days=9), visited_at=ago(days=8)
    ),
}


def person_of_client(seller: Seller) -> Any:
    return seller.members.earliest("pk").user


def was_drawn(response: Any) -> bool:
    """Whether a page was drawn for this answer: then it has a context."""
    return any(name in response.context for name in ("board", "explanation", "filter", "report"))


def is_drawn(client: Client, address: str) -> bool:
    return was_drawn(client.get(address))


@pytest.mark.parametrize("change", FACTS.values(), ids=FACTS)
def test_each_fact_draws_the_page_anew(client: Client, seller: Seller, change: Callable[[Seller], object]) -> None:
    address = seller.get_absolute_url()
    client.get(address)
    assert not is_drawn(client, address)
    change(seller)
    new = client.get(address)
    assert was_drawn(new)
    kept = client.get(address)
    assert not was_drawn(kept)
    assert without_secret(kept.text) == without_secret(new.text)


@pytest.mark.parametrize("name", ["dashboard", "violations:list", "violations:ledger"])
def test_a_page_is_kept_and_tells_what_is_new_at_once(client: Client, seller: Seller, name: str) -> None:
    address = reverse(name, kwargs={"seller_id": seller.pk})
    drawn = without_secret(client.get(address).text)
    assert not is_drawn(client, address)
    assert without_secret(client.get(address).text) == drawn
    policy = PolicyFactory(name="Quite another policy")
    issue(seller, policy, now=ago(minutes=1))
    assert "Quite another policy" in client.get(address).text


def test_what_others_do_leaves_a_page_as_it_is(client: Client, seller: Seller) -> None:
    client.get(seller.get_absolute_url())
    other = MemberFactory(seller__market=seller.market).seller
    issue(other, Policy.objects.latest("pk"), now=ago(minutes=1))
    colleague = MemberFactory(seller=seller).user
    read_message(message=Message.objects.filter(seller=seller).latest("pk"), user=colleague, now=timezone.now())
    assert not is_drawn(client, seller.get_absolute_url())


def test_two_members_and_two_addresses_have_pages_of_their_own(client: Client, seller: Seller) -> None:
    address = seller.get_absolute_url()
    client.get(address)
    assert is_drawn(client, f"{address}?step=")
    colleague = Client()
    colleague.force_login(MemberFactory(seller=seller).user)
    assert is_drawn(colleague, address)


# --- Time


def known(seller: Seller, now: datetime) -> dict[str, Any]:
    return {"seller": seller.pk, "market": seller.market_id, "person": person(seller).pk, "now": now}


def moments_of(seller: Seller) -> list[datetime]:
    """What happens by itself: points that expire, an action that ends, the end of the time to appeal."""
    violation = first(seller)
    entry, action = violation.entries.get(), violation.actions.get()
    version = PolicyVersion.objects.latest("pk")
    assert action.ends_at
    assert version.effective_from
    return [entry.expires_at, action.ends_at, violation.appeal_until, version.effective_from]


def test_each_moment_that_passes_is_noticed(seller: Seller) -> None:
    publish_version(seller)
    for moment in moments_of(seller):
        before, after = (
            versions_of(PAGE_ROWS, known(seller, now)) for now in (moment - timedelta(microseconds=1), moment)
        )
        assert before != after


def test_time_alone_changes_nothing(seller: Seller) -> None:
    now = timezone.now()
    assert versions_of(PAGE_ROWS, known(seller, now)) == versions_of(PAGE_ROWS, known(seller, now + timedelta(hours=1)))


# --- The cache


def test_without_the_cache_pages_are_drawn(client: Client, seller: Seller, settings: Any, tmp_path: Path) -> None:
    address = seller.get_absolute_url()
    settings.CACHES = {"default": configured.CACHES["default"] | {"LOCATION": f"unix://{tmp_path}/nowhere"}}
    assert is_drawn(client, address)
    assert is_drawn(client, address)
    ForgivingClient.away_until.clear()


def request_for(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/")
    request.seller = None  # type: ignore[attr-defined]  # which seller_view gives requests
    return request


def drawn_for(rf: RequestFactory, **changed: str) -> bool:
    calls: list[int] = []

    def draw() -> dict[str, Any]:
        calls.append(1)
        return {}

    render_cached(request_for(rf), "healthportal/home.html", draw=draw, seconds=60, **{"made_of": "the same"} | changed)
    return bool(calls)


def test_another_language_is_another_page(rf: RequestFactory) -> None:
    assert drawn_for(rf)
    assert not drawn_for(rf)
    with translation.override("de"):
        assert drawn_for(rf)
    assert drawn_for(rf, made_of="something else")


def test_whoever_writes_templates_sees_them_at_once(rf: RequestFactory, settings: Any) -> None:
    settings.DEBUG = True
    assert drawn_for(rf)
    assert drawn_for(rf)


FORM = '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><p>{}</p>'


def test_the_secret_of_a_form_is_that_of_each_visit(rf: RequestFactory) -> None:
    one, other = rf.get("/"), rf.get("/")
    parts = CachedParts(one, "a-form")
    assert parts.part("main", lambda: SafeString(FORM.format(get_token(one), "&lt;secret&gt;")))
    parts.store(seconds=60)
    assert get_token(one)[:8] not in str(cache.get("a-form"))
    shown = CachedParts(other, "a-form").part("main", lambda: SafeString("drawn again"))
    said = re.search('value="(.*?)"', shown)
    assert said
    assert _does_token_match(said[1], other.META["CSRF_COOKIE"])
    assert shown.endswith("<p>&lt;secret&gt;</p>")


def test_the_bars_are_drawn_from_what_they_say(client: Client, seller: Seller) -> None:
    address = reverse("policies:list")
    page = client.get(address).text
    assert without_secret(client.get(address).text) == without_secret(page)
    Seller.objects.update(name="Another name")
    assert "Another name" in client.get(address).text
    read_latest(seller)
    assert client.get(address).text.count(' class="count"') == page.count(' class="count"')
    MemberFactory(user=person(seller), seller__name="A second seller")
    assert "All 2 sellers" in client.get(address).text


def test_a_page_that_is_not_kept_draws_its_parts(rf: RequestFactory) -> None:
    assert cached_part(rf.get("/"), "main", lambda: SafeString("drawn")) == "drawn"

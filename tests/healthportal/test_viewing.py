"""Staff view as a seller: they see its pages as owners do, change nothing, and it stands in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from healthportal.roles import AUDITOR, OPERATOR, REVIEW_LEAD, REVIEWER
from inbox.models import Message, MessageRead
from kit.database.row_versions import Rows, versions_of
from kit.outcomes import Refused
from quizzes.models import Attempt, QuestionPicture
from sellers.models import Invitation, Market, Member, Seller, SellerViewing
from sellers.services import begin_viewing, end_viewing, end_viewings_over
from sellers.tasks import end_viewings
from tests.factories import LONG_AGO, NOW, MemberFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.healthportal.test_support import address_of, something_of_everything, staff
from tests.locks import background
from violations.models import Appeal, EnforcementAction, Violation
from workshops.models import Signup, Workshop

pytestmark = pytest.mark.django_db

WHY = {"reason": "Ticket 4711: the appeal button is missing."}

OF_MEMBERS = {
    "inbox:emails",
    "download_file",
    "violations:appeal_attachment",
    "violations:draft_attachment",
    "violations:appeal_file",
    "violations:appeal_check",
    "violations:appeal_answer",
    "workshops:badge_file",
    "quizzes:practice_list",
    "quizzes:practice",
}
"""What is a member's own, and files that are for members: staff who view do not get them."""

NOT_TOUCHED = {"sessions.Session", "usersessions.UserSession"}
"""That the person is there is noted as on every page."""


@pytest.fixture
def seller() -> Seller:
    found: Seller = MemberFactory(seller__market__books_closed_until=LONG_AGO, seller__name="Blue Kettle").seller
    return found


def begin(client: Client, seller: Seller, *roles: str) -> User:
    user = staff(client, *(roles or [OPERATOR]))
    answer = client.post(reverse("admin:sellers_seller_view_as", args=[seller.pk]), WHY)
    assert (answer.status_code, answer["Location"]) == (302, seller.get_absolute_url())
    return user


def seller_addresses(resolver: Any, params: frozenset[str] = frozenset(), space: str = "") -> Iterator[tuple[str, Any]]:
    """The names of all addresses that hold a seller's id, with what else they hold."""
    for one in resolver.url_patterns:
        held = params | one.pattern.converters.keys()
        if isinstance(one, URLResolver):
            yield from seller_addresses(one, held, f"{one.namespace}:" if one.namespace else space)
        elif "seller_id" in held and one.name:
            yield f"{space}{one.name}", held


def pages(seller: Seller) -> dict[str, str]:
    """The address of each page of a seller who has something of everything; of a record that is not there, any."""
    violation = Violation.objects.filter(seller=seller).latest("pk")
    facts: dict[str, object] = {
        "seller_id": seller.pk,
        "violation_id": violation.pk,
        "policy": violation.policy.code,
        "appeal_id": Appeal.objects.filter(seller=seller).latest("pk").pk,
        "message_id": Message.objects.filter(seller=seller).latest("pk").pk,
        "attempt_id": Attempt.objects.filter(seller=seller).latest("pk").pk,
        "action_id": getattr(EnforcementAction.objects.filter(seller=seller).last(), "pk", 1),
        "signup_id": Signup.objects.filter(seller=seller).latest("pk").pk,
        "workshop_id": Workshop.objects.latest("pk").pk,
        "member_id": seller.members.latest("pk").pk,
        "invitation_id": Invitation.objects.filter(seller=seller).latest("pk").pk,
        "picture_id": getattr(QuestionPicture.objects.last(), "pk", 1),
        "week": "2026-W45",
        "position": 1, "attachment_id": 1, "request_id": 1, "export_id": 1,
    }  # fmt: skip
    addresses = dict(seller_addresses(get_resolver()))
    own = {name: held for name, held in addresses.items() if not name.startswith("admin:")}
    return {name: reverse(name, kwargs={param: facts[param] for param in held}) for name, held in own.items()}


def database() -> str:
    """In which versions all rows are."""
    models = [one for one in apps.get_models(include_auto_created=True) if one._meta.label not in NOT_TOUCHED]
    managed = [one for one in models if one._meta.managed and not one._meta.proxy]
    return " ".join(versions_of([Rows(one)], {"now": NOW}) for one in managed if one._meta.pk.name != "pk")


# --- Beginning


def test_seller_is_viewed_as_its_owners_see_it(client: Client, seller: Seller) -> None:
    something_of_everything(seller)
    user = begin(client, seller)
    viewing = SellerViewing.objects.get()
    assert (viewing.seller, viewing.person, viewing.reason) == (seller, user, WHY["reason"])
    assert viewing.until - viewing.began_at == timedelta(minutes=30)
    page = client.get(seller.get_absolute_url()).text
    assert "You view as <bdi>Blue Kettle</bdi>" in page
    assert reverse("stop_viewing") in page


@pytest.mark.parametrize(("role", "may"), [(REVIEW_LEAD, True), (OPERATOR, True), (REVIEWER, False), (AUDITOR, False)])
def test_role_may_view_or_not(client: Client, seller: Seller, role: str, may: bool) -> None:
    staff(client, role)
    step = reverse("admin:sellers_seller_view_as", args=[seller.pk])
    assert client.get(step).status_code == (200 if may else 403)
    assert (step in client.get(address_of(seller)).text) is may


def test_without_a_reason_nothing_begins(client: Client, seller: Seller) -> None:
    staff(client, OPERATOR)
    assert client.post(reverse("admin:sellers_seller_view_as", args=[seller.pk]), {"reason": " "}).status_code == 200
    with pytest.raises(Refused, match="Say why"):
        begin_viewing(seller=seller, reason="\u200b", now=NOW, begun_by=UserFactory(is_staff=True))
    assert not SellerViewing.objects.exists()


def test_member_opens_the_pages_as_themselves(client: Client, seller: Seller) -> None:
    member = seller.members.get().user
    with pytest.raises(Refused, match="open its pages as yourself"):
        begin_viewing(seller=seller, reason="Why not?", now=NOW, begun_by=member)


def test_one_who_views_another_seller_views_the_first_no_more(client: Client, seller: Seller) -> None:
    user = begin(client, seller)
    other = SellerFactory(market=seller.market)
    client.post(reverse("admin:sellers_seller_view_as", args=[other.pk]), WHY)
    assert client.get(other.get_absolute_url()).status_code == 200
    assert client.get(seller.get_absolute_url()).status_code == 404
    assert [one.seller for one in SellerViewing.objects.running(at=timezone.now())] == [other]
    assert AuditEntry.objects.filter(person=user, action="end_viewing").count() == 1


def test_database_holds_one_viewing_a_person_and_half_an_hour(seller: Seller) -> None:
    person = UserFactory(is_staff=True)
    begin_viewing(seller=seller, reason="Ticket", now=NOW, begun_by=person)
    for fields in ({"person": person, "until": NOW + timedelta(minutes=5)}, {"until": NOW + timedelta(minutes=31)}):
        values = {"seller": seller, "person": UserFactory(), "reason": "x", "began_at": NOW, **fields}
        with pytest.raises(IntegrityError), transaction.atomic():
            SellerViewing.objects.create(**values)


# --- Looking


def test_others_still_see_nothing(client: Client, seller: Seller) -> None:
    begin(client, seller)
    assert client.get(SellerFactory().get_absolute_url()).status_code == 404
    other = Client()
    staff(other, OPERATOR)
    assert other.get(seller.get_absolute_url()).status_code == 404


def test_who_loses_the_right_sees_nothing_more(client: Client, seller: Seller) -> None:
    user = begin(client, seller)
    user.groups.clear()
    assert client.get(seller.get_absolute_url()).status_code == 404


def test_who_has_no_second_factor_any_more_is_sent_to_set_one_up(client: Client, seller: Seller, settings: Any) -> None:
    begin(client, seller)
    settings.STAFF_MFA_REQUIRED = True
    answer = client.get(seller.get_absolute_url())
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))


def test_half_an_hour_is_the_end(client: Client, seller: Seller) -> None:
    begin(client, seller)
    long_ago = timezone.now() - timedelta(minutes=31)
    SellerViewing.objects.update(began_at=long_ago, until=long_ago + timedelta(minutes=30))
    answer = client.get(seller.get_absolute_url())
    assert answer["Location"] == address_of(seller)
    assert "Half an hour is over" in client.get(address_of(seller)).text


def test_no_page_of_a_seller_writes_anything_while_it_is_viewed(client: Client, seller: Seller) -> None:
    something_of_everything(seller)
    begin(client, seller)
    client.get(reverse("admin:index"))
    before, answers = database(), {}
    for name, address in pages(seller).items():
        answers[name] = client.get(address).status_code
    assert database() == before
    assert not MessageRead.objects.exists()
    assert Member.objects.get(seller=seller).visited_at is None
    assert {name for name, status in answers.items() if status == 403} == OF_MEMBERS
    shown = [name for name, status in answers.items() if status == 200]
    assert {"dashboard", "violations:list", "violations:detail", "violations:ledger", "violations:appeal_detail",
            "reports:list", "inbox:list", "inbox:detail", "sellers:members", "quizzes:list"} <= {*shown}  # fmt: skip
    assert set(answers.values()) <= {200, 302, 403, 404, 405}
    assert len(answers) > 50


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_sent_to_any_page_while_it_is_viewed(client: Client, seller: Seller, method: str) -> None:
    something_of_everything(seller)
    begin(client, seller)
    client.get(reverse("admin:index"))
    before = database()
    answers = {name: getattr(client, method)(address).status_code for name, address in pages(seller).items()}
    assert set(answers.values()) <= {403, 405}
    assert database() == before


def test_pages_are_kept_for_who_looks_alone(client: Client, seller: Seller) -> None:
    """Neither a member gets what staff were shown, nor the other way round, nor one viewing what another was shown."""
    cache.clear()
    issue(seller, PolicyFactory(), now=timezone.now())
    user = begin(client, seller)
    address = reverse("violations:list", kwargs={"seller_id": seller.pk})
    answer = client.get(address)
    assert answer["Cache-Control"] == "private, no-store"
    assert "You view as" in client.get(address).text
    member = Client()
    member.force_login(seller.members.get().user)
    assert "You view as" not in member.get(address).text
    end_viewing(person=user, now=timezone.now())
    assert client.get(address).status_code == 404


def test_message_counts_as_read_once_any_member_read_it(client: Client, seller: Seller) -> None:
    issue(seller, PolicyFactory(), now=timezone.now())
    begin(client, seller)
    unread = reverse("inbox:list", kwargs={"seller_id": seller.pk}, query={"state": "unread"})
    assert len(client.get(unread).context["page"].object_list) == 1
    message = Message.objects.get(seller=seller)
    MessageRead.objects.create(message=message, user=seller.members.get().user, read_at=NOW)
    assert len(client.get(unread).context["page"].object_list) == 0


def test_members_are_shown_no_bar(client: Client, seller: Seller) -> None:
    client.force_login(seller.members.get().user)
    assert "viewing-bar" not in client.get(seller.get_absolute_url()).text


# --- Ending


def test_one_click_ends_it_and_leads_back(client: Client, seller: Seller) -> None:
    user = begin(client, seller)
    answer = client.post(reverse("stop_viewing"))
    assert answer["Location"] == address_of(seller)
    assert SellerViewing.objects.get().ended_at is not None
    assert client.get(seller.get_absolute_url()).status_code == 404
    entries = AuditEntry.objects.filter(person=user, kind="sellers.seller", object_id=str(seller.pk)).order_by("pk")
    assert [(one.action, one.note) for one in entries] == [
        ("view_as_seller", f"Began to view as the seller: {WHY['reason']}"),
        ("end_viewing", f"{user.email} viewed as the seller for 0 minutes."),
    ]


def test_ending_twice_ends_once(client: Client, seller: Seller) -> None:
    begin(client, seller)
    client.post(reverse("stop_viewing"))
    assert client.post(reverse("stop_viewing"))["Location"] == reverse("home")
    assert AuditEntry.objects.filter(action="end_viewing").count() == 1


def test_end_of_those_whose_time_is_over_is_noted(seller: Seller) -> None:
    person = UserFactory(is_staff=True)
    begin_viewing(seller=seller, reason="Ticket", now=NOW, begun_by=person)
    assert end_viewings_over(now=NOW + timedelta(minutes=29)) == 0
    assert end_viewings_over(now=NOW + timedelta(minutes=44)) == 1
    assert end_viewings_over(now=NOW + timedelta(minutes=44)) == 0
    assert SellerViewing.objects.get().ended_at == NOW + timedelta(minutes=30)
    assert AuditEntry.objects.get(action="end_viewing").note == f"{person.email} viewed as the seller for 30 minutes."


def test_task_ends_what_is_over(seller: Seller) -> None:
    begin_viewing(seller=seller, reason="Ticket", now=NOW, begun_by=UserFactory(is_staff=True))
    end_viewings()
    assert SellerViewing.objects.get().ended_at == NOW + timedelta(minutes=30)


# --- Telling the seller


@pytest.mark.parametrize("tells", [False, True])
def test_seller_is_told_if_its_market_wants_that(client: Client, seller: Seller, tells: bool) -> None:
    Market.objects.filter(pk=seller.market_id).update(tells_of_viewings=tells)
    begin(client, seller)
    subjects = [one.subject for one in Message.objects.filter(seller=seller)]
    assert subjects == (["Our staff looked at your pages"] if tells else [])


def test_page_that_asks_why_says_whether_the_seller_is_told(client: Client, seller: Seller) -> None:
    staff(client, OPERATOR)
    step = reverse("admin:sellers_seller_view_as", args=[seller.pk])
    assert "The seller is not told." in client.get(step).text
    Market.objects.filter(pk=seller.market_id).update(tells_of_viewings=True)
    assert "the seller gets a message that staff looked" in client.get(step).text


@pytest.mark.django_db(transaction=True)
def test_viewing_that_somebody_ends_at_the_moment_is_left_to_them(seller: Seller) -> None:
    person = UserFactory(is_staff=True)
    begin_viewing(seller=seller, reason="She asked why.", begun_by=person, now=NOW)
    over = NOW + timedelta(hours=1)
    with background() as begin, transaction.atomic():
        assert end_viewing(person=person, now=over) is not None
        assert begin(lambda: end_viewings_over(now=over)).result() == 0

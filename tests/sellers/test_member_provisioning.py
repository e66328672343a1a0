"""The marketplace invites people to its sellers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountEmail
from audit.models import AuditEntry
from sellers.models import Invitation, Member, Seller
from sellers.rules import INVITATION_LASTS, MAX_OPEN_INVITATIONS
from sellers.services import MemberDraft, accept_invitation, put_members, remove_member, withdraw_invitation
from tests.api import Caller, results
from tests.factories import NOW, MarketFactory, MemberFactory, SellerFactory, UserFactory, person_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return SellerFactory(market=MarketFactory(code="US"), external_id="shop-17", name="Glow")


@pytest.fixture
def caller(seller: Seller) -> Caller:
    return Caller(seller.market)


def put(caller: Caller, *items: Any) -> list[tuple[str, str, list[str]]]:
    return results(caller.send("PUT", "members", items))


def hana(**changes: Any) -> dict[str, Any]:
    return {"seller": "shop-17", "email": "Hana@glow.example"} | changes


def test_invited_person_gets_a_link_and_becomes_an_owner(caller: Caller, seller: Seller) -> None:
    assert put(caller, hana()) == [("hana@glow.example", "created", [])]
    invitation, text = Invitation.objects.get(), AccountEmail.objects.get()
    assert (invitation.role, invitation.invited_by, invitation.inviter) == ("owner", None, "The marketplace")
    assert (text.to, "The marketplace invites you" in text.body) == ("hana@glow.example", True)
    person = UserFactory(email="hana@glow.example")
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    secret = text.body.split("/invitations/")[1].split("/")[0]
    accept_invitation(secret=secret, now=timezone.now(), accepted_by=person)
    assert Member.objects.get().role == "owner"
    assert put(caller, hana()) == [("hana@glow.example", "already_there", [])]
    assert put(caller, hana(role="viewer")) == [("hana@glow.example", "refused", ["role"])]


def test_good_invitation_is_not_sent_twice_and_one_that_expired_or_changes_is(caller: Caller) -> None:
    assert [result for _, result, _ in put(caller, hana(), hana())] == ["created", "already_there"]
    assert put(caller, hana(role="viewer")) == [("hana@glow.example", "changed", [])]
    assert Invitation.objects.get().role == "viewer"
    past = timezone.now() - INVITATION_LASTS - timedelta(days=1)
    Invitation.objects.update(created_at=past, sent_at=past, expires_at=past + INVITATION_LASTS)
    assert put(caller, hana(role="viewer")) == [("hana@glow.example", "changed", [])]
    assert AccountEmail.objects.count() == 3


def test_what_the_seller_decided_stands(caller: Caller, seller: Seller) -> None:
    owner = MemberFactory(seller=seller)
    put(caller, hana())
    withdraw_invitation(invitation=Invitation.objects.get(), now=timezone.now(), withdrawn_by=owner.user)
    assert put(caller, hana()) == [("hana@glow.example", "refused", ["email"])]
    leaver = UserFactory(email="leaver@glow.example")
    Invitation.objects.create(
        seller=seller, email=leaver.email, role="viewer", secret_hash="x", created_at=NOW, sent_at=NOW,
        expires_at=NOW + INVITATION_LASTS, accepted_at=NOW, accepted_by=leaver,
    )  # fmt: skip
    member = MemberFactory(seller=seller, user=leaver)
    remove_member(seller=seller, user=member.user, now=timezone.now(), removed_by=owner.user)
    assert put(caller, hana(email=leaver.email)) == [("leaver@glow.example", "refused", ["email"])]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seller": "shop-99"}, "seller"),
        ({"email": "no address"}, "email"),
        ({"email": "hana@glow.example\u202e"}, "email"),
        ({"email": ""}, "email"),
        ({"email": None}, "email"),
        ({"role": "king"}, "role"),
        ({"name": "Hana"}, "name"),
    ],
)
def test_bad_item_is_refused_and_the_others_are_invited(caller: Caller, changes: Any, field: str) -> None:
    (_, result, fields), (_, other, _) = put(caller, hana(**changes), hana(email="books@glow.example"))
    assert (result, fields, other) == ("refused", [field], "created")
    assert [one.email for one in Invitation.objects.all()] == ["books@glow.example"]


def test_sellers_of_another_market_are_unknown(seller: Seller) -> None:
    other = Caller(MarketFactory(code="TH"))
    assert put(other, hana()) == [("hana@glow.example", "refused", ["seller"])]


def test_seller_has_no_more_open_invitations_than_the_limit(seller: Seller) -> None:
    drafts = [MemberDraft("shop-17", f"person{n}@glow.example") for n in range(MAX_OPEN_INVITATIONS + 1)]
    outcomes = put_members(market=seller.market, drafts=drafts, now=NOW)
    assert [outcome.result.value for outcome in outcomes] == [*["created"] * MAX_OPEN_INVITATIONS, "refused"]
    assert Invitation.objects.count() == MAX_OPEN_INVITATIONS


def test_staff_who_invite_are_in_the_trail(seller: Seller) -> None:
    staff = UserFactory()
    put_members(market=seller.market, drafts=[MemberDraft("shop-17", "a@glow.example")], now=NOW, invited_by=staff)
    assert AuditEntry.objects.get().person == staff


def test_batch_that_invites_nobody_asks_as_much_for_one_as_for_three(seller: Seller) -> None:
    drafts = [MemberDraft("shop-17", f"person{n}@glow.example") for n in range(3)]
    put_members(market=seller.market, drafts=drafts, now=NOW)
    counts = []
    for some in (drafts[:1], drafts):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            put_members(market=seller.market, drafts=some, now=NOW)
        counts.append(len([query for query in asked if "SAVEPOINT" not in query["sql"]]))
    assert counts == [3, 3]


def test_staff_invite_on_the_page_of_a_seller(seller: Seller, admin_client: Client) -> None:
    page = reverse("admin:sellers_seller_invite_member", args=[seller.pk])
    assert page in admin_client.get(reverse("admin:sellers_seller_change", args=[seller.pk])).text
    sent = {"email": "hana@glow.example", "role": "owner"}
    assert admin_client.post(page, sent).status_code == 302
    assert Invitation.objects.get().email == "hana@glow.example"
    assert "have an invitation" in admin_client.post(page, sent).text
    assert "write it like name@example.com" in admin_client.post(page, {**sent, "email": "no address"}).text
    Member.objects.create(seller=seller, user=UserFactory(email="boss@glow.example"), role="viewer")
    assert "another role" in admin_client.post(page, {**sent, "email": "boss@glow.example"}).text


def test_page_is_for_who_may_add_members(seller: Seller, client: Client) -> None:
    staff = person_in("Auditor")
    client.force_login(staff)
    assert client.get(reverse("admin:sellers_seller_invite_member", args=[seller.pk])).status_code == 403

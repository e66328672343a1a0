"""Invitations: who sends them, how long they are good, and who can use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.models import AccountEmail, User
from audit.models import AuditEntry
from kit.outcomes import Refused
from sellers import rules
from sellers.models import Invitation, Market, Member, Seller
from sellers.selectors import find_invitation, open_invitations
from sellers.services import (
    NotYours,
    accept_invitation,
    invite_member,
    prepare_person,
    resend_invitation,
    withdraw_invitation,
)
from tests.factories import NOW, MemberFactory, SellerFactory, UserFactory
from tests.threads import together

pytestmark = pytest.mark.django_db

NINA = "nina@example.com"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def seller() -> Seller:
    made: Seller = SellerFactory(name="Daylight")
    return made


@pytest.fixture
def owner(seller: Seller) -> User:
    user: User = MemberFactory(seller=seller, user=UserFactory(name="Olga")).user
    return user


def invite(seller: Seller, email: str = NINA, *, role: str = "manager", now: Any = NOW) -> Invitation:
    return invite_member(seller=seller, email=email, role=role, now=now, invited_by=seller.users.first())


def secret() -> str:
    """The secret in the email that was sent last."""
    found = re.search(r"/invitations/(\S+)/", AccountEmail.objects.latest("pk").body)
    assert found
    return found[1]


def somebody(email: str = NINA, *, verified: bool = True) -> User:
    user: User = UserFactory(email=email, name="Nina")
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


def test_invited_person_gets_an_email_that_says_who_what_and_until_when(seller: Seller, owner: User) -> None:
    invitation = invite(seller, " Nina@Example.com ")
    email = AccountEmail.objects.get()
    assert (email.to, email.subject) == (NINA, "Invitation to Daylight")
    assert "Olga invites you to the account health portal of Daylight." in email.body
    assert "Your role: Manager. Files appeals, takes quizzes and signs up for workshops." in email.body
    assert email.expires_at == invitation.expires_at == NOW + timedelta(days=7)
    assert secret() not in invitation.secret_hash
    assert list(open_invitations(seller)) == [invitation]


def test_invitation_speaks_one_language_also_where_the_portal_does_not_speak_that_of_the_market(
    seller: Seller, owner: User
) -> None:
    Market.objects.update(language="th")
    invite(Seller.objects.get(pk=seller.pk))
    assert "until 25 Nov 2026, 07:00 EST." in AccountEmail.objects.get().body


def test_only_owners_invite(seller: Seller, owner: User) -> None:
    manager = MemberFactory(seller=seller, role="manager").user
    invitation = invite(seller)
    for act in [
        lambda: invite_member(seller=seller, email="x@example.com", role="viewer", now=NOW, invited_by=manager),
        lambda: resend_invitation(invitation=invitation, now=LATER, resent_by=manager),
        lambda: withdraw_invitation(invitation=invitation, now=LATER, withdrawn_by=manager),
    ]:
        with pytest.raises(NotYours):
            act()


def test_who_is_a_member_or_invited_is_not_invited_again(seller: Seller, owner: User) -> None:
    with pytest.raises(Refused, match="is a member already") as caught:
        invite(seller, owner.email)
    assert caught.value.field == "email"
    invite(seller)
    with pytest.raises(Refused, match="is invited already"):
        invite(seller)


def test_open_invitations_of_a_seller_are_limited(seller: Seller, owner: User) -> None:
    sent = [invite(seller, f"n{n}@example.com") for n in range(rules.MAX_OPEN_INVITATIONS)]
    with pytest.raises(Refused, match="There are 20 open invitations"):
        invite(seller)
    withdraw_invitation(invitation=sent[0], now=NOW, withdrawn_by=owner)
    assert invite(seller).pk


def test_invitations_of_a_day_are_limited(seller: Seller, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_INVITATIONS_PER_DAY", 2)
    for number in range(2):
        withdraw_invitation(invitation=invite(seller, f"n{number}@example.com"), now=NOW, withdrawn_by=owner)
    with pytest.raises(Refused, match="in the last 24 hours"):
        invite(seller)
    assert invite(seller, now=NOW + timedelta(days=1)).pk


def test_invitation_is_accepted_once_by_the_person_with_that_address(seller: Seller, owner: User) -> None:
    invite(seller, role="viewer")
    person, token = somebody(), secret()
    member = accept_invitation(secret=token, now=LATER, accepted_by=person)
    assert (member.seller, member.user, member.role) == (seller, person, "viewer")
    invitation = Invitation.objects.get()
    assert (invitation.accepted_at, invitation.accepted_by) == (LATER, person)
    assert AccountEmail.objects.latest("pk").to == owner.email
    with pytest.raises(Refused, match="cannot be used any more"):
        accept_invitation(secret=token, now=LATER, accepted_by=person)


def test_member_who_accepts_keeps_their_role(seller: Seller, owner: User) -> None:
    invite(seller, role="viewer")
    person = somebody()
    MemberFactory(seller=seller, user=person, role="manager")
    assert accept_invitation(secret=secret(), now=LATER, accepted_by=person).role == "manager"


@pytest.mark.parametrize("email", ["other@example.com", NINA])
def test_nobody_else_accepts_and_nobody_who_has_not_confirmed(seller: Seller, owner: User, email: str) -> None:
    invite(seller)
    person = somebody(email, verified=email != NINA)
    with pytest.raises(Refused, match=f"is for {NINA}"):
        accept_invitation(secret=secret(), now=LATER, accepted_by=person)
    assert not Member.objects.filter(user=person).exists()


def test_invitation_expires_after_a_week_and_is_sent_again(seller: Seller, owner: User) -> None:
    invitation = invite(seller)
    old, week = secret(), NOW + timedelta(days=7)
    assert find_invitation(old, as_of=week - timedelta(microseconds=1)) == invitation
    assert find_invitation(old, as_of=week) is None
    resend_invitation(invitation=invitation, now=week, resent_by=owner)
    assert find_invitation(old, as_of=week) is None
    assert find_invitation(secret(), as_of=week) == invitation


def test_invitation_is_not_sent_again_at_once(seller: Seller, owner: User) -> None:
    invitation = invite(seller)
    with pytest.raises(Refused, match="less than 10 minutes ago"):
        resend_invitation(invitation=invitation, now=NOW + timedelta(minutes=9), resent_by=owner)
    resend_invitation(invitation=invitation, now=NOW + timedelta(minutes=10), resent_by=owner)


def test_withdrawn_invitation_is_good_for_nothing(seller: Seller, owner: User) -> None:
    invitation = invite(seller)
    withdraw_invitation(invitation=invitation, now=LATER, withdrawn_by=owner)
    for act in [
        lambda: accept_invitation(secret=secret(), now=LATER, accepted_by=somebody()),
        lambda: withdraw_invitation(invitation=invitation, now=LATER, withdrawn_by=owner),
        lambda: resend_invitation(invitation=invitation, now=LATER, resent_by=owner),
    ]:
        with pytest.raises(Refused, match="cannot be used any more"):
            act()
    assert invite(seller, now=LATER).pk


def test_person_without_an_account_gets_one_by_the_link(seller: Seller, owner: User) -> None:
    invite(seller)
    user = prepare_person(secret=secret(), now=LATER)
    assert (user.email, user.has_usable_password(), user.is_staff) == (NINA, False, False)
    assert prepare_person(secret=secret(), now=LATER) == user


@pytest.mark.parametrize("fields", [{}, {"is_active": False, "password": "!"}])
def test_person_who_has_a_password_or_may_not_sign_in_gets_none_by_the_link(
    seller: Seller, owner: User, fields: dict[str, Any]
) -> None:
    invite(seller)
    UserFactory(email=NINA)
    User.objects.filter(email=NINA).update(**fields)
    with pytest.raises(Refused, match="Sign in with that address"):
        prepare_person(secret=secret(), now=LATER)


def test_address_that_somebody_confirmed_as_their_second_makes_no_new_person(seller: Seller, owner: User) -> None:
    person = somebody("other@example.com")
    EmailAddress.objects.create(user=person, email=NINA, verified=True)
    invite(seller)
    with pytest.raises(Refused):
        prepare_person(secret=secret(), now=LATER)
    assert accept_invitation(secret=secret(), now=LATER, accepted_by=person).user == person


# --- The database


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("invitation_role_known", {"role": "boss"}),
        ("invitation_email_in_small_letters", {"email": "Nina@example.com"}),
        ("invitation_expires_after_it_was_sent", {"expires_at": NOW}),
        ("invitation_expires_after_it_was_sent", {"sent_at": NOW - timedelta(seconds=1)}),
        ("invitation_accepted_by_somebody_in_time", {"accepted_at": LATER}),
    ],
)
def test_database_refuses(seller: Seller, owner: User, name: str, fields: dict[str, Any]) -> None:
    invite(seller)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Invitation.objects.update(**fields)


def test_database_refuses_what_is_accepted_late_or_though_it_is_withdrawn(seller: Seller, owner: User) -> None:
    invitation = invite(seller)
    late = {"accepted_at": invitation.expires_at, "accepted_by": owner}
    with pytest.raises(IntegrityError, match="invitation_accepted_by_somebody_in_time"), transaction.atomic():
        Invitation.objects.update(**late)
    both = {"accepted_at": LATER, "accepted_by": owner, "withdrawn_at": LATER}
    with pytest.raises(IntegrityError, match="invitation_accepted_or_withdrawn"), transaction.atomic():
        Invitation.objects.update(**both)


def test_database_refuses_a_second_open_invitation(seller: Seller, owner: User) -> None:
    invite(seller)
    again = invite(seller, "other@example.com")
    with pytest.raises(IntegrityError, match="invitation_open_once_per_address"), transaction.atomic():
        Invitation.objects.filter(pk=again.pk).update(email=NINA)


# --- At the same moment


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "act",
    [
        lambda seller, person, token: accept_invitation(secret=token, now=LATER, accepted_by=person),
        lambda seller, person, token: invite(seller, "same@example.com"),
    ],
)
def test_of_many_at_once_one_is_let_in(seller: Seller, owner: User, act: Callable[..., object]) -> None:
    invite(seller)
    person, token = somebody(), secret()
    answers = together(4, lambda _: act(seller, person, token))
    assert sorted(type(answer) is Refused for answer in answers) == [False, True, True, True]


@pytest.mark.django_db(transaction=True)
def test_invitations_sent_at_once_keep_to_the_limit(
    seller: Seller, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_OPEN_INVITATIONS", 2)
    together(5, lambda number: invite(seller, f"n{number}@example.com"))
    assert seller.invitations.open().count() == 2


def test_what_is_done_with_invitations_is_in_the_trail_of_their_seller(seller: Seller, owner: User) -> None:
    invitation = invite(seller)
    assert resend_invitation(invitation=invitation, now=LATER, resent_by=owner).sent_at == LATER
    withdraw_invitation(invitation=invitation, now=LATER, withdrawn_by=owner)
    entries = AuditEntry.objects.filter(kind="sellers.seller", object_id=str(seller.pk), person=owner).order_by("pk")
    assert [(entry.action, entry.note) for entry in entries] == [
        ("invite_member", f"Invited {NINA} as Manager."),
        ("resend_invitation", f"Sent the invitation of {NINA} again."),
        ("withdraw_invitation", f"Withdrew the invitation of {NINA}."),
    ]


def test_of_several_invitations_the_named_one_is_withdrawn(seller: Seller, owner: User) -> None:
    first, second = invite(seller, "first@example.com"), invite(seller, "second@example.com")
    withdraw_invitation(invitation=second, now=LATER, withdrawn_by=owner)
    assert list(open_invitations(seller=seller)) == [first]


def test_member_of_another_seller_is_invited_like_anybody(seller: Seller, owner: User) -> None:
    elsewhere = MemberFactory(user=UserFactory(email=NINA))
    assert invite(seller).email == elsewhere.user.email


def test_refusal_names_the_address_that_is_invited_already(seller: Seller, owner: User) -> None:
    invite(seller)
    with pytest.raises(Refused) as caught:
        invite(seller)
    assert caught.value.field == "email"

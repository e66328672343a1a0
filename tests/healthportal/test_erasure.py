"""A person's erasure: who they were goes, and what they did stays."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AccountEmail, UnreachableAddress, User
from accounts.services import note_returned, queue_account_email
from audit.models import AuditEntry
from audit.services import record
from healthportal.retention.erasure import ask_for_erasure, erase_person, preview_erasure, withdraw_erasure
from healthportal.retention.models import ErasureRequest
from inbox.models import EmailDelivery
from kit.emails.returned import Kind, Returned
from kit.outcomes import Refused
from sellers.models import Invitation, Member, MemberChange, StaffMarket
from sellers.services import invite_member
from tests.factories import NOW, MemberFactory, PolicyFactory, UserFactory, issue
from tests.pages import signed_in_seller
from tests.violations.appealing import appeal_against
from violations.models import PointsEntry

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


@pytest.fixture
def boss() -> User:
    user: User = UserFactory(is_staff=True, is_superuser=True, email="boss@example.com", name="Boss")
    return user


@pytest.fixture
def member() -> Member:
    found: Member = MemberFactory(user__email="ann@example.com", user__name="Ann Miller")
    return found


def erased(member: Member, boss: User) -> User:
    request = ask_for_erasure(user=member.user, now=NOW)
    erase_person(request=request, now=NOW, erased_by=boss)
    return User.objects.get(pk=member.user_id)


def test_nobody_erases_themselves(boss: User) -> None:
    request = ask_for_erasure(user=boss, now=NOW)
    with pytest.raises(Refused, match="Somebody else"):
        erase_person(request=request, now=NOW, erased_by=boss)


def test_nothing_is_left_of_who_they_were(member: Member, boss: User) -> None:
    user = member.user
    EmailAddress.objects.create(user=user, email="ann@home.example", verified=True)
    queue_account_email(to=user.email, subject="A", body="B", now=NOW, expires_at=NOW + timedelta(days=1))
    note_returned(returned=[Returned(user.email, Kind.SOFT)], now=NOW)
    invitation = invite_member(
        seller=MemberFactory(user=boss).seller, email=user.email, role="viewer", now=NOW, invited_by=boss
    )
    MemberChange.objects.create(seller=member.seller, user=user, joined=True, changed_at=NOW)
    found = erased(member, boss)
    assert (found.email, found.name, found.is_active) == (f"erased-{user.pk}@erased.invalid", "", False)
    assert (str(found), found.label, found.has_usable_password()) == ("A former member", "A former member", False)
    for model in (EmailAddress, AccountEmail, UnreachableAddress):
        assert not model.objects.exists()
    assert not Member.objects.filter(user=user).exists()
    assert not MemberChange.objects.exists()
    assert not Invitation.objects.filter(email="ann@example.com").exists()
    assert invitation


def test_invitations_to_any_address_of_theirs_are_forgotten(member: Member, boss: User) -> None:
    EmailAddress.objects.create(user=member.user, email="ann@home.example", verified=True)
    invite = partial(invite_member, seller=MemberFactory(user=boss).seller, role="viewer", now=NOW, invited_by=boss)
    invite(email="ann@home.example")
    accepted = invite(email="ann@before.example")
    Invitation.objects.filter(pk=accepted.pk).update(accepted_at=NOW, accepted_by=member.user)
    user = erased(member, boss)
    assert list(Invitation.objects.values_list("email", flat=True)) == [f"erased-{user.pk}@erased.invalid"]


def test_what_they_did_stays(member: Member, boss: User) -> None:
    violation = issue(member.seller, PolicyFactory(points=3), now=NOW)
    EmailDelivery.objects.update(last_error="ann@example.com: full")
    appeal = appeal_against(violation, filed_by=member.user)
    user = erased(member, boss)
    appeal.refresh_from_db()
    assert (appeal.filed_by, str(appeal.filed_by)) == (user, "A former member")
    assert PointsEntry.objects.get().points == 3
    assert not EmailDelivery.objects.filter(user=user).exclude(last_error="").exists()


def test_trail_names_them_no_more(member: Member, boss: User) -> None:
    user = member.user
    record(by=user, action="invite_member", about=member.seller, note=f"Told {user.label} and Ann.", now=NOW)
    record(by=boss, action="change", about=user, now=NOW)
    record(by="somebody not signed in", action="wrong_password", about=user, now=NOW)
    erased(member, boss)
    for entry in AuditEntry.objects.all():
        text = f"{entry.actor} {entry.object_name} {entry.note} {entry.changes}"
        assert "ann@example.com" not in text
        assert "Miller" not in text
    done = AuditEntry.objects.get(action="erase")
    assert (done.person, done.object_name, done.note) == (
        boss,
        "Erasure of A former member",
        "Nothing is kept of who they were.",
    )
    assert AuditEntry.objects.get(action="invite_member").note == "Told A former member and Ann."


def test_trail_stays_append_only_afterwards(member: Member, boss: User) -> None:
    erased(member, boss)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(actor="Nobody")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()


def test_they_are_signed_out(client: Client, boss: User) -> None:
    seller = signed_in_seller(client)
    user = User.objects.get(memberships__seller=seller)
    client.get(reverse("sessions"))
    erase_person(request=ask_for_erasure(user=user, now=NOW), now=NOW, erased_by=boss)
    assert not Session.objects.exists()
    assert client.get(reverse("account")).status_code == 302


@pytest.mark.parametrize("role", ["manager", "owner"])
def test_only_owner_of_others_is_refused(member: Member, boss: User, role: str) -> None:
    MemberFactory(seller=member.seller, role=role)
    request = ask_for_erasure(user=member.user, now=NOW)
    if role == "owner":
        erase_person(request=request, now=NOW, erased_by=boss)
        return
    with pytest.raises(Refused, match="Make one of them an owner first"):
        erase_person(request=request, now=NOW, erased_by=boss)
    assert preview_erasure(member.user).sellers == [member.seller.name]


def test_who_works_for_one_market_erases_nobody_of_others(member: Member) -> None:
    limited = UserFactory(is_staff=True)
    StaffMarket.objects.create(user=limited, market=member.seller.market)
    MemberFactory(user=member.user)  # for a seller of another market
    request = ask_for_erasure(user=member.user, now=NOW)
    with pytest.raises(Refused, match="somebody who works for all markets"):
        erase_person(request=request, now=NOW, erased_by=limited)


def test_staff_and_oneself_and_twice_are_refused(member: Member, boss: User) -> None:
    with pytest.raises(Refused, match="is staff"):
        erase_person(request=ask_for_erasure(user=boss, now=NOW), now=NOW, erased_by=UserFactory(is_staff=True))
    with pytest.raises(Refused, match="Somebody else"):
        erase_person(request=ErasureRequest.objects.get(user=boss), now=NOW, erased_by=boss)
    request = ask_for_erasure(user=member.user, now=NOW)
    erase_person(request=request, now=NOW, erased_by=boss)
    with pytest.raises(Refused, match="erased already"):
        erase_person(request=request, now=NOW, erased_by=boss)
    withdraw_erasure(user=member.user)
    assert ErasureRequest.objects.filter(user=member.user).exists()


@pytest.mark.parametrize("columns", [{"name": "Ann"}, {"is_active": True}])
def test_database_keeps_who_is_erased_nobody(member: Member, boss: User, columns: dict[str, Any]) -> None:
    user = erased(member, boss)
    with pytest.raises(IntegrityError, match="user_erased_is_nobody"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(**columns)


def test_person_asks_and_takes_it_back(client: Client) -> None:
    seller = signed_in_seller(client)
    page = reverse("erasure")
    assert page in client.get(reverse("account")).text
    assert seller.name in client.get(page).text
    assert "Your wish is noted" in client.post(page, follow=True).text
    assert "You asked to be erased" in client.post(page, follow=True).text
    assert ErasureRequest.objects.count() == 1
    assert "You stay" in client.post(page, {"withdraw": "1"}, follow=True).text
    assert not ErasureRequest.objects.exists()
    assert Client().get(page).status_code == 302


def test_staff_see_what_it_does_first(client: Client, boss: User, member: Member, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse("admin:retention_erasurerequest_add"), {"user": member.user_id}).status_code == 302
    request = ErasureRequest.objects.get()
    own = ask_for_erasure(user=boss, now=NOW)
    assert "ends 1 membership" in client.get(reverse("admin:retention_erasurerequest_change", args=[request.pk])).text
    sent = {"action": "erase", "_selected_action": [request.pk, own.pk]}
    listed = reverse("admin:retention_erasurerequest_changelist")
    asked = client.post(listed, sent).text
    assert "ends 1 membership" in asked
    assert "Take the roles away first" in asked
    text = client.post(listed, {**sent, "confirmed": "1"}, follow=True).text
    assert "Erased: nothing is kept of who they were." in text
    assert "Somebody else has to erase you." in text
    assert "erased already" in client.get(reverse("admin:retention_erasurerequest_change", args=[request.pk])).text

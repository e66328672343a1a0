"""The pages of a seller's members, and what the link of an invitation opens."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import note_returned
from kit.emails.returned import Kind, Returned
from sellers.models import Invitation, Member, Seller
from sellers.services import invite_member
from tests.factories import MemberFactory, SellerFactory, UserFactory
from tests.forms import fill_in
from tests.letters import letters

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

NINA = "nina@example.com"


@pytest.fixture
def seller() -> Seller:
    made: Seller = SellerFactory(name="Daylight")
    return made


@pytest.fixture
def owner(seller: Seller, client: Client) -> User:
    user: User = MemberFactory(seller=seller, user=UserFactory(name="Olga", email="olga@example.com")).user
    client.force_login(user)
    return user


def page(name: str, seller: Seller, **kwargs: int) -> str:
    return reverse(f"sellers:{name}", kwargs={"seller_id": seller.pk, **kwargs})


def invited(seller: Seller) -> Invitation:
    now = timezone.now() - timedelta(hours=1)
    return invite_member(seller=seller, email=NINA, role="viewer", now=now, invited_by=seller.users.first())


def link() -> str:
    found = re.search(r"/invitations/\S+/", str(letters()[-1].body))
    assert found
    return found[0]


def nina(client: Client, email: str = NINA) -> User:
    user: User = UserFactory(email=email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    client.force_login(user)
    return user


def test_owner_sees_members_and_invitations_and_invites(client: Client, seller: Seller, owner: User) -> None:
    MemberFactory(seller=seller, role="viewer", user__name="Vic")
    answer = client.post(page("members", seller), {"email": NINA, "role": "manager"}, follow=True)
    assert "The invitation is on its way to nina@example.com." in answer.text
    for words in ["2 members", "Vic", "Owner", "Viewer", "Invited", NINA, "Send again", "Withdraw"]:
        assert words in answer.text


@pytest.mark.parametrize("sent", [{"email": "olga@example.com", "role": "viewer"}, {"email": "x", "role": "boss"}])
def test_what_cannot_be_sent_stays_in_the_form(
    client: Client, seller: Seller, owner: User, sent: dict[str, str]
) -> None:
    answer = client.post(page("members", seller), sent)
    assert "Nobody was invited yet:" in answer.text
    assert f'value="{sent["email"]}"' in answer.text
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_others_see_members_and_who_manages_them(client: Client, seller: Seller, owner: User, role: str) -> None:
    person = MemberFactory(seller=seller, role=role)
    client.force_login(person.user)
    text = client.get(page("members", seller)).text
    assert "The owners of Daylight invite people" in text
    assert "Send the invitation" not in text
    assert "Leave" in client.get(page("member", seller, member_id=person.pk)).text
    answer = client.post(page("members", seller), {"email": NINA, "role": "owner"})
    assert "The owners of Daylight invite people" in answer.text
    assert not Invitation.objects.exists()


def test_owner_changes_a_role_and_removes_a_member(client: Client, seller: Seller, owner: User) -> None:
    person = MemberFactory(seller=seller, role="viewer", user__name="Vic")
    one = page("member", seller, member_id=person.pk)
    assert "Remove from" in client.get(one).text
    assert "Role of Vic: Manager." in client.post(one, {"role": "manager"}, follow=True).text
    person.refresh_from_db()
    assert person.role == "manager"
    gone = client.post(page("remove_member", seller, member_id=person.pk), follow=True)
    assert "Vic is no longer a member of Daylight." in gone.text


def test_last_owner_is_told_why_they_stay(client: Client, seller: Seller, owner: User) -> None:
    own = Member.objects.get(user=owner)
    assert "Olga is the only owner" in client.post(page("member", seller, member_id=own.pk), {"role": "viewer"}).text
    answer = client.post(page("remove_member", seller, member_id=own.pk), follow=True)
    assert "Olga is the only owner of Daylight. Make somebody else an owner first." in answer.text


def test_member_leaves(client: Client, seller: Seller, owner: User) -> None:
    person = MemberFactory(seller=seller, role="viewer")
    client.force_login(person.user)
    client.post(page("remove_member", seller, member_id=person.pk))
    assert client.get(page("members", seller)).status_code == 404


def test_invitation_is_sent_again_and_withdrawn(client: Client, seller: Seller, owner: User) -> None:
    one = page("change_invitation", seller, invitation_id=invited(seller).pk)
    assert "once more" in client.post(one, {"again": ""}, follow=True).text
    assert "less than 10 minutes ago" in client.post(one, {"again": ""}, follow=True).text
    assert "is withdrawn" in client.post(one, {"withdraw": ""}, follow=True).text
    assert "cannot be used any more" in client.post(one, {"withdraw": ""}, follow=True).text


@pytest.mark.parametrize("name", ["members", "member", "remove_member", "change_invitation"])
def test_nothing_of_another_seller_is_shown_or_changed(client: Client, seller: Seller, owner: User, name: str) -> None:
    other = MemberFactory()
    key = {"member": "member_id", "remove_member": "member_id", "change_invitation": "invitation_id"}.get(name)
    pk = invited(other.seller).pk if key == "invitation_id" else other.pk
    kwargs = {key: pk} if key else {}
    assert client.post(page(name, other.seller, **kwargs)).status_code == 404
    if key:
        assert client.post(page(name, seller, **kwargs)).status_code == 404
    assert Member.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_members_take_the_same_queries(
    client: Client, seller: Seller, owner: User, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        MemberFactory(seller=seller)
        invite_member(
            seller=seller, email=f"n{number}@example.com", role="viewer", now=timezone.now(), invited_by=owner
        )
    client.get(page("members", seller))
    with django_assert_num_queries(6):
        client.get(page("members", seller))


def test_members_see_whom_no_emails_reach(client: Client, seller: Seller, owner: User) -> None:
    gone, full = MemberFactory(seller=seller).user, MemberFactory(seller=seller).user
    reports = [Returned(gone.email, Kind.HARD, "No such user."), Returned(full.email, Kind.SOFT, "Full.")]
    note_returned(returned=reports, now=timezone.now())
    rows = re.findall(r"<li>.*?</li>", client.get(page("members", seller)).text, re.DOTALL)
    told = [row for row in rows if "Emails do not reach them" in row]
    assert [gone.email in row for row in told] == [True]


# --- Whoever is invited


def test_invited_person_accepts(client: Client, seller: Seller, owner: User) -> None:
    invited(seller)
    person = nina(client)
    here = link()
    assert "Accept the invitation" in client.get(here).text
    answer = client.post(here, follow=True)
    assert "You are now a member of Daylight. Your role: Viewer." in answer.text
    assert Member.objects.get(user=person).role == "viewer"
    gone = client.get(here)
    assert (gone.status_code, "cannot be used any more" in gone.text) == (404, True)


def test_person_without_an_account_chooses_a_password_signs_in_and_accepts(
    client: Client, seller: Seller, owner: User
) -> None:
    invited(seller)
    client.logout()
    here = link()
    assert "First choose a password for" in client.get(here).text
    form = client.post(f"{here}password/", follow=True)
    new = {"password1": "purple-otter-lake", "password2": "purple-otter-lake"}
    chosen = client.post(form.redirect_chain[-1][0], new)
    assert chosen.headers["Location"] == here
    assert f"/accounts/login/?next={here}" in client.get(here).text
    signed_in = client.post(f"/accounts/login/?next={here}", {"login": NINA, "password": "purple-otter-lake"})
    assert signed_in.headers["Location"] == here
    client.post(here)
    assert Member.objects.get(user__email=NINA).role == "viewer"


def test_somebody_else_is_told_whose_it_is(client: Client, seller: Seller, owner: User) -> None:
    invited(seller)
    here = link()
    assert "This invitation is for another address" in client.get(here).text
    assert "is for nina@example.com" in client.post(here, follow=True).text


def test_person_with_a_password_is_not_given_another(client: Client, seller: Seller, owner: User) -> None:
    invited(seller)
    UserFactory(email=NINA)
    client.logout()
    here = link()
    assert "to accept it" in client.get(here).text
    assert client.post(f"{here}password/").headers["Location"] == here
    assert "to accept it" in client.post(here).text


# --- Staff


def test_staff_leave_an_owner_among_members_and_tell_them(client: Client, seller: Seller, owner: User) -> None:
    vic = MemberFactory(seller=seller, role="viewer", user__name="Vic").user
    boss = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(boss)
    here = reverse("admin:sellers_seller_change", args=[seller.pk])
    rows = {"members-TOTAL_FORMS": "2", "members-0-role": "manager"}
    refused = fill_in(client, here, **rows)
    assert "Daylight would have no owner" in refused.content.decode()
    assert Member.objects.get(user=owner).role == "owner"
    fill_in(client, here, **rows, **{"members-1-role": "owner"})
    assert {member.user: member.role for member in seller.members.all()} == {owner: "manager", vic: "owner"}
    fill_in(client, here, **{"members-TOTAL_FORMS": "2", "members-0-DELETE": "on"})
    assert list(seller.users.all()) == [vic]
    assert [text.subject for text in letters()][-2:] == [
        "No longer a member of Daylight: Olga",
        "You are no longer a member of Daylight",
    ]

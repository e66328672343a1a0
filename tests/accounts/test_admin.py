from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD, ContentFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def change(person: User, **fields: Any) -> dict[str, Any]:
    """What the form of a person sends."""
    sent = {
        "email": person.email,
        "name": person.name,
        "time_factor": str(person.time_factor),
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    return sent | fields


def url(person: User) -> str:
    return reverse("admin:accounts_user_change", args=[person.pk])


def test_people_are_found_by_email_and_name(admin_client: Client) -> None:
    nina = UserFactory(name="Nina Park", email="nina@example.com")
    UserFactory()
    for words in ["nina@", "Park"]:
        response = admin_client.get(reverse("admin:accounts_user_changelist"), {"q": words})
        assert list(response.context["cl"].result_list) == [nina]


@pytest.mark.parametrize("rows", [1, 3])
def test_people_list_takes_the_same_queries_for_any_number(
    admin_client: Client, rows: int, django_assert_num_queries: Any
) -> None:
    UserFactory.create_batch(rows)
    with django_assert_num_queries(5):
        admin_client.get(reverse("admin:accounts_user_changelist"))


@pytest.mark.parametrize("rows", [1, 3])
def test_content_list_takes_the_same_queries_for_any_number(
    admin_client: Client, rows: int, django_assert_num_queries: Any
) -> None:
    ContentFactory.create_batch(rows)
    with django_assert_num_queries(5):
        admin_client.get(reverse("admin:sellers_content_changelist"))


def test_email_of_a_second_person_is_refused_whatever_its_case(admin_client: Client) -> None:
    UserFactory(email="nina@example.com")
    response = admin_client.post(reverse("admin:accounts_user_add"), {"email": "NINA@example.com", "name": ""})
    assert response.context["errors"]
    assert User.objects.filter(email__icontains="nina").count() == 1


def test_changing_the_email_takes_the_old_address_from_the_person(admin_client: Client) -> None:
    person = UserFactory()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    old = person.email
    admin_client.post(url(person), change(person, email="new@example.com"))
    person.refresh_from_db()
    assert person.email == "new@example.com"
    assert not EmailAddress.objects.filter(user=person).exists()
    visitor = Client()
    visitor.post(reverse("account_login"), {"login": old, "password": PASSWORD})
    assert "_auth_user_id" not in visitor.session


def test_password_form_sets_a_password(admin_client: Client) -> None:
    person = UserFactory()
    sent = {"password1": "purple-otter-lake", "password2": "purple-otter-lake", "usable_password": "true"}
    response = admin_client.post(reverse("admin:auth_user_password_change", args=[person.pk]), sent)
    assert response.headers["Location"] == url(person)
    person.refresh_from_db()
    assert person.check_password("purple-otter-lake")


def test_superuser_makes_a_person_staff_with_a_role(admin_client: Client) -> None:
    person, role = UserFactory(), Group.objects.get(name="Reviewer")
    admin_client.post(url(person), change(person, is_staff="on", groups=[str(role.pk)]))
    person = User.objects.get(pk=person.pk)
    assert person.is_staff
    assert person.has_perm("violations.issue_violation")


def test_nobody_is_deleted(admin_client: Client) -> None:
    person = MemberFactory().user
    response = admin_client.post(reverse("admin:accounts_user_delete", args=[person.pk]), {"post": "yes"})
    assert response.status_code == 403
    assert User.objects.filter(pk=person.pk).exists()


@pytest.fixture
def people_editor(client: Client) -> Client:
    """Staff who may change people, but are no superuser."""
    editor = UserFactory(is_staff=True)
    editor.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "add_user", "change_user"]))
    client.force_login(editor)
    return client


def test_only_superusers_decide_who_is_staff(people_editor: Client) -> None:
    person = UserFactory()
    people_editor.post(url(person), change(person, name="New name", is_staff="on", is_superuser="on"))
    person.refresh_from_db()
    assert (person.name, person.is_staff, person.is_superuser) == ("New name", False, False)


def test_only_superusers_change_staff(people_editor: Client) -> None:
    colleague = UserFactory(is_staff=True)
    assert people_editor.post(url(colleague), change(colleague, email="mine@example.com")).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[colleague.pk])
    assert people_editor.post(password, {"password1": "a" * 12, "password2": "a" * 12}).status_code == 403


def test_content_is_read_only_even_for_superusers(admin_client: Client) -> None:
    content = ContentFactory()
    change_url = reverse("admin:sellers_content_change", args=[content.pk])
    assert admin_client.get(change_url).status_code == 200
    assert admin_client.post(change_url, {"title": "Other"}).status_code == 403
    assert admin_client.get(reverse("admin:sellers_content_add")).status_code == 403

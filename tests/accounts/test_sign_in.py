from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD, MemberFactory, SellerFactory, UserFactory
from tests.letters import letters

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "purple-otter-in-the-lake"


def sign_in(client: Client, email: str, password: str, path: str = "/accounts/login/") -> Any:
    return client.post(path, {"login": email, "password": password})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def link_in(message: mail.EmailMessage, start: str) -> str:
    (link,) = re.findall(rf"https?://[^/\s]+({start}\S+)", str(message.body))
    return link


def choose_password(client: Client, email: str) -> None:
    """Ask for a new password, follow the link of the email, choose one."""
    client.post(reverse("account_reset_password"), {"email": email})
    (message,) = letters()
    assert message.to == [email]
    page = client.get(link_in(message, "/accounts/password/reset/key/"), follow=True)
    path = page.request["PATH_INFO"]
    response = client.post(path, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert response.url == reverse("account_reset_password_from_key_done")
    mail.outbox.clear()


def test_person_added_by_staff_gets_in_through_forgot_password(admin_client: Client) -> None:
    seller = SellerFactory()
    admin_client.post(reverse("admin:accounts_user_add"), {"email": "Nina@Example.com", "name": "Nina"})
    person = User.objects.get(email="nina@example.com")
    assert not person.has_usable_password()
    admin_client.post(
        reverse("admin:accounts_user_change", args=[person.pk]),
        {
            "email": person.email,
            "name": "Nina",
            "time_factor": "1",
            "is_active": "on",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-seller": str(seller.pk),
            "memberships-0-user": str(person.pk),
            "memberships-0-role": "owner",
        },
    )
    assert list(person.sellers.all()) == [seller]
    visitor = Client()
    choose_password(visitor, person.email)
    sign_in(visitor, person.email, NEW_PASSWORD)
    assert is_signed_in(visitor)
    assert visitor.get(reverse("dashboard", args=[seller.pk])).status_code == 200


def test_password_reset_signs_in_with_the_new_password_only(client: Client) -> None:
    person = UserFactory()
    choose_password(client, person.email)
    sign_in(client, person.email, PASSWORD)
    assert not is_signed_in(client)
    sign_in(client, person.email, NEW_PASSWORD)
    assert is_signed_in(client)


def test_password_reset_does_not_confirm_an_address_while_the_person_has_another(client: Client) -> None:
    person = UserFactory()
    EmailAddress.objects.create(user=person, email="other@example.com", verified=False)
    choose_password(client, "other@example.com")
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_password_reset_link_works_once(client: Client) -> None:
    person = UserFactory()
    client.post(reverse("account_reset_password"), {"email": person.email})
    link = link_in(letters()[0], "/accounts/password/reset/key/")
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert Client().get(link, follow=True).context["token_fail"] is True


def test_unknown_address_gets_no_account_and_the_same_answer(client: Client) -> None:
    known, unknown = UserFactory().email, "nobody@example.com"
    answers = {client.post(reverse("account_reset_password"), {"email": email}).url for email in [known, unknown]}
    assert answers == {reverse("account_reset_password_done")}
    assert not User.objects.filter(email=unknown).exists()


def test_unconfirmed_address_gets_a_link_instead_of_being_signed_in(client: Client) -> None:
    person = UserFactory()
    response = sign_in(client, person.email, PASSWORD)
    assert response.url == reverse("account_email_verification_sent")
    assert not is_signed_in(client)
    client.post(link_in(letters()[0], "/accounts/confirm-email/"))
    sign_in(client, person.email, PASSWORD)
    assert is_signed_in(client)


def test_sign_up_is_closed(client: Client) -> None:
    answer = {"email": "new@example.com", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert b"by invitation" in client.post(reverse("account_signup"), answer).content
    assert not User.objects.exists()


def test_too_many_wrong_passwords_lock_the_address_for_a_while(client: Client) -> None:
    person = confirmed()
    for _ in range(5):
        sign_in(client, person.email, "wrong")
    sign_in(client, person.email, PASSWORD)
    assert not is_signed_in(client)


def test_inactive_person_cannot_sign_in(client: Client) -> None:
    sign_in(client, confirmed(is_active=False).email, PASSWORD)
    assert not is_signed_in(client)


def confirmed(**fields: object) -> User:
    person: User = UserFactory(**fields)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


# --- Staff


def test_admin_sends_visitors_to_the_portals_sign_in_and_back(client: Client) -> None:
    person = confirmed(is_staff=True)
    response = client.get(reverse("admin:sellers_market_changelist"), follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=/admin/sellers/market/"
    login = sign_in(client, person.email, PASSWORD, response.redirect_chain[-1][0])
    assert login.url == "/admin/sellers/market/"


def test_admins_own_sign_in_form_is_not_there(client: Client) -> None:
    person = confirmed(is_staff=True)
    client.post(reverse("admin:login"), {"username": person.email, "password": PASSWORD})
    assert not is_signed_in(client)


def test_admin_login_does_not_lead_to_other_sites(client: Client) -> None:
    client.force_login(confirmed(is_staff=True))
    assert client.get(reverse("admin:login"), {"next": "https://evil.example"}).headers["Location"] == "/admin/"


def test_admin_refuses_people_who_are_no_staff(client: Client) -> None:
    client.force_login(confirmed())
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_staff_without_second_factor_are_sent_to_set_it_up(client: Client, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True
    client.force_login(confirmed(is_staff=True, is_superuser=True))
    for page in ["index", "sellers_market_changelist", "policies_policy_add", "jsi18n", "autocomplete"]:
        response = client.get(reverse(f"admin:{page}"))
        assert (response.status_code, response.headers.get("Location")) == (302, reverse("mfa_index")), page
    market = {"code": "XX", "name": "X", "time_zone": "UTC", "language": "en"}
    assert client.post(reverse("admin:sellers_market_add"), market).headers["Location"] == reverse("mfa_index")


def test_staff_set_up_their_second_factor_and_get_in(client: Client, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True
    sign_in(client, confirmed(is_staff=True).email, PASSWORD, "/accounts/login/?next=/admin/")
    asked_again = client.get("/admin/", follow=True)
    assert b"Set up a passkey or an app to go on." in asked_again.content
    asked_again = client.get(reverse("mfa_activate_totp"), follow=True)
    page = client.post(asked_again.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("mfa_activate_totp")
    code = format_hotp_value(hotp_value(page.context["form"].secret, next(yield_hotp_counters_from_time())))
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).url == reverse("mfa_view_recovery_codes")
    assert client.get("/admin/").status_code == 200


def test_second_factor_is_not_asked_for_where_the_setting_is_off(client: Client, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(confirmed(is_staff=True))
    assert client.get(reverse("admin:index")).status_code == 200


def test_staff_with_second_factor_enter_it_at_sign_in(client: Client, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True
    person = confirmed(is_staff=True)
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    response = sign_in(client, person.email, PASSWORD, "/accounts/login/?next=/admin/")
    assert not is_signed_in(client)
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post(response.url, {"code": code}).url == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert Authenticator.objects.get(user=person).type == Authenticator.Type.TOTP


def test_sellers_of_one_name_are_told_apart_by_their_id(admin_client: Client) -> None:
    seller = SellerFactory(name="Blue Kettle", external_id="bk-1")
    asked = {"app_label": "violations", "model_name": "violation", "field_name": "seller", "term": "blue"}
    found = admin_client.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert found == [{"id": str(seller.pk), "text": f"Blue Kettle (bk-1, {seller.market.code})"}]


def test_people_of_one_name_are_told_apart_by_their_address(admin_client: Client) -> None:
    people = [UserFactory(name="Sam Seller", email=f"sam{number}@example.com") for number in range(2)]
    asked = {"app_label": "sellers", "model_name": "member", "field_name": "user", "term": "sam"}
    found = admin_client.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert found == [{"id": str(one.pk), "text": f"Sam Seller ({one.email})"} for one in people]


def test_seller_whose_id_was_typed_comes_first(admin_client: Client) -> None:
    SellerFactory(name="A shop called bk-1", external_id="x-1")
    seller = SellerFactory(name="Zebra", external_id="bk-1")
    asked = {"app_label": "violations", "model_name": "violation", "field_name": "seller", "term": "bk-1"}
    found = admin_client.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert found[0]["id"] == str(seller.pk)
    assert len(found) == 2


def test_member_of_a_seller_is_shown_with_the_address(admin_client: Client) -> None:
    member = MemberFactory(user__name="Sam Seller", user__email="sam@example.com")
    page = admin_client.get(reverse("admin:sellers_seller_change", args=[member.seller_id])).text
    assert f"Sam Seller (sam@example.com) for {member.seller}" in page
    assert '<option value="' + str(member.user_id) + '" selected>Sam Seller (sam@example.com)</option>' in page


def test_admin_shows_what_staff_use_most_first(admin_client: Client) -> None:
    apps = admin_client.get(reverse("admin:index")).context["app_list"]
    assert [model["object_name"] for model in apps[0]["models"]][:4] == [
        "Violation",
        "Appeal",
        "Macro",
        "MassReversal",
    ]

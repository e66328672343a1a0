"""Which email addresses are taken, and what becomes of one that was taken before."""

import pytest
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.adapter import AccountAdapter
from accounts.models import User
from kit.pages.checked_forms import CheckedForm
from kit.texts.characters import isolated
from kit.texts.email_addresses import address_fault, validate_address
from sellers.invitation_page import InviteForm


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com",
        "Ann.O'Neil+shop@Example.COM",
        "a@xn--fa-hia.example",
        "a@m\u00fcller.example",
        "a@\u4f8b\u3048.jp",
        "a@" + "b" * 63 + ".example",
    ],
)
def test_address_that_can_be_written_to_is_taken(address: str) -> None:
    validate_address(address)
    person = User(email=address, name="Ann", password="x")
    person.clean_fields()
    assert AccountAdapter().clean_email(address)


@pytest.mark.parametrize(
    "address",
    [
        "\u0130stanbul@example.com",
        "\u017fam@example.com",
        "a\u0131@example.com",
        "j\u00f6rg@example.com",
        "ann@example.com\u200b",
        "ann@exam\u200dple.com",
        "a@fa\u00df.example",
        "a@\u03b2\u03cc\u03bb\u03bf\u03c2.example",
        "x@" + "\u00fc" * 60 + ".example",
        "x@" + "b" * 64 + ".example",
        "a@exa\u2024mple.com",
        "a@\uff45xample.com",
        "a@\u2603.example",
        "a@b..example",
        "a b@example.com",
        "@example.com",
        "ann",
        "ann@",
        "ann@example.com\nbcc: b@example.com",
        "a@\u202eexample.com",
        "a@[127.0.0.1",
        "a@[127.0.0.1]",
        "a@[IPv6:::1]",
        "x" * 65 + "@example.com",
    ],
)
def test_address_that_nobody_or_somebody_else_would_get_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        validate_address(address)
    with pytest.raises(ValidationError):
        User(email=address, name="Ann", password="x").clean_fields()
    with pytest.raises(ValidationError):
        AccountAdapter().clean_email(address)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_an_address_or_none(local: str, domain: str) -> None:
    if not address_fault(f"{local}@{domain}"):
        (local + domain.encode("idna").decode()).encode("ascii")


def test_name_that_runs_from_right_to_left_is_isolated() -> None:
    assert isolated("Ann & Sons") == "Ann & Sons"
    assert isolated("\u202egnirts") == "gnirts"
    assert isolated("\u0645\u062a\u062c\u0631 12") == "\u2068\u0645\u062a\u062c\u0631 12\u2069"
    assert isolated("\u2067\u05d0") == "\u2068\u05d0\u2069"


@pytest.mark.parametrize("address", ["a@ex\u200bample.com", "\u0130@example.com", "a@fa\u00df.example", "no address"])
def test_every_field_of_an_address_refuses_what_nobody_gets(admin_user: User, rf: RequestFactory, address: str) -> None:
    class Written(CheckedForm):
        email = forms.EmailField()

    request = rf.get("/")
    request.user = admin_user
    for form in [Written, InviteForm, admin.site.get_model_admin(EmailAddress).get_form(request)]:
        assert len(form({"email": address, "user": admin_user.pk}).errors["email"]) == 1
        assert "email" not in form({"email": "a@m\u00fcller.example", "user": admin_user.pk}).errors

"""Passkeys and other second factors: what the portal sets in django-allauth, in its own words."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.pages.checked_forms import CheckedTexts

from .models import User

PORTAL = "Account health"

UNREADABLE = (AttributeError, LookupError, TypeError, ValueError, struct.error)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """The portal's own words, and the name under which a device keeps its passkey."""

    error_messages = {  # allauth's own is no ClassVar either
        "add_email_blocked": _lazy("Turn two-factor sign-in off before you add an address, and on again afterwards."),
        "cannot_delete_authenticator": _lazy(
            "This is the last second factor, and you must have one. Add another first."
        ),
        "cannot_generate_recovery_codes": _lazy(
            "Recovery codes stand in for a lost phone. Set up an app or a passkey first."
        ),
        "incorrect_code": _lazy("That was not accepted. Try again with a new code, or with your passkey."),
        "unverified_email": _lazy("Confirm your email address first: it is how you get back in. Then set this up."),
    }

    def _get_site_name(self) -> str:
        return PORTAL

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002  # allauth calls it so
        """``Passkey``, then ``Passkey 2``: the person can say better which device it is on."""
        others = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)s") % {"number": others + 1} if others else _("Passkey")


@contextmanager
def readable() -> Iterator[None]:
    """Refuse what no device answers: the libraries take it apart without looking."""
    try:
        yield
    except UNREADABLE as error:
        raise FactorAdapter().validation_error("incorrect_code") from error


class AddPasskeyForm(CheckedTexts, AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A new passkey and its name. Every key is one to sign in with alone: there is no second kind to choose."""

    name = forms.CharField(
        label=_lazy("Name"),
        required=False,
        max_length=60,
        help_text=_lazy("Where it is kept, so that you know it again, such as the phone or the laptop at work."),
    )
    passwordless = None

    def clean(self) -> Any:
        with readable():
            return super().clean()


class PasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """The second step of a sign-in, with a passkey."""

    def clean_credential(self) -> Any:
        with readable():
            return super().clean_credential()


class PasskeySignInForm(PasskeyForm, LoginWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A sign-in with a passkey and nothing else."""


class PasskeyProofForm(PasskeyForm, ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Once more, before something that matters."""


class PasskeyNameForm(CheckedTexts, EditWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    name = forms.CharField(label=_lazy("Name"), max_length=60)

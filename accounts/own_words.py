"""django-allauth's forms in the portal's own words: what each field is called, and nothing written into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import AddEmailForm, ChangePasswordForm, LoginForm, ResetPasswordForm, SetPasswordForm
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy


def set_labels(form: forms.BaseForm, words: Mapping[str, Promise]) -> None:
    """Give fields of a form these labels; an example or a label inside a field is gone as soon as one types."""
    for name, label in words.items():
        if name in form.fields:
            form.fields[name].label = label  # type: ignore[assignment]  # lazy words
            form.fields[name].widget.attrs.pop("placeholder", None)


NEW_PASSWORD = {"password1": _lazy("New password"), "password2": _lazy("New password, once more")}


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"login": _lazy("Email address"), "password": _lazy("Password")}
        set_labels(self, {**words, "remember": _lazy("Stay signed in on this device")})


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_labels(self, {"oldpassword": _lazy("Current password"), **NEW_PASSWORD})


class FirstPasswordForm(SetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_labels(self, NEW_PASSWORD)


class ForgottenPasswordForm(ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_labels(self, {"email": _lazy("Email address")})


class NewAddressForm(AddEmailForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_labels(self, {"email": _lazy("New email address")})

"""Sign-ins of staff, and what they change about them, in the audit trail. Members of sellers leave nothing there.

Of a change everybody is told at the address that they had before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_login_failed
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone

from audit.services import record

from .models import User

SOMEBODY = "somebody not signed in"

NOTED: list[tuple[Signal, str, str]] = [
    (account.user_logged_in, "sign_in", ""),
    (account.password_set, "password_change", "Chose a password."),
    (account.password_changed, "password_change", "Changed the password."),
    (account.password_reset, "password_change", "Chose a new password with the link of an email."),
    (account.email_added, "address_change", "Added the address {email_address.email}."),
    (account.email_removed, "address_change", "Removed the address {email_address.email}."),
    (account.email_changed, "address_change", "Made {to_email_address.email} the address of the account."),
    (mfa.authenticator_added, "second_factor", "Added a second factor: {authenticator.type}."),
    (mfa.authenticator_removed, "second_factor", "Removed a second factor: {authenticator.type}."),
    (mfa.authenticator_reset, "second_factor", "Made a second factor anew: {authenticator.type}."),
]


def note_sign_ins() -> None:
    """Listen to what Django and django-allauth tell about sign-ins; they have no other way to say it."""
    for signal, action, words in NOTED:
        signal.connect(_noting(action, words), weak=False, dispatch_uid=f"trail-{action}-{words}")
    account.email_added.connect(_tell_of_added_address, dispatch_uid="tell-added-address")
    account.email_removed.connect(_tell_removed_address, dispatch_uid="tell-removed-address")
    user_login_failed.connect(_note_wrong_password, dispatch_uid="trail-wrong-password")
    mfa.authentication_failed.connect(_note_wrong_code, dispatch_uid="trail-wrong-code")


def _noting(action: str, words: str) -> Callable[..., None]:
    def note(*, user: User, **told: Any) -> None:
        if user.is_staff:
            record(by=user, action=action, about=user, note=words.format(**told), now=timezone.now())

    return note


def _tell_of_added_address(*, request: HttpRequest, user: User, email_address: Any, **_: Any) -> None:
    """Tell the address that the person signs in with; allauth tells it of every other change."""
    added = {"added_email": email_address.email}
    get_adapter(request).send_notification_mail("account/email/email_added", user, added)


def _tell_removed_address(*, request: HttpRequest, user: User, email_address: Any, **_: Any) -> None:
    """Tell the address that goes too: it may have been its reader's only way in."""
    removed = {"deleted_email": email_address.email}
    get_adapter(request).send_notification_mail("account/email/email_deleted", user, removed, email_address.email)


def _note_wrong_password(*, credentials: dict[str, Any], **_: Any) -> None:
    email = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
    user = User.objects.filter(email=email, is_staff=True).first() if email else None
    if user is not None:
        _note_failure(user, "Wrong password.")


def _note_wrong_code(*, user: User, **_: Any) -> None:
    if user.is_staff:
        _note_failure(user, "Wrong code of the second factor.")


def _note_failure(user: User, note: str) -> None:
    record(by=SOMEBODY, action="sign_in_failed", about=user, note=note, now=timezone.now())

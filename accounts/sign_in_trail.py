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
from audit.snapshots import Change

from .devices import login_in
from .models import User

SOMEBODY = "somebody not signed in"

Facts = Callable[[dict[str, Any]], Change]
"""What a signal tells, as a change that the trail keeps."""


def _address(*, before: str = "", after: str = "") -> Facts:
    """The addresses of before and after, by the names of what a signal gives."""
    return lambda told: {"field": "email", "from": _email(told.get(before)), "to": _email(told.get(after))}


def _email(address: Any) -> str | None:
    return address.email if address else None


def _factor_added(told: dict[str, Any]) -> Change:
    return {"field": "second_factor", "from": None, "to": told["authenticator"].type}


def _factor_removed(told: dict[str, Any]) -> Change:
    return {"field": "second_factor", "from": told["authenticator"].type, "to": None}


NOTED: list[tuple[Signal, str, Facts | None]] = [
    (account.user_logged_in, "sign_in", None),
    (account.password_set, "choose_password", None),
    (account.password_changed, "password_change", None),
    (account.password_reset, "reset_password", None),
    (account.email_added, "add_address", _address(after="email_address")),
    (account.email_removed, "remove_address", _address(before="email_address")),
    (account.email_changed, "change_address", _address(before="from_email_address", after="to_email_address")),
    (mfa.authenticator_added, "add_second_factor", _factor_added),
    (mfa.authenticator_removed, "remove_second_factor", _factor_removed),
    (mfa.authenticator_reset, "renew_second_factor", _factor_added),
]


def note_sign_ins() -> None:
    """Listen to what Django and django-allauth tell about sign-ins; they have no other way to say it."""
    for signal, action, facts in NOTED:
        signal.connect(_noting(action, facts), weak=False, dispatch_uid=f"trail-{action}")
    account.email_added.connect(_tell_of_added_address, dispatch_uid="tell-added-address")
    account.email_removed.connect(_tell_removed_address, dispatch_uid="tell-removed-address")
    user_login_failed.connect(_note_wrong_password, dispatch_uid="trail-wrong-password")
    mfa.authentication_failed.connect(_note_wrong_code, dispatch_uid="trail-wrong-code")


def _noting(action: str, facts: Facts | None) -> Callable[..., None]:
    def note(*, user: User, **told: Any) -> None:
        if user.is_staff:
            record(by=user, action=action, about=user, changes=[facts(told)] if facts else [], now=timezone.now())

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
    email = login_in(credentials)
    user = User.objects.filter(email=email, is_staff=True).first() if email else None
    if user is not None:
        _note_failure(user, "wrong_password")


def _note_wrong_code(*, user: User, **_: Any) -> None:
    if user.is_staff:
        _note_failure(user, "wrong_code")


def _note_failure(user: User, action: str) -> None:
    record(by=SOMEBODY, action=action, about=user, now=timezone.now())

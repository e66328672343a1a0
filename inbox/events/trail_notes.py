"""What is noted in the trail of webhook endpoints."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit.notes import trail_note


@trail_note
def endpoint_created() -> str:
    return _("Created.")


@trail_note
def endpoint_changed() -> str:
    return _("Address and events.")


@trail_note
def endpoint_removed() -> str:
    return _("Removed.")


@trail_note
def message_sent_again() -> str:
    return _("To be sent again.")


@trail_note
def secret_rotated() -> str:
    return _("Another secret.")


@trail_note
def test_message() -> str:
    return _("A test message.")


@trail_note
def endpoint_switched_on() -> str:
    return _("Switched on.")

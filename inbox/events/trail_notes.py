"""What is noted in the trail of webhook endpoints."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.notes import trail_note


@trail_note
def endpoint_created() -> str:
    return _("Created.")


@trail_note
def secret_rotated() -> str:
    return _("Another secret.")


@trail_note
def test_message() -> str:
    return _("A test message.")


@trail_note
def by_hand() -> str:
    return _("By hand.")


@trail_note
def answered_gone() -> str:
    return _("It answered 410 Gone.")


@trail_note
def took_nothing(*, days: int) -> str:
    said = ngettext("It took nothing for %(days)s day.", "It took nothing for %(days)s days.", days)
    return said % {"days": days}


@trail_note
def endpoint_switched_on() -> str:
    return _("Switched on.")

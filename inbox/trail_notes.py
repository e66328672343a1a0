"""What is noted in the trail of emails."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit.notes import trail_note


@trail_note
def sent_again() -> str:
    return _("To be sent again.")

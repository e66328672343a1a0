"""What is noted in the trail of an erasure."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit.notes import trail_note


@trail_note
def identity_erased() -> str:
    return _("Nothing is kept of who they were.")

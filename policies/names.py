"""What records of policies are called."""

from __future__ import annotations

from django.utils.translation import gettext as _


def version_name(policy: str, number: int) -> str:
    return _("%(policy)s, version %(number)s") % {"policy": policy, "number": number}

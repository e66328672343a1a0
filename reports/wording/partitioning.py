"""What the command says that cuts the table of weekly reports by week."""

from __future__ import annotations

from django.utils.translation import gettext as _


def weeks_out_of_range(most: int) -> str:
    return _("Make the partitions of 1 to %(most)s weeks ahead.") % {"most": most}


def made(name: str) -> str:
    return _("%(name)s was made.") % {"name": name}


def all_are_there() -> str:
    return _("Each of these weeks has a partition: nothing was changed.")

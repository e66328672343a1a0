"""What the command says that drops old weekly reports."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.dates import Week


def too_few(least: int) -> str:
    return _("At least %(count)s weeks have to be kept.") % {"count": least}


def not_published(name: str) -> str:
    return _("%(name)s has a week that is not published yet: nothing of it is dropped.") % {"name": name}


def nothing_is_old(weeks: int) -> str:
    said = _("No partition is older than %(count)s weeks. Weeks that share one with younger weeks stay.")
    return said % {"count": weeks}


def would_be_dropped(name: str, *, last: Week, megabytes: int) -> str:
    said = _("%(name)s (weeks up to %(week)s, %(count)s MB) would be dropped.")
    return said % {"name": name, "week": last, "count": f"{megabytes:,}"}


def dropped(name: str, *, runs: int) -> str:
    said = ngettext(
        "%(name)s was dropped, with the reports of %(count)s run.",
        "%(name)s was dropped, with the reports of %(count)s runs.",
        runs,
    )
    return said % {"name": name, "count": f"{runs:,}"}


def say_drop() -> str:
    return _("Nothing was changed. Dump what is to be kept elsewhere, then run it again with --drop.")


def needs_the_owner(reason: str) -> str:
    said = _("The database refused: %(reason)s. Run it as the owner of the tables; if one was in use, run it again.")
    return said % {"reason": reason}

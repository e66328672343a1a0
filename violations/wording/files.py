"""Files that are not taken, in words: those of an appeal and those that hold violations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.second_person import Share

from ..models import ActionKind, Upload

IMPOSED = {
    ActionKind.WARNING: gettext_noop("Warnings imposed"),
    ActionKind.RESTRICTION: gettext_noop("Restrictions imposed"),
    ActionKind.SUSPENSION: gettext_noop("Suspensions imposed"),
    ActionKind.DEACTIVATION: gettext_noop("Deactivations imposed"),
}


def no_room() -> str:
    return _(
        "The file could not be kept: there is no room for it at the moment. Everything else you entered is still "
        "here. Try again later, or go on without the file."
    )


def too_many(most: int) -> str:
    return _("Attach at most %(most)s files.") % {"most": most}


def empty(name: str) -> str:
    return _("“%(name)s” is empty.") % {"name": name}


def too_large(name: str, *, most_bytes: int) -> str:
    return _("“%(name)s” is larger than %(megabytes)s MB.") % {"name": name, "megabytes": most_bytes // 1024**2}


def of_no_such_type(name: str, *, types: str) -> str:
    said = _("“%(name)s” is not a %(types)s file: its content decides, not its name.")
    return said % {"name": name, "types": types}


def of_no_known_kind(endings: Iterable[str]) -> str:
    return _("Its name must end in one of %(endings)s.") % {"endings": ", ".join(endings)}


def too_large_to_upload(most_bytes: int) -> str:
    said = _("It is larger than %(megabytes)s MB; import it with manage.py import_violations.")
    return said % {"megabytes": most_bytes // 1_000_000}


def imposed(kind: ActionKind) -> str:
    """What the actions of a kind are called that a file would impose."""
    return _(IMPOSED[kind])


def importing(name: str, violations: int) -> str:
    said = ngettext(
        "Import %(count)s violation from %(name)s?", "Import %(count)s violations from %(name)s?", violations
    )
    return said % {"count": f"{violations:,}", "name": name}


def before_importing(upload: Upload, share: Share) -> str:
    """Who is told, that it stays, and whether one person may import so many."""
    parts = [_told_at_once(upload.preview["sellers"])]
    if share.above is not None:
        parts.append(one_persons_share(upload, share))
    return " ".join(parts)


def one_persons_share(upload: Upload, share: Share) -> str:
    """How many its uploader has imported alone with these, and whether somebody else has to confirm them."""
    said = (
        ngettext(
            "%(person)s would have imported %(total)s violation in 24 hours, and one person may import %(above)s: "
            "somebody else confirms.",
            "%(person)s would have imported %(total)s violations in 24 hours, and one person may import %(above)s: "
            "somebody else confirms.",
            share.total,
        )
        if share.needs_second_person
        else ngettext(
            "%(person)s would have imported %(total)s violation in 24 hours, of %(above)s that one person may import.",
            "%(person)s would have imported %(total)s violations in 24 hours, of %(above)s that one person may import.",
            share.total,
        )
    )
    return said % {"person": upload.uploaded_by, "total": f"{share.total:,}", "above": f"{share.above:,}"}


def _told_at_once(sellers: int) -> str:
    said = ngettext(
        "%(count)s seller is told at once. A violation can be voided later, but not changed. What changed since the "
        "check is taken as it is then.",
        "%(count)s sellers are told at once. A violation can be voided later, but not changed. What changed since the "
        "check is taken as it is then.",
        sellers,
    )
    return said % {"count": f"{sellers:,}"}


def what_a_file_holds(megabytes: int, *, needed: Sequence[str], others: Sequence[str]) -> str:
    """What staff put into a file of violations that they upload."""
    said = _(
        "CSV with a header, or NDJSON, up to %(megabytes)s MB. Each row needs %(needed)s; it may have %(others)s. "
        "Moments say their offset, such as 2026-11-18T19:30:00Z. The file is checked first: nothing is issued before "
        "you have seen what would happen and confirmed it."
    )
    return said % {"megabytes": megabytes, "needed": ", ".join(needed), "others": ", ".join(others)}

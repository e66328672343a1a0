"""What a report on paper calls its parts: headings, heads of columns and notes."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

LABELS = {
    "page": gettext_noop("Page %(number)s of %(count)s"),
    "portal": gettext_noop("Account health"),
    # What to do
    "what_to_do": gettext_noop("What to do"),
    "nothing_left": gettext_noop("Nothing is left to do."),
    # What changed
    "changes": gettext_noop("What changed"),
    "since": gettext_noop("What happened since"),
    "settled": gettext_noop("Done or closed since"),
    # The week
    "contents": gettext_noop("Violations and messages, by content"),
    "violation": gettext_noop("Violation"),
    "content": gettext_noop("Content"),
    "issued": gettext_noop("Issued"),
    "points": gettext_noop("Points"),
    "message": gettext_noop("Message"),
    "posted": gettext_noop("Posted"),
    # The weeks before
    "policies": gettext_noop("Policies breached most"),
    "policy": gettext_noop("Policy"),
    "this_week": gettext_noop("This week"),
    "week_before": gettext_noop("Week before"),
    "trend": gettext_noop("Trend"),
    # Points
    "in_and_out": gettext_noop("Points in and out"),
    "entry": gettext_noop("Entry"),
    "what": gettext_noop("What"),
    "recorded": gettext_noop("Recorded"),
    "counts_until": gettext_noop("Counts until"),
    "change": gettext_noop("Change in the week"),
    "total_at_end": gettext_noop("Total at the end of the week"),
    "no_entry": gettext_noop("No entry counts at the end of the week."),
    "expires": gettext_noop("What expires in the coming four weeks"),
    "day": gettext_noop("Day"),
    "total_then": gettext_noop("Total then"),
    "as_known": gettext_noop(
        "As known at the end of the week. Passed quizzes and granted appeals since take points off earlier."
    ),
    # What is ahead
    "milestones": gettext_noop("Milestones at the end of the week"),
    "at": gettext_noop("At"),
    "what_happens": gettext_noop("What happens"),
    "where_you_are": gettext_noop("Where you are"),
    "online": gettext_noop("See it online:"),
}

"""By the names that the document's template has for them."""


def labels() -> dict[str, str]:
    """The words that every report has."""
    return {name: _(text) for name, text in LABELS.items()}


def title(seller: str) -> str:
    return _("Weekly report for %(seller)s") % {"seller": seller}


def title_of_file(seller: str, *, days: str) -> str:
    return _("Weekly report for %(seller)s, %(days)s") % {"seller": seller, "days": days}


def foot(seller: str, *, days: str) -> str:
    return _("Report for the week of %(days)s · %(seller)s") % {"seller": seller, "days": days}


def unit(total: int) -> str:
    """What the total is a number of, to stand below it."""
    return ngettext("point", "points", total)


def as_of(moment: str) -> str:
    return _("As of %(moment)s. The report stays as it was published.") % {"moment": moment}


def weeks_before(count: int) -> str:
    return ngettext("%(count)s week before", "%(count)s weeks before", count) % {"count": count}


def total_made_of(points: int) -> str:
    said = ngettext("What the total of %(count)s is made of", "What the total of %(count)s is made of", points)
    return said % {"count": points}


def milestone(points: int) -> str:
    return ngettext("%(count)s point", "%(count)s points", points) % {"count": points}


def articles(count: int) -> str:
    return ngettext("The article on what was breached", "Articles on what was breached", count)

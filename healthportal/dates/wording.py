"""What the dates of a seller are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import period_words
from kit.texts.characters import isolated

from .selectors import DateKind, NextDate


def date_title(date: NextDate) -> str:
    """What happens on the day, or is to be done until it ends."""
    return _TITLES[date.kind](date.subject)


def _quiz(step: Any) -> str:
    return _("Take the quiz “%(policy)s” by this day") % {"policy": isolated(step.policy_name)}


def _appeal(step: Any) -> str:
    said = _("Appeal “%(policy)s”, %(about)s by this day, if the facts are wrong")
    return said % {"policy": isolated(step.policy_name), "about": step.violation.about}


def _answer(appeal: Any) -> str:
    said = _("Last day to answer the reviewer of your appeal against “%(policy)s”, %(about)s")
    return said % {"policy": isolated(appeal.violation.policy.name), "about": appeal.violation.about}


def _decision(appeal: Any) -> str:
    said = _("Your appeal against “%(policy)s”, %(about)s is decided by then")
    return said % {"policy": isolated(appeal.violation.policy.name), "about": appeal.violation.about}


def _expiry(expiry: Any) -> str:
    said = ngettext(
        "%(count)s point expires: your total falls to %(total)s",
        "%(count)s points expire: your total falls to %(total)s",
        expiry.points,
    )
    return said % {"count": f"{expiry.points:,}", "total": f"{expiry.total:,}"}


def _starts(action: Any) -> str:
    said = _("%(action)s at %(milestone)s points starts")
    return said % {"action": action.get_kind_display(), "milestone": action.milestone_points}


def _ends(action: Any) -> str:
    said = _("Last day of %(action)s at %(milestone)s points")
    return said % {"action": action.get_kind_display().lower(), "milestone": action.milestone_points}


def _workshop(signup: Any) -> str:
    if signup.state == signup.State.PLACED and signup.attendee:
        return _("Workshop “%(title)s” in %(city)s: a place for %(name)s") % _place(signup)
    if signup.state == signup.State.PLACED:
        return _("Workshop “%(title)s” in %(city)s: you have a place") % _place(signup)
    return _("Workshop “%(title)s” in %(city)s: you wait for a place") % _place(signup)


def _place(signup: Any) -> dict[str, str]:
    return {
        "title": isolated(signup.workshop.title),
        "name": isolated(signup.attendee),
        "city": isolated(str(signup.workshop.city or signup.workshop.get_mode_display())),
    }


def _policy(version: Any) -> str:
    return _("A new version of “%(policy)s” takes effect") % {"policy": isolated(version.policy.name)}


_TITLES: Mapping[DateKind, Callable[[Any], str]] = {
    DateKind.QUIZ: _quiz,
    DateKind.APPEAL: _appeal,
    DateKind.ANSWER: _answer,
    DateKind.DECISION: _decision,
    DateKind.EXPIRY: _expiry,
    DateKind.STARTS: _starts,
    DateKind.ENDS: _ends,
    DateKind.WORKSHOP: _workshop,
    DateKind.POLICY: _policy,
}


def hours(signup: Any) -> str:
    """When a workshop takes place, in its own time zone."""
    workshop = signup.workshop
    return period_words(workshop.starts_at, workshop.ends_at, zone=workshop.zone)


def event_title(title: str, *, seller: str) -> str:
    """What stands in a calendar, where several sellers of a person stand side by side."""
    return _("%(title)s (%(seller)s)") % {"title": title, "seller": isolated(seller)}

"""What there is to do after a week, what became of it, and what happened since, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.formatting import signed

from .figures import points_off, points_words

STATES = {"Open": gettext_noop("Open"), "Done": gettext_noop("Done"), "Closed": gettext_noop("Closed")}


def state_words(state: str) -> str:
    return _(STATES[state])


def due_by(title: str, *, day: str) -> str:
    """What there is to do, with the last day for it."""
    return _("%(title)s by %(day)s") % {"title": title, "day": day}


def gain(points: int, *, at_most: bool) -> str:
    """What doing it does to the total."""
    change = ngettext("%(change)s point", "%(change)s points", points) % {"change": signed(-points)}
    return _("up to %(points)s") % {"points": change} if at_most else change


def last_day(day: str) -> str:
    return _("By %(day)s") % {"day": day}


def passes_in_plan(count: int) -> str:
    """How many passes of a quiz bring what its step belongs to."""
    said = ngettext(
        "Your plan counts on %(count)s pass of this quiz.", "Your plan counts on %(count)s passes of this quiz.", count
    )
    return said % {"count": count}


def take_quiz(policy: str) -> str:
    return _("Take the quiz “%(policy)s”") % {"policy": policy}


def file_appeal(policy: str, *, about: str) -> str:
    return _("Appeal “%(policy)s”, %(about)s") % {"policy": policy, "about": about}


def read_articles(titles: list[str]) -> str:
    if len(titles) == 1:
        return _("Read “%(title)s”") % {"title": titles[0]}
    said = ngettext(
        "Read the %(count)s article on what was breached",
        "Read the %(count)s articles on what was breached",
        len(titles),
    )
    return said % {"count": len(titles)}


def why_read() -> str:
    return _("So that it does not happen again")


def passed_on(day: str, *, points: int) -> str:
    return _("Passed on %(day)s: %(points)s") % {"day": day, "points": points_off(points)}


def quiz_was_open_until(day: str) -> str:
    return _("It was open until the end of %(day)s") % {"day": day}


def no_points_left() -> str:
    return _("No points of it are left")


def filed_on(day: str, *, outcome: str) -> str:
    return _("Filed on %(day)s: %(outcome)s") % {"day": day, "outcome": outcome}


def decided_on(day: str, *, outcome: str) -> str:
    """What became of an appeal, to follow when it was filed."""
    return _("%(outcome)s on %(day)s") % {"outcome": outcome.lower(), "day": day}


def not_decided(*, is_open: bool) -> str:
    """The same of an appeal that nobody decided: it waits, or what it was about was voided."""
    return _("waits for a decision") if is_open else _("settled")


def voided_on(day: str) -> str:
    return _("The violation was voided on %(day)s") % {"day": day}


def appeal_was_possible_until(day: str) -> str:
    return _("It was possible until %(day)s") % {"day": day}


# --- What became of a violation


def voided_short(day: str) -> str:
    return _("Voided %(day)s") % {"day": day}


def appeal_short(outcome: str) -> str:
    return _("Appeal %(outcome)s") % {"outcome": outcome.lower()}


# --- What happened since


def violation_voided(policy: str) -> str:
    return _("The violation of “%(policy)s” was voided") % {"policy": policy}


def appeal_filed(policy: str) -> str:
    return _("An appeal against “%(policy)s” was filed") % {"policy": policy}


def appeal_decided(policy: str, *, decision: str) -> str:
    said = _("The appeal against “%(policy)s” was %(decision)s")
    return said % {"policy": policy, "decision": decision.lower()}


def quiz_passed(policy: str, *, points: int) -> str:
    said = _("The quiz on “%(policy)s” was passed: %(points)s")
    return said % {"policy": policy, "points": points_off(points)}


def action_lifted(kind: str, *, milestone: int) -> str:
    said = _("The %(kind)s at %(points)s was lifted")
    return said % {"kind": kind.lower(), "points": points_words(milestone)}

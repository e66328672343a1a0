"""What people read who sign up: why they cannot, what they got, and how likely a place is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import gettext_noop, ngettext

from kit.formatting import moment_words
from sellers.models import Seller

from . import rules
from .missed_rules import MissedWorkshops
from .models import Signup, Workshop


def why_not(problem: rules.SignupProblem, *, workshop: Workshop, seller: Seller | None = None) -> str:
    """Why a seller, or without one anybody, cannot sign up, and what to do."""
    return str(WHY_NOT[problem]) % _facts(workshop, seller)


def why_not_on_page(problem: rules.SignupProblem, *, workshop: Workshop, seller: Seller) -> SafeString:
    """The same with each name apart, for names may be written from right to left."""
    return _apart(problem, _facts(workshop, seller))


def why_no_places(problem: rules.SignupProblem, *, seller: Seller) -> SafeString:
    """Why a seller can come to no workshop at all, which is said of the seller alone."""
    return _apart(problem, {"seller": seller})


def _apart(problem: rules.SignupProblem, facts: Mapping[str, object]) -> SafeString:
    apart = {name: format_html("<bdi>{}</bdi>", fact) for name, fact in facts.items()}
    return mark_safe(escape(WHY_NOT[problem]) % apart)  # noqa: S308  # both are escaped


def _facts(workshop: Workshop, seller: Seller | None) -> dict[str, object]:
    return {"seller": seller, "market": workshop.market, "reason": workshop.cancel_reason}


WHY_NOT = {
    rules.SignupProblem.DRAFT: _lazy("This workshop is not published yet; come back when it is listed."),
    rules.SignupProblem.CANCELLED: _lazy("This workshop was cancelled: %(reason)s Have a look at the others."),
    rules.SignupProblem.ENDED: _lazy("This workshop has taken place. Have a look at the others."),
    rules.SignupProblem.STARTED: _lazy(
        "This workshop has started and takes no sign-ups any more. Have a look at the others."
    ),
    rules.SignupProblem.NOT_SIGNED_UP_TO_SELL: _lazy(
        "Places are for sellers that are signed up to sell, and %(seller)s is not yet. Finish signing up in the "
        "marketplace, then come back."
    ),
    rules.SignupProblem.OTHER_MARKET: _lazy(
        "This workshop is for sellers of %(market)s. Have a look at those of your own market."
    ),
    rules.SignupProblem.DEACTIVATED: _lazy(
        "%(seller)s is deactivated, and places are for sellers that sell. If the deactivation is lifted, come back."
    ),
}


PASSED_OVER = {
    rules.SignupProblem.NOT_SIGNED_UP_TO_SELL: gettext_noop("This account is not signed up to sell."),
    rules.SignupProblem.OTHER_MARKET: gettext_noop("This workshop is for sellers of its own market."),
    rules.SignupProblem.DEACTIVATED: gettext_noop("This account is deactivated."),
}
"""Why somebody's waiting place ended whose turn it was. Stored as it stands here, and translated where it is read."""


def fewer_places_are_free(signups: Sequence[Signup]) -> str:
    """Of those asked for together."""
    free = sum(signup.state == Signup.State.PLACED for signup in signups)
    said = ngettext(
        "Only %(count)s place is free. Take fewer, or let the others wait.",
        "Only %(count)s places are free. Take fewer, or let the others wait.",
        free,
    )
    return said % {"count": free}


def places_per_seller(room: int) -> str:
    said = ngettext(
        "You can take %(count)s more place in this workshop. Name fewer people.",
        "You can take %(count)s more places in this workshop. Name fewer people.",
        room,
    )
    return said % {"count": room}


def has_places(seller: Seller, workshop: Workshop, count: int) -> str:
    said = ngettext(
        "%(seller)s has a place in “%(workshop)s”.", "%(seller)s has %(count)s places in “%(workshop)s”.", count
    )
    return said % {"seller": seller, "workshop": workshop.title, "count": count}


def is_waiting(seller: Seller, count: int) -> str:
    said = ngettext(
        "All places are taken; %(seller)s is on the waiting list.",
        "All places are taken; %(seller)s is on the waiting list with %(count)s people.",
        count,
    )
    return said % {"seller": seller, "count": count}


def is_cancelled(signup: Signup, who: object) -> str:
    """Of a place or a waiting place as it was before."""
    waited = signup.state == Signup.State.WAITING
    said = _("%(who)s no longer waits for “%(workshop)s”.") if waited else _("Cancelled: %(who)s in “%(workshop)s”.")
    return said % {"who": who, "workshop": signup.workshop.title}


# --- On the waiting list


def given_back_before(outlook: rules.Outlook) -> str:
    """How many places were given back before, or that nobody knows; ``at_that_rate`` goes on from there."""
    if not outlook.places:
        return _("No workshop of this market has taken place yet, so nobody can say how many places become free.")
    said = ngettext(
        "In the last workshop of this market %(given_back)s of %(places)s places were given back before the start.",
        "In the last %(workshops)s workshops of this market %(given_back)s of %(places)s places were given back before "
        "the start.",
        outlook.workshops,
    )
    facts = {"workshops": outlook.workshops, "given_back": outlook.given_back, "places": f"{outlook.places:,}"}
    return said % facts


def at_that_rate(outlook: rules.Outlook, *, capacity: int) -> str:
    """How many places of a workshop become free if it goes as before; nothing if nobody knows."""
    if not outlook.places:
        return ""
    expected = outlook.expected(capacity)
    said = ngettext(
        "At that rate %(count)s of the %(capacity)s here becomes free.",
        "At that rate %(count)s of the %(capacity)s here become free.",
        expected,
    )
    return said % {"count": expected, "capacity": capacity}


def number_again(number: int) -> str:
    """Where a seller would stand that gave its place back and signed up again at once."""
    return _("If you signed up again now, you would be number %(number)s in line.") % {"number": number}


# --- Behind the others


def waits_behind(missed: MissedWorkshops, *, seller: Seller) -> str:
    """Why a seller waits behind the others when a workshop is full, until when, and what helps."""
    said = ngettext(
        "%(seller)s had a place in %(count)s workshop of the last %(days)s days and was not there. Until %(until)s it "
        "waits behind the others where a workshop is full. If you cannot come, please cancel before the start: that "
        "does not count. If there was a reason, tell the host, who can excuse it.",
        "%(seller)s had a place in %(count)s workshops of the last %(days)s days and was not there. Until %(until)s "
        "it waits behind the others where a workshop is full. If you cannot come, please cancel before the start: "
        "that does not count. If there was a reason, tell the host, who can excuse it.",
        missed.count,
    )
    until = moment_words(missed.until, zone=seller.market.zone)
    return said % {"seller": seller, "count": missed.count, "days": missed.days, "until": until}

"""The statement of reasons, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.formatting import position_words

from ..models import Violation

LABELS = {
    "page": gettext_noop("Page %(number)s of %(count)s"),
    "portal": gettext_noop("Account health"),
    "statement": gettext_noop("Statement of reasons"),
    "seller": gettext_noop("For"),
    "seller_id": gettext_noop("Seller id"),
    "market": gettext_noop("Market"),
    "reference": gettext_noop("Reference"),
    "violation": gettext_noop("Violation"),
    "issued": gettext_noop("Issued"),
    "recorded": gettext_noop("Recorded"),
    "decided": gettext_noop("What was decided"),
    "found": gettext_noop("What was found"),
    "no_content": gettext_noop("It concerns the account, not a piece of content."),
    "detected": gettext_noop("How it was found"),
    "policy": gettext_noop("The policy it breaks"),
    "wording": gettext_noop("The wording:"),
    "explanation": gettext_noop("Why that is so"),
    "appeal": gettext_noop("How to appeal"),
    "online": gettext_noop("Where to see it"),
}
"""What the parts of the document are called, by the names that its template has for them."""


def labels() -> dict[str, str]:
    """The words that every statement has."""
    return {name: _(text) for name, text in LABELS.items()}


def title(policy: str, *, reference: str) -> str:
    return _("Statement of reasons: %(policy)s, %(reference)s") % {"policy": policy, "reference": reference}


def foot(reference: str, *, seller: str) -> str:
    return _("Statement of reasons %(reference)s · %(seller)s") % {"reference": reference, "seller": seller}


def as_of(moment: str) -> str:
    return _("as of %(moment)s") % {"moment": moment}


def section_named(section: str) -> str:
    return _("section “%(section)s”") % {"section": section}


def requirement(text: str) -> str:
    return _("What the policy asks: %(requirement)s") % {"requirement": text}


def what_happens_later(moment: str, *, zone: str) -> str:
    """Where to look for what is not on paper, and in which time zone the paper's times are."""
    said = _("What happens after %(moment)s is on that page. Times are those of %(zone)s.")
    return said % {"moment": moment, "zone": zone}


def section_words(violation: Violation) -> str:
    """The section of the policy that a violation breaks; where none was named, the policy as a whole."""
    return violation.policy_section or whole_policy(violation.policy_name, violation.policy_version.number)


def whole_policy(name: str, version: int) -> str:
    return _("%(policy)s, version %(number)s") % {"policy": name, "number": version}


def version_words(number: int, *, since: str, severity: str, points: int) -> str:
    """The wording that applies: since when (empty if it is not in force), and what a breach costs."""
    if since:
        said = ngettext(
            "Version %(number)s, in force since %(day)s. %(severity)s: %(count)s point.",
            "Version %(number)s, in force since %(day)s. %(severity)s: %(count)s points.",
            points,
        )
    else:
        said = ngettext(
            "Version %(number)s. %(severity)s: %(count)s point.",
            "Version %(number)s. %(severity)s: %(count)s points.",
            points,
        )
    return said % {"number": number, "day": since, "severity": severity, "count": f"{points:,}"}


# --- What was decided, and how


def decided_by(*, automated: bool) -> str:
    return _("An automated system decided, without a person") if automated else _("A person decided")


def action_words(kind: str, *, without: str, start: str, end: str, milestone: int) -> str:
    """An enforcement action that it led to; ``end`` is empty for one that lasts until it is lifted."""
    action = _("%(action)s: no %(capabilities)s") % {"action": kind, "capabilities": without} if without else kind
    if end:
        said = ngettext(
            "%(action)s, from %(start)s until %(end)s, because the total reached %(count)s point.",
            "%(action)s, from %(start)s until %(end)s, because the total reached %(count)s points.",
            milestone,
        )
    else:
        said = ngettext(
            "%(action)s, from %(start)s until it is lifted, because the total reached %(count)s point.",
            "%(action)s, from %(start)s until it is lifted, because the total reached %(count)s points.",
            milestone,
        )
    return said % {"action": action, "start": start, "end": end, "count": f"{milestone:,}"}


def lifted_on(moment: str) -> str:
    return _("It was lifted on %(moment)s.") % {"moment": moment}


def position_in(seconds: int, *, kind: str) -> str:
    return _("%(position)s into the %(kind)s") % {"position": position_words(seconds), "kind": kind}


# --- How to appeal


def appeal_until(moment: str, *, can_appeal: bool, is_open: bool) -> str:
    if can_appeal:
        said = _("You can appeal until %(moment)s.")
    elif is_open:
        said = _("The time to appeal lasts until %(moment)s.")
    else:
        said = _("You could appeal until %(moment)s.")
    return said % {"moment": moment}


def who_decides() -> str:
    return _("The person who decides on it is not the one who issued the violation, and gives you the reason.")


def how_to_appeal() -> str:
    return _(
        "Open the violation’s page (its address is below), choose “File an appeal”, say what is wrong and why, and "
        "attach what shows it."
    )


def how_it_was_appealed() -> str:
    return _("That was done on the violation’s page, by “File an appeal”.")


def appealed() -> str:
    return _("You appealed, as said above.")


def appeal_decided() -> str:
    return _("You appealed, as said above; that is decided.")


def nothing_left_to_appeal() -> str:
    return _("The violation was voided: there is nothing left to appeal.")


def after_denial(redress: str) -> str:
    return _("After a denial: %(redress)s") % {"redress": redress}


# --- How things are at the moment of the download


def voided_on(moment: str, *, reason: str) -> str:
    said = _("It was voided on %(moment)s: nothing of it counts any more. The reason: %(reason)s")
    return said % {"moment": moment, "reason": reason}


def stands_with_points(left: int, *, assessed: int, until: str) -> str:
    said = ngettext(
        "It stands. %(left)s of %(count)s point count, until %(day)s.",
        "It stands. %(left)s of %(count)s points count, until %(day)s.",
        assessed,
    )
    return said % {"left": left, "count": f"{assessed:,}", "day": until}


def appeal_not_decided(filed: str, *, is_open: bool) -> str:
    if is_open:
        said = _("An appeal was filed on %(moment)s; it waits for a decision.")
    else:
        said = _("An appeal was filed on %(moment)s; the voiding settled it.")
    return said % {"moment": filed}


def appeal_decided_on(moment: str, *, filed: str, outcome: str, reason: str) -> str:
    said = _("An appeal was filed on %(filed)s and %(outcome)s on %(moment)s. The reason: %(reason)s")
    return said % {"filed": filed, "outcome": outcome.lower(), "moment": moment, "reason": reason}

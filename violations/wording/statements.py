"""The statement of reasons, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

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

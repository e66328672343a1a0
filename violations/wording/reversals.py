"""Mass reversals, in words: what one names, and why one is not started, stopped or resumed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.second_person import Share
from policies.names import version_name
from sellers.models import Seller

from ..models import MassReversal, Violation


def what_it_names(reversal: MassReversal) -> list[tuple[str, str]]:
    """What the filter of a mass reversal names, as label and value."""
    return filter_words(**filter_facts(reversal))


def filter_facts(reversal: MassReversal) -> dict[str, Any]:
    """The filter of a mass reversal as facts to keep."""
    version = reversal.policy_version
    moments = ("issued_from", "issued_until", "recorded_from", "recorded_until")
    return {
        "market": str(reversal.market),
        "policy": str(reversal.policy or ""),
        "version": [str(version.policy), version.number] if version else [],
        "source": reversal.source,
        "detection": reversal.detection,
        "detector": reversal.detector,
        "detector_version": reversal.detector_version,
        "automated": reversal.automated,
        **{name: moment.isoformat() if (moment := getattr(reversal, name)) else "" for name in moments},
    }


def filter_words(
    *,
    market: str,
    policy: str,
    version: Sequence[Any],
    source: str,
    detection: str,
    automated: bool | None,
    detector: str = "",
    detector_version: str = "",
    **moments: str,
) -> list[tuple[str, str]]:
    """The same facts in words: labels and values."""
    lines = [
        (_("Market"), market),
        (_("Policy"), policy),
        (_("Version"), version_name(*version) if version else ""),
        (_("Source"), source),
        (_("How it was found"), Violation.Detection(detection).label if detection else ""),
        (_("Detector"), detector),
        (_("Its version"), detector_version),
        (_("Decided"), _decided(automated)),
        (_("Issued"), _period(moments["issued_from"], moments["issued_until"])),
        (_("Recorded"), _period(moments["recorded_from"], moments["recorded_until"])),
    ]
    return [(label, str(value)) for label, value in lines if value]


def _decided(automated: bool | None) -> str:
    return {True: _("without a person"), False: _("by a person"), None: ""}[automated]


def _period(start: str, end: str) -> str:
    moments = {name: _moment(moment) for name, moment in (("start", start), ("end", end)) if moment}
    if start and end:
        return _("from %(start)s before %(end)s UTC") % moments
    if start:
        return _("from %(start)s UTC") % moments
    return _("before %(end)s UTC") % moments if end else ""


def _moment(moment: str) -> str:
    return date_format(datetime.fromisoformat(moment).astimezone(UTC), "j M Y, H:i")


def number_to_confirm(violations: int) -> str:
    said = ngettext(
        "It would void %(count)s violation: type that number.",
        "It would void %(count)s violations: type that number.",
        violations,
    )
    return said % {"count": f"{violations:,}"}


def own_share(share: Share) -> str:
    """How many the person who looks has voided alone with these, and whether somebody else has to start it."""
    said = (
        ngettext(
            "You would have voided %(total)s violation in 24 hours, and one person may void %(above)s: you propose it, "
            "and somebody else starts it.",
            "You would have voided %(total)s violations in 24 hours, and one person may void %(above)s: you propose "
            "it, and somebody else starts it.",
            share.total,
        )
        if share.needs_second_person
        else ngettext(
            "You would have voided %(total)s violation in 24 hours, of %(above)s that one person may void.",
            "You would have voided %(total)s violations in 24 hours, of %(above)s that one person may void.",
            share.total,
        )
    )
    return said % {"total": f"{share.total:,}", "above": f"{share.above:,}"}


def proposed(reversal: MassReversal) -> str:
    """Who proposed it, and what the sellers would read."""
    said = _("%(person)s proposes it. The sellers would read: %(reason)s")
    return said % {"person": reversal.proposed_by, "reason": reversal.reason}


def own_seller(seller: Seller) -> str:
    said = _("It would void violations of %(seller)s, of which you are a member: somebody else starts it.")
    return said % {"seller": seller}


def not_running(reversal: MassReversal) -> str:
    return _("This mass reversal does not run: %(state)s.") % {"state": reversal.state.label.lower()}


def not_stopped(reversal: MassReversal) -> str:
    return _("This mass reversal is not stopped: %(state)s.") % {"state": reversal.state.label.lower()}

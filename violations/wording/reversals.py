"""Mass reversals, in words: what one names, and why one is not started, stopped or resumed."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sellers.models import Seller

from ..models import MassReversal


def what_it_names(reversal: MassReversal) -> list[tuple[str, str]]:
    """What the filter of a mass reversal names, as label and value."""
    lines = [
        (_("Market"), reversal.market),
        (_("Policy"), reversal.policy),
        (_("Version"), reversal.policy_version),
        (_("Source"), reversal.source),
        (_("How it was found"), reversal.get_detection_display()),
        (_("Decided"), _decided(reversal.automated)),
        (_("Issued"), _period(reversal.issued_from, reversal.issued_until)),
        (_("Recorded"), _period(reversal.recorded_from, reversal.recorded_until)),
    ]
    return [(label, str(value)) for label, value in lines if value]


def drafted_note(reversal: MassReversal) -> str:
    return _("Drafted: %(filter)s.") % {"filter": _named(reversal)}


def changed_note(reversal: MassReversal) -> str:
    return _("Changed to: %(filter)s.") % {"filter": _named(reversal)}


def started_note(reversal: MassReversal, *, violations: int, sellers: int) -> str:
    said = _("Started: %(filter)s. Violations to void: %(violations)s of %(sellers)s sellers. Reason: %(reason)s")
    facts = {"violations": f"{violations:,}", "sellers": f"{sellers:,}", "reason": reversal.reason}
    return said % {"filter": _named(reversal), **facts}


def incident_note(reversal: MassReversal) -> str:
    return _("Incident: %(incident)s") % {"incident": reversal.incident}


def _named(reversal: MassReversal) -> str:
    return "; ".join(f"{label.lower()} {value}" for label, value in what_it_names(reversal))


def _decided(automated: bool | None) -> str:
    return {True: _("without a person"), False: _("by a person"), None: ""}[automated]


def _period(start: datetime | None, end: datetime | None) -> str:
    moments = {name: date_format(moment, "j M Y, H:i") for name, moment in (("start", start), ("end", end)) if moment}
    if start and end:
        return _("from %(start)s before %(end)s UTC") % moments
    if start:
        return _("from %(start)s UTC") % moments
    return _("before %(end)s UTC") % moments if end else ""


def number_to_confirm(violations: int) -> str:
    said = ngettext(
        "It would void %(count)s violation: type that number.",
        "It would void %(count)s violations: type that number.",
        violations,
    )
    return said % {"count": f"{violations:,}"}


def own_seller(seller: Seller) -> str:
    said = _("It would void violations of %(seller)s, of which you are a member: somebody else starts it.")
    return said % {"seller": seller}


def not_running(reversal: MassReversal) -> str:
    return _("This mass reversal does not run: %(state)s.") % {"state": reversal.state.label.lower()}


def not_stopped(reversal: MassReversal) -> str:
    return _("This mass reversal is not stopped: %(state)s.") % {"state": reversal.state.label.lower()}


def stopped_after(violations: int) -> str:
    said = ngettext("Stopped after %(count)s violation.", "Stopped after %(count)s violations.", violations)
    return said % {"count": f"{violations:,}"}


def resumed_after(violations: int) -> str:
    said = ngettext("Resumed after %(count)s violation.", "Resumed after %(count)s violations.", violations)
    return said % {"count": f"{violations:,}"}

"""What is noted in the trail of violations, appeals, rules, uploads and mass reversals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.notes import trail_note
from policies.names import version_name

from .models import Appeal
from .wording import imports, reversals


@trail_note
def issued(*, seller: str, policy: str, version: int) -> str:
    return _("Issued to %(seller)s: %(version)s.") % {"seller": seller, "version": version_name(policy, version)}


@trail_note
def voided(*, reason: str) -> str:
    return _("Voided: %(reason)s") % {"reason": reason}


@trail_note
def lifted(*, reason: str) -> str:
    return _("Lifted: %(reason)s") % {"reason": reason}


# --- Appeals


@trail_note
def appeal_decided(*, state: str, reason: str) -> str:
    """In the history of the appeal."""
    return _("%(outcome)s: %(reason)s") % {"outcome": Appeal.State(state).label, "reason": reason}


@trail_note
def decided_on_appeal(*, state: str, reason: str) -> str:
    """The same in the history of the violation."""
    return _("Appeal %(outcome)s: %(reason)s") % {"outcome": Appeal.State(state).label.lower(), "reason": reason}


@trail_note
def seller_asked(*, things: Sequence[str]) -> str:
    return _("Asked the seller for: %(things)s") % {"things": "; ".join(things)}


@trail_note
def request_withdrawn(*, things: Sequence[str]) -> str:
    return _("Withdrew the request for: %(things)s") % {"things": "; ".join(things)}


@trail_note
def reviewed(*, decision: str) -> str:
    return _("Would have decided: %(decision)s") % {"decision": Appeal.State(decision).label}


@trail_note
def attachment_downloaded(*, attachment: str) -> str:
    return _("Downloaded %(attachment)s.") % {"attachment": attachment}


# --- Rules of a market


@trail_note
def rules_drafted(*, reason: str) -> str:
    return _("Drafted: %(reason)s") % {"reason": reason}


@trail_note
def rules_approved() -> str:
    return _("Approved.")


@trail_note
def rules_withdrawn(*, reason: str) -> str:
    return _("Withdrawn: %(reason)s") % {"reason": reason} if reason else _("Withdrawn.")


# --- Files


@trail_note
def uploaded(*, sha256: str) -> str:
    return _("Uploaded to be checked: SHA-256 %(hash)s.") % {"hash": sha256}


@trail_note
def upload_confirmed(*, count: int, sha256: str) -> str:
    return _("Confirmed: %(count)s to create, SHA-256 %(sha256)s.") % {"count": f"{count:,}", "sha256": sha256}


@trail_note
def upload_discarded() -> str:
    return _("Discarded.")


@trail_note
def import_began(*, source: str) -> str:
    return _("The %(source)s of violations begins.") % {"source": source}


@trail_note
def import_ended(*, source: str, market: str, results: Mapping[str, int], late: Mapping[str, int], over: int) -> str:
    ended = _("The %(source)s of violations ended.") % {"source": source}
    return " ".join([ended, *imports.tally_words(market=market, results=results, late=late, over=over)])


# --- Mass reversals


@trail_note
def reversal_drafted(*, named: Mapping[str, Any], incident: str) -> str:
    return _with_incident(_("Drafted: %(filter)s.") % {"filter": _named(named)}, incident)


@trail_note
def reversal_changed(*, named: Mapping[str, Any], incident: str) -> str:
    return _with_incident(_("Changed to: %(filter)s.") % {"filter": _named(named)}, incident)


@trail_note
def reversal_proposed(*, violations: int, reason: str, incident: str) -> str:
    said = _("Proposed. Violations to void: %(violations)s. Reason: %(reason)s")
    return _with_incident(said % {"violations": f"{violations:,}", "reason": reason}, incident)


@trail_note
def reversal_started(*, named: Mapping[str, Any], violations: int, sellers: int, reason: str, incident: str) -> str:
    said = _("Started: %(filter)s. Violations to void: %(violations)s of %(sellers)s sellers. Reason: %(reason)s")
    facts = {"violations": f"{violations:,}", "sellers": f"{sellers:,}", "reason": reason}
    return _with_incident(said % {"filter": _named(named), **facts}, incident)


@trail_note
def reversal_stopped(*, violations: int, incident: str) -> str:
    said = ngettext("Stopped after %(count)s violation.", "Stopped after %(count)s violations.", violations)
    return _with_incident(said % {"count": f"{violations:,}"}, incident)


@trail_note
def reversal_resumed(*, violations: int, incident: str) -> str:
    said = ngettext("Resumed after %(count)s violation.", "Resumed after %(count)s violations.", violations)
    return _with_incident(said % {"count": f"{violations:,}"}, incident)


def _with_incident(said: str, incident: str) -> str:
    return " ".join([said, _("Incident: %(incident)s") % {"incident": incident}])


def _named(facts: Mapping[str, Any]) -> str:
    return "; ".join(f"{label.lower()} {value}" for label, value in reversals.filter_words(**facts))


# --- Rehearsals


@trail_note
def shadow_stopped() -> str:
    return _("Stopped.")


# --- Detectors


@trail_note
def alarm_held() -> str:
    return _("Held.")


@trail_note
def alarm_released() -> str:
    return _("Released.")


@trail_note
def alarm_settled(*, note: str) -> str:
    return _("Settled: %(note)s") % {"note": note}


@trail_note
def held_issued() -> str:
    return _("Issued.")


@trail_note
def held_dropped(*, reason: str) -> str:
    return _("Dropped: %(reason)s") % {"reason": reason}


@trail_note
def retired() -> str:
    return _("Retired.")

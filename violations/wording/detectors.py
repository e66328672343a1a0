"""Alarms of detectors and what they hold, in words."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sellers.models import Seller

from ..models import DetectorAlarm, HeldViolation


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def between(interval: tuple[float, float]) -> str:
    low, high = interval
    return _("%(low)s to %(high)s") % {"low": percent(low), "high": percent(high)}


def incident(alarm: DetectorAlarm) -> str:
    """What a mass reversal that an alarm drafts says for staff."""
    return _("Alarm of %(detector)s: %(what)s") % {"detector": alarm.detector, "what": what_jumped(alarm)}


def what_jumped(alarm: DetectorAlarm) -> str:
    said = _("%(overturned)s of %(cases)s appeals decided in a row were granted, where %(usual)s were usual.")
    facts = {"overturned": f"{alarm.overturned:,}", "cases": f"{alarm.cases:,}", "usual": percent(alarm.usual)}
    return said % facts


def cannot_hold(alarm: DetectorAlarm) -> str:
    if alarm.settled_at is not None:
        return settled_already()
    return _("New violations of this detector are held, or were held and released, already.")


def nothing_held(alarm: DetectorAlarm) -> str:
    return _("New violations of this detector are not held.")


def say_what_it_was() -> str:
    return _("Say what it was: an incident, or a false alarm and why.")


def settled_already() -> str:
    return _("Somebody settled this alarm already.")


def release_first() -> str:
    return _("New violations are still held. Release them first, then settle the alarm.")


def held_state(held: HeldViolation) -> str:
    if held.decided_at is None:
        return _("Waits")
    return _("Issued") if held.violation_id else _("Dropped")


def decided_already(held: HeldViolation) -> str:
    said = _("Somebody decided about %(violation)s already.")
    return said % {"violation": held.external_id}


def not_issued(held: HeldViolation, why: str) -> str:
    said = _("%(violation)s cannot be issued: %(why)s")
    return said % {"violation": held.external_id, "why": why}


def dropped_before() -> str:
    return _("Staff looked at it and did not issue it.")


def give_a_reason() -> str:
    return _("Say why; staff read it.")


def moment(alarm: DetectorAlarm) -> str:
    return date_format(localtime(alarm.since), "j M Y, H:i")


def number_to_confirm(count: int) -> str:
    said = ngettext(
        "It is about %(count)s violation: type that number.",
        "It is about %(count)s violations: type that number.",
        count,
    )
    return said % {"count": count}


def too_many_together(most: int) -> str:
    return _("Select at most %(count)s violations at once.") % {"count": most}


def issued_together(violations: int, sellers: int) -> str:
    said = ngettext(
        "%(count)s violation is issued, of %(sellers)s seller, who is told.",
        "%(count)s violations are issued; sellers that are told: %(sellers)s.",
        violations,
    )
    return said % {"count": violations, "sellers": sellers}


def dropped_together(violations: int, sellers: int) -> str:
    said = ngettext(
        "%(count)s violation is dropped, of %(sellers)s seller.",
        "%(count)s violations are dropped; sellers: %(sellers)s.",
        violations,
    )
    return said % {"count": violations, "sellers": sellers}


def refused_together(seller: Seller, why: str) -> str:
    return _("Nothing of %(seller)s: %(why)s") % {"seller": seller, "why": why}

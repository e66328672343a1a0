"""Drafts after the model of a workshop: once more, or as a series in several cities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record
from kit.outcomes import Refused

from .. import rules, trail_notes, wording
from ..models import City, FeedbackQuestion, SignupQuestion, Workshop, WorkshopSeries
from .publishing import replaced

STARTS_ANEW = {"published_at": None, "cancelled_at": None, "cancel_reason": "", "revision": 0, "material": ""}


@dataclass(frozen=True)
class Appointment:
    """Where and when a copy takes place. It lasts as long as what it is a copy of."""

    city: City | None
    venue: str
    address: str
    time_zone: str
    starts_at: datetime


@transaction.atomic
def copy_workshop(
    *, workshop: Workshop, appointments: Sequence[Appointment], series: str = "", now: datetime, copied_by: Actor = None
) -> list[Workshop]:
    """Draft a workshop again for each appointment, with its texts, topics, hosts and questions. Nobody is told.

    ``series`` names what all of them belong to from now on. The workshop itself belongs to it too if it is in no
    series. Raises ``Refused`` without an appointment and for one in the past. Also for two at the same time in the same
    place.
    """
    _refuse_odd(appointments, workshop, now=now)
    found = _series_of(workshop, series)
    if found is not None and workshop.series_id is None:
        Workshop.objects.filter(pk=workshop.pk).update(series=found, changed_at=now)
    copies = [_draft(workshop, appointment, found, now=now) for appointment in appointments]
    for each in copies:
        note = trail_notes.copied(workshop=str(workshop), number=workshop.pk)
        record(by=copied_by, action="add", about=each, note=note, before={}, now=now)
    return copies


def _series_of(workshop: Workshop, name: str) -> WorkshopSeries | None:
    if workshop.series is not None or not name.strip():
        return workshop.series
    return WorkshopSeries.objects.create(name=name.strip())


def _draft(workshop: Workshop, appointment: Appointment, series: WorkshopSeries | None, *, now: datetime) -> Workshop:
    there = {**vars(appointment), "ends_at": appointment.starts_at + _length(workshop), "series": series}
    made = replaced(workshop, {**STARTS_ANEW, **there, "pk": None, "changed_at": now})
    made._state.adding = True
    made.save(force_insert=True)
    made.policies.set(workshop.policies.all())
    made.hosts.set(workshop.hosts.all())
    _ask_the_same(made, workshop)
    return made


def _ask_the_same(made: Workshop, workshop: Workshop) -> None:
    before, afterwards = list(workshop.questions.all()), list(workshop.feedback_questions.all())
    for question in before:
        question.pk, question.workshop = None, made
    for one in afterwards:
        one.pk, one.workshop = None, made
    SignupQuestion.objects.bulk_create(before)
    FeedbackQuestion.objects.bulk_create(afterwards)


def _length(workshop: Workshop) -> timedelta:
    return workshop.ends_at - workshop.starts_at


def _refuse_odd(appointments: Sequence[Appointment], workshop: Workshop, *, now: datetime) -> None:
    if not appointments:
        raise Refused(_("Say at least once where and when."))
    if len(set(appointments)) < len(appointments):
        raise Refused(_("Two of these are the same; change one or take it out."))
    for appointment in appointments:
        if problem := why_not_then(workshop, appointment.starts_at, now=now):
            raise Refused(problem)


def why_not_then(workshop: Workshop, starts_at: datetime, *, now: datetime) -> str:
    """Why a workshop is not copied to start then; empty if it can be."""
    if problem := rules.time_problem(starts_at, starts_at + _length(workshop), now=now):
        return wording.time_problem(problem)
    return _("This is in the past; choose a later start.") if starts_at <= now else ""

"""The door of a workshop: checking in on a phone, for staff who host it and for helpers with a link."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import ValidationError

from kit.backoffice.action_pages import bound_data
from kit.outcomes import Refused
from kit.pages.middleware import may_use

from . import door_payload, door_wording, rules, services
from .door_access import Door, door_view
from .forms import CheckInForm
from .models import DoorScan, Signup
from .roster import Roster, roster_of


@require_http_methods(["GET", "POST"])
@never_cache
@may_use("camera", "screen-wake-lock")
@door_view
def check_in(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Type or scan a code, or find a name. A code in the address waits for the button."""
    form = CheckInForm(bound_data(request), initial={"code": rules.spell_code(request.GET.get("code", ""))})
    if form.is_valid() and _checked_in_by_code(request, door, form):
        return redirect(door.url("page"))
    return render(request, "workshops/check_in.html", _context(door, now=timezone.now()) | {"form": form})


def _checked_in_by_code(request: HttpRequest, door: Door, form: CheckInForm) -> bool:
    now = timezone.now()
    try:
        code = form.cleaned_data["code"]
        signup = services.check_in(workshop=door.workshop, code=code, checked_in_by=door.by, now=now)
    except Refused as refusal:
        form.add_error("code", str(refusal))
        return False
    _say_checked_in(request, signup, door, now=now)
    return True


def _say_checked_in(request: HttpRequest, signup: Signup, door: Door, *, now: datetime) -> None:
    """A code that is used twice is no second arrival: who is already here is said in another tone."""
    if signup.checked_in_at == now:
        messages.success(request, door_wording.is_checked_in(signup))
    else:
        messages.warning(request, door_wording.already_here(signup, zone=door.workshop.zone))


def _context(door: Door, *, now: datetime) -> dict[str, object]:
    workshop = door.workshop
    opens_at = rules.check_in_opens_at(workshop.starts_at)
    shown = not door.is_helpers or rules.shows_roster(workshop.starts_at, now=now)
    return {
        "door": door,
        "workshop": workshop,
        "roster": roster_of(workshop, now=now) if shown else None,
        "opens_at": opens_at,
        "is_open": opens_at <= now < workshop.ends_at and workshop.cancelled_at is None,
        "has_started": workshop.starts_at <= now,
        "is_over": workshop.ends_at <= now,
        "outcomes": DoorScan.Outcome,
    }


@require_GET
@never_cache
@door_view
def roster(request: HttpRequest, door: Door) -> HttpResponseBase:
    """The list as it is now; nothing if it is still the one that the page has."""
    context = _context(door, now=timezone.now())
    found = context["roster"]
    if isinstance(found, Roster) and request.GET.get("seen") == found.version:
        return HttpResponse(status=204)
    return render(request, "workshops/_door_fragment.html", context)


@require_POST
@door_view
def scans(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Take what a page kept: each scan once, in its order."""
    try:
        if len(request.body) > door_payload.MAX_BYTES:
            raise ValueError("too much at once")
        batch = door_payload.ScanBatch.model_validate_json(request.body)
    except (ValidationError, ValueError):
        return JsonResponse({"error": _("The portal cannot read this. Open the page again.")}, status=400)
    now = timezone.now()
    read = {sent.nonce: door_payload.read(sent, door.workshop, now=now) for sent in batch.scans}
    known = [scan for scan in read.values() if scan is not None]
    results = services.take_scans(workshop=door.workshop, scans=known, by=door.by, now=now)
    results += [door_payload.not_of_this_list(sent) for sent in batch.scans if read[sent.nonce] is None]
    return JsonResponse({"results": [door_payload.answer(result) for result in results]})


@require_POST
@door_view
def check_in_place(request: HttpRequest, door: Door, signup_id: int) -> HttpResponseBase:
    """Check somebody in who was found by name."""
    signup, now = get_object_or_404(Signup, pk=signup_id, workshop=door.workshop), timezone.now()
    try:
        signup = services.check_in_place(signup=signup, checked_in_by=door.by, now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        _say_checked_in(request, signup, door, now=now)
    return redirect(door.url("page"))


@require_POST
@door_view
def undo(request: HttpRequest, door: Door, signup_id: int) -> HttpResponseBase:
    """Take back a check-in that was a slip."""
    signup = get_object_or_404(Signup, pk=signup_id, workshop=door.workshop)
    try:
        services.undo_check_in(signup=signup, undone_by=door.by, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, door_wording.is_taken_back(signup))
    return redirect(door.url("page"))

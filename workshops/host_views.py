"""What staff alone do at the door: letting people in, noting later who was there, helpers' links, the printed list."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import person
from kit.addresses import portal_url
from kit.backoffice.action_pages import bound_data
from kit.documents.qr_codes import qr_address
from kit.outcomes import Refused
from kit.texts.characters import composed
from sellers.models import Seller

from . import door_selectors, door_wording, services
from .door_access import Door, host_view
from .forms import DoorLinkForm, LateForm, WalkInForm
from .models import DoorLink, Signup
from .roster import roster_of

MAX_FOUND = 10
"""How many sellers are offered for who walks in."""


@require_GET
@never_cache
@host_view
def door_list(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Everybody with a place on paper, with a box to tick and the code to compare."""
    found = roster_of(door.workshop, now=timezone.now())
    context = {"door": door, "workshop": door.workshop, "roster": found}
    return render(request, "workshops/door_list.html", context)


@require_POST
@host_view
def let_in(request: HttpRequest, door: Door, signup_id: int) -> HttpResponseBase:
    """Let in somebody who waits, or whose place was given to another."""
    signup = get_object_or_404(Signup, pk=signup_id, workshop=door.workshop)
    try:
        signup = services.let_in(signup=signup, let_in_by=person(request), now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, door_wording.is_let_in(signup))
    return redirect(door.url("page"))


@require_http_methods(["GET", "POST"])
@never_cache
@host_view
def walk_in(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Find the seller of somebody who had not signed up, and let them in."""
    form = WalkInForm(bound_data(request))
    if form.is_valid() and _walked_in(request, door, form):
        return redirect(door.url("page"))
    asked = request.POST if request.method == "POST" else request.GET
    words = composed(asked.get("q", "").replace("\0", "").strip())
    found = list(door_selectors.who_may_walk_in(workshop=door.workshop, words=words)[: MAX_FOUND + 1]) if words else []
    context = {
        "door": door,
        "workshop": door.workshop,
        "form": form,
        "words": words,
        "attendee": asked.get("attendee", ""),
        "found": found[:MAX_FOUND],
        "are_more": len(found) > MAX_FOUND,
    }
    return render(request, "workshops/walk_in.html", context)


def _walked_in(request: HttpRequest, door: Door, form: WalkInForm) -> bool:
    seller = get_object_or_404(Seller, pk=form.cleaned_data["seller"])
    asked = {"attendee": form.cleaned_data["attendee"], "key": form.cleaned_data["key"]}
    try:
        signup = services.walk_in(
            workshop=door.workshop, seller=seller, **asked, let_in_by=person(request), now=timezone.now()
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, door_wording.is_let_in(signup))
    return True


@require_http_methods(["GET", "POST"])
@host_view
def note_late(request: HttpRequest, door: Door, signup_id: int) -> HttpResponseBase:
    """Note afterwards that somebody was there, and why it is noted now; the seller is told."""
    signup = get_object_or_404(Signup.objects.placed().select_related("seller"), pk=signup_id, workshop=door.workshop)
    form = LateForm(bound_data(request))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            services.correct_attendance(
                signup=signup, was_there=True, reason=reason, corrected_by=person(request), now=timezone.now()
            )
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, door_wording.is_noted_late(signup))
            return redirect(door.url("page"))
    context = {"door": door, "workshop": door.workshop, "signup": signup, "who": door_wording.who(signup), "form": form}
    return render(request, "workshops/note_late.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@host_view
def door_links(request: HttpRequest, door: Door) -> HttpResponseBase:
    """The links of helpers. A new one is shown once, in the answer to the form: nothing keeps it."""
    form, made = DoorLinkForm(bound_data(request)), None
    now = timezone.now()
    if form.is_valid():
        try:
            made = services.make_door_link(
                workshop=door.workshop, name=form.cleaned_data["name"], made_by=person(request), now=now
            )
        except Refused as refusal:
            form.add_error("name", str(refusal))
    return _links_page(request, door, form, made)


def _links_page(
    request: HttpRequest, door: Door, form: DoorLinkForm, made: tuple[DoorLink, str] | None
) -> HttpResponse:
    address = portal_url(reverse("workshops:door", kwargs={"token": made[1]})) if made else ""
    context = {
        "door": door,
        "workshop": door.workshop,
        "form": DoorLinkForm() if made else form,
        "made": made[0] if made else None,
        "address": address,
        "qr": qr_address(address) if made else "",
        "links": door_selectors.links_in_use(workshop=door.workshop, as_of=timezone.now()),
    }
    return render(request, "workshops/door_links.html", context)


@require_POST
@host_view
def revoke_link(request: HttpRequest, door: Door, link_id: int) -> HttpResponseBase:
    """End a helper's link; the page that is open on their phone does nothing from then on."""
    link = get_object_or_404(DoorLink, pk=link_id, workshop=door.workshop)
    services.revoke_door_link(link=link, revoked_by=person(request), now=timezone.now())
    messages.success(request, _("The link “%(link)s” is revoked.") % {"link": link})
    return redirect("workshops:door_links", workshop_id=door.workshop.pk)

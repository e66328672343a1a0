"""A seller's places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kit.addresses import portal_url
from kit.documents.calendar_files import CONTENT_TYPE
from kit.documents.downloads import download
from kit.documents.qr_codes import qr_image
from kit.outcomes import Refused
from sellers.access import SellerRequest, seller_view

from . import calendars, selectors, services, signup_wording
from .calendar_selectors import entry_of
from .feedback_selectors import why_no_feedback
from .forms import ChangeSignupForm, SignUpForm, was_damaged
from .models import Certificate, MaterialFile, Signup, SignupQuerySet, Workshop, WorkshopQuerySet
from .presentation import WhenAndWhere, when_and_where

PER_PAGE = 20


@require_GET
@seller_view
def seller_list(request: SellerRequest) -> HttpResponse:
    """A seller's places, what it can sign up for (its city and market first), and what was before."""
    now = timezone.now()
    workshops = selectors.open_workshops_for(seller=request.seller, as_of=now)
    page = Paginator(workshops, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = selectors.with_places_of(request.seller, cast("WorkshopQuerySet", page.object_list))
    problem = selectors.why_no_places(request.seller, now=now)
    context = {
        "current": selectors.current_signups(seller=request.seller, as_of=now),
        "why_not": signup_wording.why_no_places(problem, seller=request.seller) if problem else "",
        "page": page,
        "earlier": selectors.earlier_signups(seller=request.seller, as_of=now)[:PER_PAGE],
        "now": now,
    }
    return render(request, "workshops/seller_list.html", context)


@require_http_methods(["GET", "POST"])
@seller_view
def sign_up(request: SellerRequest, workshop_id: int) -> HttpResponse:
    """Sign the seller up: at once by one click, or after a form if the host asks something or several people come."""
    if request.method == "POST" and "name_1" not in request.POST:
        return _by_one_click(request, workshop_id)
    workshop = get_object_or_404(selectors.listed_workshops().select_related("market", "city"), pk=workshop_id)
    now = timezone.now()
    (own,) = selectors.places_by_seller(workshop=workshop, sellers=[request.seller], as_of=now)
    questions = workshop.questions.all()
    overlapping = selectors.overlapping_workshop(workshop, sellers=[request.seller])
    facts = _facts(request, workshop, own.signups, beside=[questions, overlapping])
    form = SignUpForm(
        request.POST if request.method == "POST" else None,
        workshop=workshop,
        questions=list(questions),
        room=own.room,
        initial={"key": uuid4(), "name_1": request.user.name},
    )
    if form.is_valid() and (signups := _signed_up(request, workshop, form, now=now)):
        return redirect(signups[-1])
    return _sign_up_page(request, workshop, own, form, facts=facts, overlapping=overlapping, now=now)


def _by_one_click(request: SellerRequest, workshop_id: int) -> HttpResponse:
    """Nothing is counted or read that the answer does not say: many click at once."""
    workshop, questions = selectors.workshop_with_questions(workshop_id)
    if workshop is None:
        raise Http404("No such workshop.")
    form = SignUpForm(request.POST, workshop=workshop, questions=questions, room=1)
    if form.questions:
        return redirect("workshops:sign_up", seller_id=request.seller.pk, workshop_id=workshop.pk)
    if not form.is_valid():
        messages.error(request, was_damaged())
    elif signups := _signed_up(request, workshop, form, now=timezone.now()):
        return redirect(signups[-1])
    return redirect(workshop)


def _signed_up(request: SellerRequest, workshop: Workshop, form: SignUpForm, *, now: datetime) -> list[Signup]:
    """What came of a form; nothing if it was refused, which is said then."""
    try:
        signups = services.sign_up_people(
            workshop=workshop,
            seller=request.seller,
            user=request.user,
            names=form.names,
            key=form.cleaned_data["key"],
            together=form.together,
            answers=form.answers,
            now=now,
        )
    except Refused as refusal:
        if refusal.field in form.fields:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.error(request, str(refusal))
        return []
    _say_signed_up(request, signups, workshop)
    return signups


def _sign_up_page(
    request: SellerRequest,
    workshop: Workshop,
    own: selectors.SellersPlaces,
    form: SignUpForm,
    *,
    facts: WhenAndWhere,
    overlapping: SignupQuerySet,
    now: datetime,
) -> HttpResponse:
    problem = selectors.why_not_open(workshop, now=now) or own.why_not
    context = {
        "workshop": workshop,
        "own": own,
        "form": form,
        "why_not": signup_wording.why_not_on_page(problem, workshop=workshop, seller=request.seller) if problem else "",
        "overlapping": overlapping,
        "facts": facts,
        "now": now,
    }
    with timezone.override(workshop.zone):
        return render(request, "workshops/sign_up.html", context)


def _facts(
    request: SellerRequest, workshop: Workshop, signups: Sequence[Signup], *, beside: Sequence[QuerySet[Any, Any]]
) -> WhenAndWhere:
    return when_and_where(workshop, reader=request.user, sellers=[request.seller], signups=signups, beside=beside)


def _say_signed_up(request: SellerRequest, signups: Sequence[Signup], workshop: Workshop) -> None:
    states = Counter(signup.state for signup in signups)
    placed, waiting = states[Signup.State.PLACED], states[Signup.State.WAITING]
    if placed:
        messages.success(request, signup_wording.has_places(request.seller, workshop, placed))
    if waiting:
        messages.info(request, signup_wording.is_waiting(request.seller, waiting))
    if not placed and not waiting:
        messages.warning(request, _("That place was cancelled since. You can sign up again on the workshop's page."))


@require_POST
@seller_view
def confirm_signup(request: SellerRequest, signup_id: int) -> HttpResponse:
    """Confirm a place from the waiting list."""
    signup = _signup_or_404(request, signup_id)
    try:
        services.confirm_signup(signup=signup, user=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Confirmed: the place is yours. See you there."))
    return redirect(signup)


def _signup_or_404(request: SellerRequest, signup_id: int) -> Signup:
    try:
        return selectors.get_signup(seller=request.seller, signup_id=signup_id)
    except Signup.DoesNotExist:
        raise Http404("No such sign-up.") from None


@require_GET
@seller_view
def signup_detail(request: SellerRequest, signup_id: int) -> HttpResponse:
    """A place with its check-in code, or a waiting place with its position."""
    signup, now = _signup_or_404(request, signup_id), timezone.now()
    with timezone.override(signup.workshop.zone):
        return render(request, "workshops/signup.html", _of_place(request, signup, now=now))


def _of_place(request: SellerRequest, signup: Signup, *, now: datetime) -> dict[str, Any]:
    beside = selectors.signups_beside(signup)
    has = len(beside) + (signup.state != Signup.State.CANCELLED)
    overlapping, answers = selectors.overlapping(signup=signup), signup.answers.select_related("question")
    certificates, asked = Certificate.objects.valid().filter(signup=signup), selectors.open_questions(signup)
    files = signup.workshop.material_files.all()
    return {
        "signup": signup,
        "workshop": signup.workshop,
        "facts": _facts(request, signup.workshop, [signup], beside=[overlapping, answers, certificates, asked, files]),
        "overlapping": overlapping,
        "beside": beside,
        "room": has and signup.workshop.places_per_seller > has,
        "answers": answers,
        "asked": asked,
        "has_material": _has_material(signup, files),
        "takes_signups": selectors.why_not_open(signup.workshop, now=now) is None,
        "may_change": _may_change(signup, now=now),
        "outlook": _outlook(signup, now=now),
        "feedback_open": _may_give_feedback(signup, now=now),
        "certificate": next(iter(certificates), None),
        "badges": settings.BADGES,
        "now": now,
    }


def _has_material(signup: Signup, files: Collection[MaterialFile]) -> bool:
    """Whether there is material for who has, or had, this place; it is shown once the workshop has ended."""
    workshop = signup.workshop
    is_theirs = workshop.material_for == Workshop.Audience.EVERYBODY or signup.checked_in_at is not None
    return is_theirs and bool(workshop.material or files)


def _may_change(signup: Signup, *, now: datetime) -> bool:
    """Whether it can be said anew who comes."""
    try:
        services.refuse_changing_signup(signup, now=now)
    except Refused:
        return False
    return True


def _may_give_feedback(signup: Signup, *, now: datetime) -> bool:
    """Whether the seller can say how it was; looked up only where somebody was there."""
    return signup.checked_in_at is not None and why_no_feedback(signup.workshop, signup.seller, now=now) is None


def _outlook(signup: Signup, *, now: datetime) -> list[str]:
    """How many places may become free, in sentences, for who waits."""
    if signup.state != Signup.State.WAITING:
        return []
    outlook = selectors.outlook(signup.workshop, as_of=now)
    return [
        signup_wording.given_back_before(outlook),
        signup_wording.at_that_rate(outlook, capacity=signup.workshop.capacity),
    ]


@require_GET
@never_cache
@seller_view
def signup_qr(request: SellerRequest, signup_id: int) -> HttpResponse:
    """The check-in code of a place as a QR image; it holds the address of the check-in page with the code."""
    signup = _signup_or_404(request, signup_id)
    if signup.state != Signup.State.PLACED or not signup.workshop.is_in_person:
        raise Http404("No code without a place, or without a door.")
    code = {"code": signup.check_in_code}
    door = reverse("workshops:check_in", kwargs={"workshop_id": signup.workshop_id}, query=code)
    return HttpResponse(qr_image(portal_url(door)), content_type="image/svg+xml")


@require_GET
@seller_view
def signup_calendar(request: SellerRequest, signup_id: int) -> HttpResponseBase:
    """The workshop of a place as a calendar file, with the link to join."""
    signup = _signup_or_404(request, signup_id)
    if signup.state != Signup.State.PLACED:
        raise Http404("No file without a place.")
    entry = entry_of(signup.workshop, person=request.user, seller_id=request.seller.pk)
    file = calendars.place_file(signup.workshop, entry)
    return download(file, name=f"workshop-{signup.workshop_id}.ics", content_type=CONTENT_TYPE)


@require_http_methods(["GET", "POST"])
@seller_view
def change_signup(request: SellerRequest, signup_id: int) -> HttpResponse:
    """Say anew who comes, and what the host asked."""
    signup, now = _signup_or_404(request, signup_id), timezone.now()
    form = ChangeSignupForm(request.POST if request.method == "POST" else None, signup=signup)
    try:
        services.refuse_changing_signup(signup, now=now)
        if form.is_valid():
            attendee = form.cleaned_data["attendee"]
            services.change_signup(signup=signup, attendee=attendee, answers=form.answers, user=request.user, now=now)
            messages.success(request, _("Changed. The host sees what you say now."))
            return redirect(signup)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(signup)
    with timezone.override(signup.workshop.zone):
        context = {"signup": signup, "workshop": signup.workshop, "form": form, "now": now}
        return render(request, "workshops/change_signup.html", context)


@require_http_methods(["GET", "POST"])
@seller_view
def cancel_signup(request: SellerRequest, signup_id: int) -> HttpResponse:
    """Ask whether to cancel, and cancel by POST."""
    signup = _signup_or_404(request, signup_id)
    if signup.state == Signup.State.CANCELLED:
        return _cancelled_before(request, signup)
    if request.method == "GET":
        return _ask_to_cancel(request, signup)
    try:
        services.cancel_signup(signup=signup, user=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(signup)
    messages.success(request, signup_wording.is_cancelled(signup, signup.attendee or request.seller))
    return redirect("workshops:seller_list", seller_id=request.seller.pk)


def _ask_to_cancel(request: SellerRequest, signup: Signup) -> HttpResponse:
    signup.seller, now = request.seller, timezone.now()
    number = selectors.number_again(signup, as_of=now)
    somebody_waits = signup.workshop.signups.waiting().exists()
    context = {
        "signup": signup,
        "workshop": signup.workshop,
        "again": signup_wording.number_again(number) if number else "",
        "somebody_waits": somebody_waits,
        "stays_empty": somebody_waits and signup.workshop.cut_off <= now,
    }
    with timezone.override(signup.workshop.zone):
        return render(request, "workshops/cancel_signup.html", context)


def _cancelled_before(request: SellerRequest, signup: Signup) -> HttpResponse:
    """An older page, or one sent twice: nothing is cancelled, and what the seller has is not hidden."""
    beside = selectors.signups_beside(signup)
    if not beside:
        said = _("That place in “%(workshop)s” was cancelled before.") % {"workshop": signup.workshop.title}
        messages.info(request, said)
        return redirect(signup)
    link = format_html('<a href="{}">{}</a>', beside[0].get_absolute_url(), _("See it"))
    said = _("That place was cancelled before, and you have another one. {link}")
    messages.warning(request, format_html(said, link=link))
    return redirect(signup)

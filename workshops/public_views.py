"""What everybody may see: the listing, the page of a city, a workshop, and their calendar files."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kit.addresses import portal_url
from kit.documents.calendar_files import CONTENT_TYPE
from sellers.selectors import sellers_of

from . import calendars, rules, selectors
from .addresses import id_in
from .filters import WorkshopFilter
from .models import City, Workshop

PER_PAGE = 20


def by_month(workshops: Iterable[Workshop]) -> dict[rules.Month, list[Workshop]]:
    """Workshops under the month they start in, each by its own calendar, in the order they came."""
    months: dict[rules.Month, list[Workshop]] = {}
    for workshop in workshops:
        months.setdefault(rules.Month.of(workshop.starts_at, zone=workshop.zone), []).append(workshop)
    return months


@require_GET
def workshop_list(request: HttpRequest, *, slug: str = "", past: bool = False) -> HttpResponse:
    """Published workshops by date, of a city where the address names one: upcoming or past ones."""
    city = get_object_or_404(City, slug=slug) if slug else None
    now = timezone.now()
    workshops = selectors.past_workshops(as_of=now) if past else selectors.upcoming_workshops(as_of=now)
    workshops = workshops.filter(city=city) if city else workshops
    found = WorkshopFilter(request.GET, queryset=workshops)
    page = Paginator(found.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {"city": city, "filter": found, "page": page, "months": by_month(page), "past": past, "now": now}
    return render(request, "workshops/list.html", context)


@require_GET
def workshop_detail(request: HttpRequest, workshop_id: str) -> HttpResponse:
    """One workshop in its own time zone; for a member also what each of their sellers has in it."""
    workshop = get_object_or_404(selectors.listed_workshops(), pk=id_in(workshop_id))
    if workshop_id != workshop.address_name:
        return redirect(workshop, permanent=True)
    sellers = list(sellers_of(request.user)) if request.user.is_authenticated else []
    context = {
        "workshop": workshop,
        "hosts": selectors.hosts_of(workshop),
        "places": selectors.places_by_seller(workshop=workshop, sellers=sellers),
        "now": timezone.now(),
        "canonical": portal_url(workshop.get_absolute_url()),
    }
    with timezone.override(workshop.zone):
        return render(request, "workshops/detail.html", context)


@require_GET
def workshop_calendar(request: HttpRequest, workshop_id: int) -> HttpResponse:
    """The workshop as a calendar file."""
    workshop = get_object_or_404(Workshop.objects.listed().select_related("city"), pk=workshop_id)
    disposition = f'attachment; filename="workshop-{workshop.pk}.ics"'
    file = calendars.workshop_file(workshop)
    return HttpResponse(file, content_type=CONTENT_TYPE, headers={"Content-Disposition": disposition})

"""What everybody may see: the listing, the page of a city, a workshop, and their calendar files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.core.validators import slug_re
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from accounts.access import is_staff_who_may, person
from accounts.models import User
from kit.addresses import portal_url
from kit.dates import month_start
from kit.documents.calendar_files import CONTENT_TYPE
from kit.documents.downloads import filter_not_understood
from kit.pages.paging import read_page
from kit.pages.shared_pages import render_shared
from sellers.access import sellers_to_choose
from sellers.brands import brand_of, paper_brand
from sellers.models import Seller
from sellers.page_brands import brand_for
from sellers.selectors import only_market
from sellers.staff_scope import works_for

from . import calendars, listing, material, preview, selectors, wording
from .addresses import id_in
from .calendar_links import subscriptions_of
from .filters import OF_CITY, WorkshopFilter
from .models import City, MaterialFile, Workshop
from .presentation import when_and_where
from .structured_data import event_script

PER_PAGE = 20
LIST = "workshops/list.html"
FEED_SECONDS = 15 * 60
"""How long a feed that was made is kept; it is made anew as soon as a workshop of it changes."""

PREVIEW_SECONDS = 24 * 60 * 60


def by_month(workshops: Iterable[Workshop]) -> dict[date, list[Workshop]]:
    """Workshops under the first day of their month, each by its own calendar, in the order in which they came."""
    months: dict[date, list[Workshop]] = {}
    for workshop in workshops:
        months.setdefault(month_start(workshop.starts_at, zone=workshop.zone), []).append(workshop)
    return months


# --- The listing


@require_GET
def workshop_list(request: HttpRequest, *, slug: str = "", past: bool = False) -> HttpResponseBase:
    """Published workshops by date, of a city where the address names one: upcoming or past ones."""
    if address := _cleaner_address(request, slug=slug, past=past):
        return redirect(address, permanent=True)
    now = timezone.now()
    if request.GET.get("places_left"):  # every sign-up may change which ones these are
        versions, _ = listing.what_is_listed(shown=(), now=now)
        return render(request, LIST, _listed(request, versions, slug=slug, past=past, now=now)[0])
    return render_shared(
        request,
        LIST,
        look=brand_for(request),
        ask=lambda shown: listing.what_is_listed(shown=shown, now=now),
        draw=lambda versions: _listed(request, versions, slug=slug, past=past, now=now),
    )


def _listed(
    request: HttpRequest, versions: str, *, slug: str, past: bool, now: datetime
) -> tuple[dict[str, Any], dict[int, tuple[int, int]]]:
    """What the page shows, which is the same for everybody, and what it says of places."""
    city = _city(slug)
    workshops = selectors.past_workshops(as_of=now) if past else selectors.upcoming_workshops(as_of=now)
    workshops = (workshops.filter(city=city) if city else workshops).defer(*selectors.TEXTS)
    found = WorkshopFilter(request.GET, queryset=workshops, of_city=city is not None, of_past=past)
    found.offer(listing.choices_of(workshops, made_of=(slug, past, versions)))
    page = read_page(found.qs, wanted=request.GET.get("page"), size=PER_PAGE)
    title = wording.listing_title(city, past=past)
    context = {
        "city": city,
        "title": title,
        "filter": found,
        "page": page,
        "months": by_month(page),
        "past": past,
        "now": now,
        "canonical": portal_url(request.path),
        "feed": subscriptions_of(_address("feed", slug, found.narrowed), name=title),
    }
    return context, listing.places_of(page)


def _city(slug: str) -> City | None:
    return get_object_or_404(City, slug=slug) if slug else None


def _cleaner_address(request: HttpRequest, *, slug: str, past: bool) -> str:
    """Where a city has its page and past workshops have theirs, for an address that asks for them; else empty."""
    query = {name: str(value) for name, value in request.GET.items() if value}
    asked_city, asked_past = "" if slug else query.get("city", "").lower(), query.pop("past", "") == "1"
    known = bool(slug_re.match(asked_city)) and City.objects.filter(slug=asked_city).exists()
    says_again = bool(slug) and not query.keys().isdisjoint(OF_CITY)
    if not known and not asked_past and not says_again and slug == slug.lower():
        return ""
    past = past or asked_past
    return _address("past" if past else "list", asked_city if known else slug.lower(), query)


NAMES_IN_CITY = {"list": "city", "past": "city_past", "feed": "city_feed"}


def _address(name: str, slug: str, query: dict[str, str]) -> str:
    """The address of the listing, or of its past, or of its feed: of a city or of all."""
    query = {key: value for key, value in sorted(query.items()) if not (slug and key in OF_CITY)}
    if slug:
        return reverse(f"workshops:{NAMES_IN_CITY[name]}", kwargs={"slug": slug}, query=query or None)
    return reverse(f"workshops:{name}", query=query or None)


# --- Its feed


@require_GET
def feed(request: HttpRequest, *, slug: str = "") -> HttpResponseBase:
    """What the listing shows with the same filters, as an iCalendar file that calendar programs read again.

    400 for a filter that is none, such as a day that does not exist: all workshops would be another answer.
    """
    if slug != slug.lower():
        return redirect(_address("feed", slug.lower(), request.GET.dict()), permanent=True)
    city, now = _city(slug), timezone.now()
    workshops = listing.feed_workshops(now=now)
    workshops = workshops.filter(city=city) if city else workshops
    found = WorkshopFilter(request.GET, queryset=workshops, of_city=city is not None)
    if found.form.errors:
        return filter_not_understood(found.form.errors)
    state = listing.state_of(found.qs)
    key = hashlib.sha256(repr((slug, sorted(found.narrowed.items()), get_language(), state)).encode()).hexdigest()
    headers = _feed_headers(quote_etag(key), state[-1])
    answer = get_conditional_response(request, etag=headers["ETag"], last_modified=_seconds(state[-1]))
    if answer is None:
        name = wording.listing_title(city, past=False)
        make = lambda: calendars.feed_file(listing.for_feed(found.qs), name=name)  # noqa: E731  # called if nothing is kept
        answer = HttpResponse(cache.get_or_set(f"workshops-feed-{key}", make, FEED_SECONDS), content_type=CONTENT_TYPE)
    for header, value in headers.items():
        answer[header] = value
    return answer


def _feed_headers(etag: str, changed_at: datetime | None) -> dict[str, str]:
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=900",
        "Content-Disposition": 'inline; filename="workshops.ics"',
    }
    return headers | ({"Last-Modified": http_date(changed_at.timestamp())} if changed_at else {})


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


# --- One workshop


@require_GET
def workshop_detail(request: HttpRequest, workshop_id: str) -> HttpResponse:
    """One workshop in its own time zone; for a member also what each of their sellers has in it."""
    workshop = get_object_or_404(selectors.listed_workshops().select_related("series", "market"), pk=id_in(workshop_id))
    if workshop_id != workshop.address_name:
        return redirect(workshop, permanent=True)
    sellers = sellers_to_choose(request)
    reader = person(request) if request.user.is_authenticated else None
    context = _detail(workshop, reader, sellers, now=timezone.now(), portal=brand_for(request).name)
    context["may_check_in"] = _may_check_in(request, workshop)
    with timezone.override(workshop.zone):
        return render(request, "workshops/detail.html", context)


def _may_check_in(request: HttpRequest, workshop: Workshop) -> bool:
    """Whether the door is open to this person of staff: it is to who works for the workshop's market."""
    user = request.user
    if not isinstance(user, User) or not is_staff_who_may(user, "workshops.check_in_signup"):
        return False
    return works_for(user, workshop.market_id)


def _detail(
    workshop: Workshop, reader: User | None, sellers: Sequence[Seller], *, now: datetime, portal: str
) -> dict[str, Any]:
    places = selectors.places_by_seller(workshop=workshop, sellers=sellers, as_of=now)
    if workshop.starts_at <= now:  # nobody can sign up any more
        places = [own for own in places if own.signups]
    signups = [signup for own in places for signup in own.signups]
    topics, others = workshop.policies.order_by("name", "pk"), listing.others_of_series(workshop, now=now)
    files = workshop.material_files.all() if workshop.ends_at <= now else MaterialFile.objects.none()
    takes_signups = selectors.why_not_open(workshop, now=now) is None
    overlapping = selectors.overlapping_workshop(workshop, sellers=sellers if takes_signups else ())
    beside = [topics, others, files, overlapping]
    facts = when_and_where(workshop, reader=reader, sellers=sellers, signups=signups, beside=beside)
    return {
        "workshop": workshop,
        "facts": facts,
        "topics": topics,
        "others": others,
        "places": places,
        "overlapping": overlapping,
        "may_wait": any(own.may_wait for own in places),
        "material_shown": material.is_shown(workshop, sellers, as_of=now),
        "material_files": files,
        "now": now,
        **_for_programs(workshop, facts.hosts, portal=portal, takes_signups=takes_signups),
    }


def _for_programs(workshop: Workshop, hosts: Sequence[str], *, portal: str, takes_signups: bool) -> dict[str, str]:
    """What the head of the page says to search engines, and to who shows a link to it."""
    picture = portal_url(reverse("workshops:preview", args=[workshop.pk]))
    return {
        "canonical": portal_url(workshop.get_absolute_url()),
        "preview": picture,
        "structured": event_script(workshop, hosts=hosts, image=picture, organizer=portal, takes_signups=takes_signups),
    }


@require_GET
def workshop_preview(request: HttpRequest, workshop_id: int) -> HttpResponse:
    """The picture beside a link to a workshop, in the language of the workshop."""
    workshop = get_object_or_404(Workshop.objects.listed().select_related("city"), pk=workshop_id)
    market = only_market()
    look = hashlib.sha256(repr(brand_of(market)).encode()).hexdigest()[:16]
    key = f"workshop-preview-{workshop.pk}-{workshop.revision}-{look}"
    picture = cache.get_or_set(key, lambda: preview.picture_of(workshop, look=paper_brand(market)), PREVIEW_SECONDS)
    return HttpResponse(picture, content_type="image/png", headers={"Cache-Control": "public, max-age=3600"})


@require_GET
def material_file(request: HttpRequest, workshop_id: int, file_id: int) -> HttpResponseBase:
    """A file of a workshop's material, for whom it is; there is none for anybody else."""
    file = get_object_or_404(MaterialFile.objects.select_related("workshop"), pk=file_id, workshop=workshop_id)
    sellers = sellers_to_choose(request)
    if not material.is_shown(file.workshop, sellers, as_of=timezone.now()):
        raise Http404("No such file.")
    return material.download(file)


@require_GET
def workshop_calendar(request: HttpRequest, workshop_id: int) -> HttpResponse:
    """The workshop as a calendar file."""
    workshop = get_object_or_404(Workshop.objects.listed().select_related("city", "market__brand"), pk=workshop_id)
    disposition = f'attachment; filename="workshop-{workshop.pk}.ics"'
    file = calendars.workshop_file(workshop)
    return HttpResponse(file, content_type=CONTENT_TYPE, headers={"Content-Disposition": disposition})

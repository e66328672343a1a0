"""In whose time pages are that are no seller's: those of an account, and those for what goes wrong."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.access import person
from accounts.middleware import is_signed_in
from accounts.saved_posts import is_in_the_admin
from kit.pages.middleware import GetResponse
from sellers.access import last_seller


def pages_show_a_readers_time(get_response: GetResponse) -> GetResponse:
    """Show times in the zone that the person chose, else in that of the seller whose page they opened last.

    Visitors, and staff in the admin, who work in many zones, read UTC. What is about one seller or one workshop says so
    itself and is in its time.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with timezone.override(_zone_of(request)):
            return get_response(request)

    return middleware


def _zone_of(request: HttpRequest) -> ZoneInfo | None:
    if is_in_the_admin(request.path) or not is_signed_in(request):
        return None
    if own := person(request).own_zone:
        return own
    seller = last_seller(request)
    return seller.market.zone if seller else None

"""What search engines are told: which pages are for everybody, and which are for nobody who has not signed in."""

from __future__ import annotations

from typing import Any

from django.contrib.sitemaps import views
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from kit.addresses import portal_url
from kit.pages.sitemaps import PortalSitemap, sitemap_index
from policies.sitemaps import ArticleSitemap, PolicySitemap
from workshops.sitemaps import CitySitemap, WorkshopSitemap

PRIVATE = (
    "/s/", "/sellers/", "/account/", "/accounts/", "/admin/", "/api/", "/calendar/", "/door/", "/invitations/",
    "/mail/", "/metrics", "/styleguide/", "/unsubscribe/", "/viewing/", "/workshops/*/check-in/",
)  # fmt: skip
"""How addresses begin that need an account or a secret. Pages of certificates say themselves that nobody lists them."""


class ListSitemap(PortalSitemap[str]):
    """The pages that lead to the others."""

    def items(self) -> list[str]:
        return ["home", "policies:list", "workshops:list", "workshops:past"]

    def location(self, name: str) -> str:
        return reverse(name)


SITEMAPS: dict[str, type[PortalSitemap[Any]]] = {
    "pages": ListSitemap,
    "policies": PolicySitemap,
    "articles": ArticleSitemap,
    "cities": CitySitemap,
    "workshops": WorkshopSitemap,
}


HOUR = 3_600


@require_safe
@cache_control(public=True, max_age=HOUR)
def sitemap(request: HttpRequest) -> HttpResponseBase:
    """Where the list of each kind of page is."""
    return sitemap_index(request, SITEMAPS, url_name="sitemap_of")


@require_safe
@cache_control(public=True, max_age=HOUR)
def sitemap_of(request: HttpRequest, section: str) -> HttpResponseBase:
    """The pages of one kind, each with when it last changed."""
    return views.sitemap(request, sitemaps={**SITEMAPS}, section=section)


@require_safe
@cache_control(public=True, max_age=HOUR)
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines are asked to leave alone, and where the list of the other pages is."""
    lines = ["User-agent: *", *(f"Disallow: {start}" for start in PRIVATE)]
    lines += ["", f"Sitemap: {portal_url(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")

"""Lists of public pages for search engines, with addresses that begin with ``BASE_URL``.

Django's own take the host that a request names: its sender's word, which caches would hand on to others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import SitemapIndexItem
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from ..addresses import portal_url

Page = TypeVar("Page", bound=Model | str)


class PortalSitemap(Sitemap[Page]):
    """The pages of one kind, at the address of the portal."""

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.BASE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.BASE_URL).netloc


def sitemap_index(
    request: HttpRequest, sitemaps: Mapping[str, type[PortalSitemap[Any]]], *, url_name: str
) -> HttpResponseBase:
    """Where the list of each kind of page is, and each page of a list that has several."""
    found = [
        SitemapIndexItem(address, kind.get_latest_lastmod())  # type: ignore[arg-type]  # a date, as Django's own view has
        for section, kind in ((section, one()) for section, one in sitemaps.items())
        for address in _addresses(portal_url(reverse(url_name, kwargs={"section": section})), kind)
    ]
    return TemplateResponse(request, "sitemap_index.xml", {"sitemaps": found}, content_type="application/xml")


def _addresses(first: str, kind: PortalSitemap[Any]) -> Iterable[str]:
    yield first
    for page in range(2, kind.paginator.num_pages + 1):
        yield f"{first}?p={page}"

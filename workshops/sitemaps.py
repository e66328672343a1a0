"""The public pages of workshops, for search engines."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from kit.pages.sitemaps import PortalSitemap

from .models import City, Workshop


class WorkshopSitemap(PortalSitemap[Workshop]):
    """Every workshop that the public may see, also past and cancelled ones."""

    def items(self) -> QuerySet[Workshop]:
        return Workshop.objects.listed().only("title", "changed_at").order_by("-starts_at", "-id")

    def lastmod(self, workshop: Workshop) -> datetime:
        return workshop.changed_at


class CitySitemap(PortalSitemap[City]):
    """The cities that have or had a workshop."""

    def items(self) -> QuerySet[City]:
        return City.objects.filter(Exists(Workshop.objects.listed().filter(city=OuterRef("pk"))))

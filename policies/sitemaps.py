"""The public pages of policies and their articles, for search engines."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from kit.pages.sitemaps import PortalSitemap

from . import selectors
from .models import Article, PolicyVersion


class PolicySitemap(PortalSitemap[PolicyVersion]):
    """Each policy in force, last changed when its wording took effect."""

    def items(self) -> list[PolicyVersion]:
        return [line.version for line in selectors.list_policies(as_of=timezone.now())]

    def location(self, version: PolicyVersion) -> str:
        return version.policy.get_absolute_url()

    def lastmod(self, version: PolicyVersion) -> datetime | None:
        return version.effective_from


class ArticleSitemap(PortalSitemap[Article]):
    """The article of each policy in force that has one."""

    def items(self) -> list[Article]:
        policies = [line.policy for line in selectors.list_policies(as_of=timezone.now())]
        return [policy.article for policy in policies if hasattr(policy, "article")]

"""Staff pages of policies."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import AuditedAdmin
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.tools import NextStepMixin, Tool, ToolsMixin

from .. import wording
from ..models import Article, Policy, PolicyVersion
from .articles import article_tools


class VersionsOfPolicy(ReadOnlyInline):
    model = PolicyVersion
    fields = ["number", "requirement", "severity", "points", "effective_from", "published_at"]
    verbose_name_plural = _lazy("versions")


@admin.register(Policy)
class PolicyAdmin(NextStepMixin, ToolsMixin, AuditedAdmin):
    """A policy. What it says is in its versions."""

    list_display = ["name", "code", "topic", "in_force_now", "open_draft"]
    list_filter = ["topic"]
    search_fields = ["name", "code"]
    fields = ["name", "code", "topic"]
    inlines = [VersionsOfPolicy]

    def get_inlines(self, request: HttpRequest, obj: Policy | None) -> Any:
        return self.inlines if obj else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Policy | None = None) -> Any:
        return {} if obj else {"code": ["name"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Policy | None = None) -> Any:
        return ["code"] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        current = PolicyVersion.objects.in_force(as_of=timezone.now())
        drafts = PolicyVersion.objects.filter(published_at=None)
        return (
            super()
            .get_queryset(request)
            .prefetch_related(
                Prefetch("versions", current, to_attr="current"), Prefetch("versions", drafts, to_attr="drafts")
            )
        )

    @admin.display(description=_lazy("In force"))
    def in_force_now(self, policy: Any) -> str:
        return "; ".join(wording.version_and_points(version) for version in policy.current) or _("none")

    @admin.display(description=_lazy("Draft"), empty_value="")
    def open_draft(self, policy: Any) -> str | None:
        return next((wording.version_number(version) for version in policy.drafts), None)

    def get_view_on_site_url(self, obj: Policy | None = None) -> str | None:
        """Without a published version there is no public page."""
        return super().get_view_on_site_url(obj) if obj and obj.versions.published().exists() else None

    def get_tools(self, request: HttpRequest, obj: Policy) -> list[Tool]:
        if not request.user.has_perm("policies.add_policyversion"):
            return []
        article, of_policy = Article.objects.filter(policy=obj).first(), {"policy": obj.pk}
        write = Tool(_("Write the article"), reverse("admin:policies_articleversion_add", query=of_policy))
        return [
            Tool(_("Draft a new wording"), reverse("admin:policies_policyversion_add", query=of_policy)),
            *(article_tools(request, article) if article else [write]),
        ]

"""Staff pages of articles: sections in Markdown, with a preview."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import AuditedAdmin
from kit.backoffice.preview import PreviewMixin, PreviewPart
from kit.backoffice.tools import Tool, ToolsMixin
from kit.pages.text_areas import AdminTextArea

from ..models import Article, ArticleSection


class SectionsOfArticle(admin.StackedInline[ArticleSection, Article]):
    model = ArticleSection
    formfield_overrides: ClassVar[dict[Any, dict[str, Any]]] = {models.TextField: {"widget": AdminTextArea}}
    extra = 1  # a form of its own for those without JavaScript
    fields = [("position", "slug"), "title", "body"]
    prepopulated_fields = {"slug": ["title"]}
    verbose_name = _lazy("section")


@admin.register(Article)
class ArticleAdmin(PreviewMixin, ToolsMixin, AuditedAdmin):
    """The education page of a policy."""

    list_display = ["title", "policy", "updated_at"]
    list_select_related = ["policy"]
    search_fields = ["title", "policy__name", "policy__code"]
    fields = ["policy", "title", "summary"]
    inlines = [SectionsOfArticle]

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> Any:
        return ["policy"] if obj else []

    def get_tools(self, request: HttpRequest, obj: Article) -> list[Tool]:
        return []

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)

    def preview(self, request: HttpRequest, obj: Article, formsets: Any) -> tuple[str, str, list[PreviewPart]]:
        kept = [
            form.instance
            for formset in formsets
            for form in formset.forms
            if form.instance.title and not form.cleaned_data.get("DELETE")
        ]
        sections = sorted(kept, key=lambda section: section.position)
        return obj.title, obj.summary, [PreviewPart(one.slug, one.title, one.body) for one in sections]

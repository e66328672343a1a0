"""Staff pages of articles: what sellers read, and the texts that are drafted by one person and published by another."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from accounts.access import person
from accounts.models import User
from audit.admin_pages import AuditedAdmin, ReadOnlyAdmin
from audit.snapshots import shown_values
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, not_possible_page
from kit.backoffice.preview import PreviewMixin, PreviewPart
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.second_person import SecondPersonForm, is_own
from kit.backoffice.tools import NextStepMixin, Tool, ToolsMixin
from kit.pages.text_areas import AdminTextArea
from kit.texts.ids import id_in

from .. import wording
from ..differences import article_differences
from ..models import Article, ArticleSection, ArticleVersion, ArticleVersionSection, Policy
from ..services import (
    draft_article,
    propose_article,
    publish_article,
    why_not_publish_article,
)
from .publishing import take_back_page
from .versions import VersionStateFilter


class SectionsOfArticle(ReadOnlyInline):
    model = ArticleSection
    template = "admin/edit_inline/stacked.html"
    fields = ["position", "slug", "title", "body"]
    show_change_link = False
    verbose_name = _lazy("section")


@admin.register(Article)
class ArticleAdmin(ToolsMixin, ReadOnlyAdmin):
    """The education page of a policy, as sellers read it."""

    list_display = ["title", "policy", "updated_at"]
    list_select_related = ["policy"]
    search_fields = ["title", "policy__name", "policy__code"]
    fields = ["policy", "title", "summary", "updated_at"]
    inlines = [SectionsOfArticle]

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("draft", require_POST(self.draft_page)), *super().get_urls()]

    def get_view_on_site_url(self, obj: Article | None = None) -> str | None:
        """The public page is there with that of the policy."""
        return super().get_view_on_site_url(obj) if obj and obj.policy.versions.published().exists() else None

    def get_tools(self, request: HttpRequest, obj: Article) -> list[Tool]:
        return article_tools(request, obj)

    def draft_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Begin a new text with what sellers read now, or open the draft that there is."""
        article = get_record(self, request, object_id, allowed=request.user.has_perm("policies.add_articleversion"))
        draft = draft_article(article=article, drafted_by=person(request), now=timezone.now())
        return redirect("admin:policies_articleversion_change", draft.pk)


def article_tools(request: HttpRequest, article: Article) -> list[Tool]:
    """To draft a new text of an article, or to go on with its draft."""
    if not request.user.has_perm("policies.add_articleversion"):
        return []
    draft = ArticleVersion.objects.filter(policy=article.policy_id, published_at=None).first()
    if draft is None:
        url = reverse("admin:policies_article_draft", args=[article.pk])
        return [Tool(_("Draft a new text of the article"), url, at_once=True)]
    url = reverse("admin:policies_articleversion_change", args=[draft.pk])
    return [Tool(_("Go on with the draft of the article"), url)]


class SectionsOfVersion(admin.StackedInline[ArticleVersionSection, ArticleVersion]):
    model = ArticleVersionSection
    formfield_overrides: ClassVar[dict[Any, dict[str, Any]]] = {models.TextField: {"widget": AdminTextArea}}
    extra = 1  # a form of its own for those without JavaScript
    fields = [("position", "slug"), "title", "body"]
    prepopulated_fields = {"slug": ["title"]}
    verbose_name = _lazy("section")


@admin.register(ArticleVersion)
class ArticleVersionAdmin(NextStepMixin, PreviewMixin, ToolsMixin, AuditedAdmin):
    """A text of an article: a draft until it is published, read-only from then on."""

    change_form_template = "admin/policies/articleversion/change_form.html"
    list_display = ["title", "policy", "proposed_by", "published_at", "published_by"]
    list_filter = [VersionStateFilter]
    list_select_related = ["policy", "proposed_by", "published_by"]
    search_fields = ["title", "policy__name", "policy__code"]
    published = ["proposed_by", "proposed_at", "published_by", "published_at", "alone_reason"]
    readonly_fields = published
    inlines = [SectionsOfVersion]

    def get_fieldsets(self, request: HttpRequest, obj: ArticleVersion | None = None) -> Any:
        text = (None, {"fields": ["policy", "title", "summary"]})
        is_proposed = obj is not None and obj.proposed_by_id is not None
        return [text, (_("Publishing (UTC)"), {"fields": self.published})] if is_proposed else [text]

    def get_readonly_fields(self, request: HttpRequest, obj: ArticleVersion | None = None) -> Any:
        return [*self.readonly_fields, "policy"] if obj else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: ArticleVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.published_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: ArticleVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.published_at is None)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """An article that has a draft already gets no second one: show the draft."""
        drafts = ArticleVersion.objects.filter(published_at=None, policy=id_in(request.GET.get("policy")))
        draft = drafts.first()
        if request.method == "GET" and draft is not None and self.has_view_permission(request, draft):
            messages.info(request, _("This policy's article has a draft already. Here it is."))
            return redirect("admin:policies_articleversion_change", draft.pk)
        return super().add_view(request, form_url, extra_context)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A new text is of a policy without an article: others begin with the text that sellers read."""
        if db_field.name == "policy":
            without = Policy.objects.filter(article=None)
            kwargs["queryset"] = without.exclude(article_versions__in=ArticleVersion.objects.filter(published_at=None))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ArticleVersion, form: Any, change: bool) -> None:
        obj.forget_proposal()
        super().save_model(request, obj, form, change)

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        context = super().record_context(request, obj)
        return context if obj is None or obj.published_at else context | _against_the_article(obj)

    def get_urls(self) -> list[URLPattern]:
        pages = {"publish": self.publish_page, "take_back": self.take_back_page}
        return [*(self.record_path(name, view) for name, view in pages.items()), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: ArticleVersion) -> list[Tool]:
        article = Article.objects.filter(policy=obj.policy_id).first()
        tools = [Tool(_("The article"), reverse("admin:policies_article_change", args=[article.pk]))] if article else []
        if not self.has_change_permission(request, obj):
            return tools
        if obj.proposed_by_id is not None:
            tools.append(Tool(_("Take the proposal back"), self.record_url("take_back", obj)))
        return [*tools, Tool(_("Publish"), self.record_url("publish", obj))]

    def publish_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        version = get_record(self, request, object_id, allowed=super().has_change_permission(request))
        title = _("Publish the article “%(title)s”") % {"title": version.title}
        if version.published_at is not None:
            why = wording.article_published_already(version.published_at)
            return not_possible_page(self, request, title=title, why=why, record=version)
        is_proposed, is_alone = version.proposed_by_id is not None, is_own(request, version)
        approving = _("Publish it alone") if is_alone else _("Approve, and publish")
        page = ActionPage(
            model_admin=self,
            record=version,
            title=title,
            button=approving if is_proposed else _("Propose it"),
            done=wording.article_now_published,
            intro=wording.article_proposed(version) if is_proposed else wording.article_needs_second_person(),
            shown=shown_values(version, ["title", "summary", "proposed_by"]) | _sections(version),
            run=partial(_publish, version, person(request)),
            template="admin/policies/articleversion/publish.html",
            context=_against_the_article(version),
        )
        return page.respond(request, SecondPersonForm(bound_data(request), is_alone=is_alone or not is_proposed))

    def take_back_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        version = get_record(self, request, object_id, allowed=super().has_change_permission(request))
        title = _("Take the proposal of “%(title)s” back?") % {"title": version.title}
        return take_back_page(self, request, version, title=title)

    def preview(self, request: HttpRequest, obj: ArticleVersion, formsets: Any) -> tuple[str, str, list[PreviewPart]]:
        kept = [
            form.instance
            for formset in formsets
            for form in formset.forms
            if form.instance.title and not form.cleaned_data.get("DELETE")
        ]
        return obj.title, obj.summary, _parts(sorted(kept, key=lambda section: section.position))


def _sections(version: ArticleVersion) -> dict[str, str]:
    """What the sections say, as one text."""
    said = [f"{one.title} (#{one.slug})\n{one.body}" for one in version.sections.all()]
    return {_("Sections"): "\n\n".join(said)}


def _publish(version: ArticleVersion, by: User, data: dict[str, Any]) -> ArticleVersion:
    """Publish what another proposed, or alone for a reason; else propose it."""
    now, why = timezone.now(), data.get("alone_reason", "")
    if version.proposed_by_id is not None or why:
        return publish_article(version=version, published_by=by, now=now, alone_reason=why)
    return propose_article(version=version, proposed_by=by, now=now)


def _parts(sections: list[ArticleVersionSection]) -> list[PreviewPart]:
    return [PreviewPart(one.slug, one.title, one.body) for one in sections]


def _against_the_article(version: ArticleVersion) -> dict[str, Any]:
    """How a draft differs from what sellers read, and all of it where they read nothing yet."""
    article = Article.objects.filter(policy=version.policy_id).first()
    return {
        "article": article,
        "differences": article_differences(article, version) if article else [],
        "parts": [] if article else _parts(list(version.sections.all())),
        "why_not": why_not_publish_article(version),
    }

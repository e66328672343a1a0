"""Staff pages of the versions of policies: draft, preview, compare, publish."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import AuditedAdmin
from audit.snapshots import shown_values
from kit.backoffice.action_pages import ActionPage, get_record, not_possible_page
from kit.backoffice.preview import PreviewMixin, PreviewPart
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.scopes import in_scope, scope_of
from kit.backoffice.tools import NextStepMixin, Tool, ToolsMixin
from kit.scopes import Scope
from kit.texts.ids import id_in
from sellers.models import Market

from .. import wording
from ..differences import differences
from ..models import Policy, PolicyAnnouncement, PolicyVersion
from ..selectors import newest_version, version_before
from ..services import (
    SAID,
    draft_version,
    notice_of_policies,
    sellers_to_tell,
    why_not_publish,
)
from .forms import VersionForm
from .publishing import publish_step, take_back_page

PROPOSED = ["effective_from", "immediate_reason", "proposed_by"]


class AnnouncementsOfVersion(ReadOnlyInline):
    model = PolicyAnnouncement
    fields = ["market", "told", "done_at"]
    verbose_name_plural = _lazy("sellers told of it")
    show_change_link = False


class VersionStateFilter(admin.SimpleListFilter):
    title = _lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("draft", _("Draft")), ("proposed", _("Waits for a second person")), ("published", _("Published"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self.value() == "proposed":
            return queryset.filter(published_at=None, proposed_by__isnull=False)
        return queryset.filter(published_at__isnull=self.value() == "draft")


@admin.register(PolicyVersion)
class PolicyVersionAdmin(NextStepMixin, PreviewMixin, ToolsMixin, AuditedAdmin):
    """A wording: a draft until it is published, read-only from then on."""

    form = VersionForm
    change_form_template = "admin/policies/policyversion/change_form.html"
    list_display = ["policy", "number", "severity", "points", "effective_from", "published_at"]
    list_display_links = ["policy", "number"]
    list_filter = [VersionStateFilter, "severity", "policy"]
    list_select_related = ["policy"]
    search_fields = ["policy__name", "policy__code", "requirement"]
    statement = (None, {"fields": ["policy", "requirement", "breach", "severity", "points"]})
    text = (_lazy("Wording"), {"fields": ["wording", "change_summary"]})
    published = [
        *["number", "effective_from", "immediate_reason", "proposed_at", "proposed_by", "published_at", "published_by"],
        "alone_reason",
    ]
    publishing = (_lazy("Publishing (UTC)"), {"fields": published})
    readonly_fields = published
    inlines = [AnnouncementsOfVersion]

    def get_inlines(self, request: HttpRequest, obj: PolicyVersion | None) -> Any:
        return self.inlines if obj and obj.published_at else []

    def get_fieldsets(self, request: HttpRequest, obj: PolicyVersion | None = None) -> Any:
        return [self.statement, self.text, self.publishing] if obj else [self.statement, self.text]

    def get_readonly_fields(self, request: HttpRequest, obj: PolicyVersion | None = None) -> Any:
        return [*self.readonly_fields, "policy"] if obj else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.published_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.published_at is None)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new wording starts as the newest one that is published, whether it is in force yet or not."""
        initial: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        policy = Policy.objects.filter(pk=id_in(initial.get("policy"))).first()
        newest = policy and newest_version(policy)
        return model_to_dict(newest, SAID) | initial if newest else initial

    def get_view_on_site_url(self, obj: PolicyVersion | None = None) -> str | None:
        """A draft has no public page."""
        return super().get_view_on_site_url(obj) if obj and obj.published_at else None

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A policy that has a draft already gets no second one: show the draft."""
        drafts = PolicyVersion.objects.filter(published_at=None, policy=id_in(request.GET.get("policy")))
        draft = drafts.first()
        if request.method == "GET" and draft is not None and self.has_view_permission(request, draft):
            messages.info(request, _("This policy has a draft already. Here it is."))
            return redirect("admin:policies_policyversion_change", draft.pk)
        if request.method == "GET":
            _warn_of_waiting(request, id_in(request.GET.get("policy")))
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: PolicyVersion, form: Any, change: bool) -> None:
        if change:
            obj.forget_proposal()
            super().save_model(request, obj, form, change)
            return
        fields = {name: getattr(obj, name) for name in [*SAID, "change_summary"]}
        draft = draft_version(policy=obj.policy, drafted_by=person(request), now=timezone.now(), **fields)
        obj.pk, obj.number = draft.pk, draft.number
        obj._state.adding = False

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        context = super().record_context(request, obj)
        if obj is None or obj.published_at is not None:
            return context
        current = version_before(obj)
        return context | {"current": current, "differences": differences(current, obj) if current else []}

    def get_urls(self) -> list[URLPattern]:
        pages = {"publish": self.publish_page, "take_back": self.take_back_page}
        return [*(self.record_path(name, view) for name, view in pages.items()), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: PolicyVersion) -> list[Tool]:
        if not self.has_change_permission(request, obj):
            return []
        publish = Tool(_("Publish"), self.record_url("publish", obj))
        if obj.proposed_by_id is None:
            return [publish]
        return [publish, Tool(_("Take the proposal back"), self.record_url("take_back", obj))]

    def publish_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        version = get_record(self, request, object_id, allowed=super().has_change_permission(request))
        if version.published_at is not None:
            title = _("%(version)s is published already") % {"version": version}
            why = wording.was_published(version)
            return not_possible_page(self, request, title=title, why=why, record=version)
        now, notice = timezone.now(), notice_of_policies()
        step = publish_step(request, version, initial={"effective_from": _first_midnight(now + notice)})
        page = ActionPage(
            model_admin=self,
            record=version,
            title=wording.publishing(version),
            button=step.button,
            done=step.done,
            intro=step.intro,
            shown=shown_values(version, [*SAID, "change_summary", *PROPOSED]),
            run=step.run,
            template="admin/policies/policyversion/publish.html",
            context=_before_publishing(version, notice, scope_of(request), as_of=now),
        )
        return page.respond(request, step.form)

    def take_back_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        version = get_record(self, request, object_id, allowed=super().has_change_permission(request))
        title = _("Take the proposal of %(version)s back?") % {"version": version}
        return take_back_page(self, request, version, title=title)

    def preview(self, request: HttpRequest, obj: PolicyVersion, formsets: Any) -> tuple[str, str, list[PreviewPart]]:
        policy = Policy.objects.filter(pk=obj.policy_id).first()
        return str(policy or _("Policy")), obj.requirement, [PreviewPart("", "", obj.wording)]


def version_in_force(policy: Policy, *, as_of: datetime) -> PolicyVersion | None:
    return policy.versions.in_force(as_of=as_of).first()


def _before_publishing(version: PolicyVersion, notice: timedelta, scope: Scope, *, as_of: datetime) -> dict[str, Any]:
    """What whoever publishes a draft has to know."""
    before = version_before(version)
    return {
        "before": before,
        "current": version_in_force(version.policy, as_of=as_of),
        "differences": differences(before, version) if before else [],
        "notice": notice,
        "earliest": as_of + notice,
        "audience": wording.audience_words(audience(scope, as_of=as_of)),
        "why_not": why_not_publish(version, before),
    }


def audience(scope: Scope, *, as_of: datetime) -> list[tuple[Market, int]]:
    """How many sellers of each market that somebody works for are told of what is published at a moment."""
    markets = in_scope(Market.objects.all(), scope)
    return [(market, sellers_to_tell(market=market, published_at=as_of).count()) for market in markets]


def _warn_of_waiting(request: HttpRequest, policy_id: int) -> None:
    """Say that a draft starts from a version that is published and waits for its date."""
    policy = Policy.objects.filter(pk=policy_id).first()
    newest = policy and newest_version(policy)
    if newest and newest.effective_from and newest.effective_from > timezone.now():
        messages.warning(request, wording.waits_for_its_date(newest))


def _first_midnight(moment: datetime) -> datetime:
    """The first midnight (UTC) after a moment: leaves time to press the button."""
    return (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)

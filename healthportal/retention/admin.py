"""Staff pages of what is kept for how long, and of who is to be erased."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from accounts.access import person
from audit.admin_pages import AuditedAdmin
from kit.backoffice.action_pages import confirm_first
from kit.backoffice.filters import happened
from kit.backoffice.tools import ListActionsMixin
from kit.outcomes import Refused
from sellers.models import Member

from .erasure import erase_person, preview_erasure
from .kinds import BY_NAME
from .models import ErasureRequest, Retention
from .wording import at_least, erased_already


class RetentionForm(forms.ModelForm[Retention]):
    """The days, no fewer than the kind allows."""

    def clean_days(self) -> int:
        days: int = self.cleaned_data["days"]
        kept = BY_NAME.get(self.instance.kind)
        if kept and days < kept.min_days:
            raise forms.ValidationError(at_least(kept.min_days))
        return days


@admin.register(Retention)
class RetentionAdmin(AuditedAdmin):
    """Lines are written by the portal, one for each kind of each market; staff choose the days."""

    form = RetentionForm
    list_display = ["what", "market", "days", "removed", "done_at"]
    list_display_links = ["what"]
    list_filter = ["market"]
    list_select_related = ["market"]
    fields = ["what", "market", "days", "removed", "done_at", "last_error"]
    readonly_fields = ["what", "market", "removed", "done_at", "last_error"]
    ordering = ["market_id", "pk"]

    @admin.display(description=_lazy("what"))
    def what(self, retention: Retention) -> str:
        kept = BY_NAME.get(retention.kind)
        return str(kept.label) if kept else retention.kind

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _what_it_does(request: ErasureRequest) -> str:
    if not request.waits:
        return erased_already()
    preview = preview_erasure(request.user)
    if preview.problem:
        return preview.problem
    found = ngettext("ends %(count)s membership", "ends %(count)s memberships", len(preview.members))
    return found % {"count": len(preview.members)}


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ListActionsMixin, AuditedAdmin):
    """Who is to be erased. What it does is shown before it is done."""

    list_display = ["user", "asked_at", "done_at"]
    list_filter = [("done_at", happened(_lazy("state"), not_yet=_lazy("Waits"), done=_lazy("Done")))]
    list_select_related = ["user"]
    search_fields = ["=user__email"]
    search_help_text = _lazy("The whole address")
    autocomplete_fields = ["user"]
    ordering = ["-pk"]
    sortable_by = ()
    actions = ["erase"]
    on_record: ClassVar[dict[str, Any]] = {"erase": _lazy("Erase")}

    def is_offered(self, action: str, obj: ErasureRequest) -> bool:
        return obj.done_at is None

    def limit_to(self, queryset: QuerySet[Any], scope: Collection[int]) -> QuerySet[Any]:
        """Of people who act for no seller of another market: erasing somebody ends all that they are."""
        elsewhere = Member.objects.filter(user=OuterRef("user")).exclude(seller__market__in=list(scope))
        return super().limit_to(queryset, scope).filter(~Exists(elsewhere))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is asked for once, and then done."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["user", "asked_at", "what_it_does", "done_at"] if obj else ["user"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["user", "asked_at", "what_it_does", "done_at"] if obj else []

    @admin.display(description=_lazy("what it does"))
    def what_it_does(self, request: ErasureRequest) -> str:
        return _what_it_does(request)

    def save_model(self, request: HttpRequest, obj: ErasureRequest, form: Any, change: bool) -> None:
        obj.asked_at = timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("retention.change_erasurerequest")

    @admin.action(description=_lazy("Erase the selected people"), permissions=["erase"])
    @confirm_first(
        _lazy(
            "Their name, addresses, ways in and memberships go for good, and the trail calls them a former member. "
            "What they did stays."
        ),
        detail=_what_it_does,
    )
    def erase(self, request: HttpRequest, queryset: QuerySet[ErasureRequest]) -> None:
        for one in queryset.select_related("user"):
            try:
                erase_person(request=one, erased_by=person(request), now=timezone.now())
            except Refused as refused:
                self.message_user(request, str(refused), messages.WARNING)
            else:
                self.message_user(request, _("Erased: nothing is kept of who they were."))

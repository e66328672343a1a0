"""The page on which a superuser says for which markets a member of staff works."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from accounts.models import User
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.choosers import RecordsField
from kit.backoffice.tools import Tool, ToolsMixin
from kit.pages.checked_forms import CheckedForm

from .models import Market
from .services import limit_staff


class MarketsForm(CheckedForm):
    markets = RecordsField(
        Market.objects.order_by("name"), required=False, widget=forms.CheckboxSelectMultiple, label=_lazy("Markets"),
        help_text=_lazy("Choose none to let them work for all."),
    )  # fmt: skip


class StaffPageMixin(ToolsMixin, admin.ModelAdmin[Any]):
    """Gives the people's admin the page ``limit_markets/``, for superusers."""

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("limit_markets", self.limit_markets_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: User) -> list[Tool]:
        if not request.user.is_superuser or not obj.is_staff or obj.is_superuser:
            return []
        return [Tool(_("Choose their markets"), self.record_url("limit_markets", obj))]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        found = super().get_fieldsets(request, obj)
        return [*found, (_("Markets"), {"fields": ["works_for"]})] if obj is not None and obj.is_staff else found

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "works_for"]

    @admin.display(description=_lazy("Works for"))
    def works_for(self, user: User) -> str:
        named = [] if user.is_superuser else list(Market.objects.filter(staff__user=user).order_by("name"))
        return ", ".join(map(str, named)) or _("All markets")

    def limit_markets_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        user: User = get_record(self, request, object_id, allowed=request.user.is_superuser)

        def run(data: dict[str, Any]) -> User:
            limit_staff(person=user, markets=data["markets"], limited_by=person(request), now=timezone.now())
            return user

        page = ActionPage(
            model_admin=self,
            record=user,
            title=_("For which markets does %(person)s work?") % {"person": user},
            button=_("Save"),
            done=_("Saved. It holds from their next page on."),
            intro=_("What belongs to other markets does not exist for them: no list, search, file or email shows it."),
            shown={_("Markets"): self.works_for(user)},
            run=run,
        )
        named = user.staff_markets.values_list("market", flat=True)
        return page.respond(request, MarketsForm(bound_data(request), initial={"markets": list(named)}))

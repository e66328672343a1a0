"""The page on which staff decide about many held violations at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from kit.backoffice.action_pages import ActionPage, bound_data
from kit.backoffice.inputs import LongTextField
from kit.backoffice.tools import Tool
from kit.pages.checked_forms import CheckedForm

from .. import services
from ..models import DetectorAlarm, HeldViolation
from ..wording import detectors as wording

HANDLE = "violations.handle_detectoralarm"
TEMPLATE = "admin/violations/heldviolation/together.html"


class HeldBatchForm(CheckedForm):
    """The number that shows that somebody looked."""

    confirmed = forms.IntegerField(
        min_value=1, widget=AdminIntegerFieldWidget(attrs={"autocomplete": "off"}), label=_lazy("Number of violations"),
        help_text=_lazy("Type how many violations it is about, as it stands above."),
    )  # fmt: skip

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = count

    def clean_confirmed(self) -> int:
        confirmed: int = self.cleaned_data["confirmed"]
        if confirmed != self.count:
            raise forms.ValidationError(wording.number_to_confirm(self.count))
        return confirmed


class DropHeldBatchForm(HeldBatchForm):
    reason = LongTextField(
        _lazy("Reason"),
        _lazy("Staff read it. The sellers are told nothing: nothing was issued."),
        rows=4,
    )
    field_order = ["reason", "confirmed"]


def held_batch_tools(alarm: DetectorAlarm) -> list[Tool]:
    """The ways to decide about all that an alarm holds; none if it holds nothing, or more than is decided at once."""
    waiting = HeldViolation.objects.waiting().filter(alarm=alarm).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[: services.MAX_HELD_BATCH + 1])
    if not ids or len(ids) > services.MAX_HELD_BATCH:
        return []
    query, page = {"ids": ",".join(map(str, ids))}, "admin:violations_heldviolation"
    return [
        Tool(_("Issue what is held"), reverse(f"{page}_issue_together", query=query)),
        Tool(_("Drop what is held"), reverse(f"{page}_drop_together", query=query)),
    ]


class HeldBatchMixin(admin.ModelAdmin[Any]):
    """Two actions of the list, which lead to a page that shows what would happen and asks for the number."""

    actions = ["issue_together", "drop_together"]

    def has_handle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(HANDLE)

    @admin.action(description=_lazy("Issue the selected violations"), permissions=["handle"])
    def issue_together(self, request: HttpRequest, queryset: QuerySet[HeldViolation]) -> HttpResponse:
        return self._ask(request, queryset, "issue")

    @admin.action(description=_lazy("Drop the selected violations"), permissions=["handle"])
    def drop_together(self, request: HttpRequest, queryset: QuerySet[HeldViolation]) -> HttpResponse:
        return self._ask(request, queryset, "drop")

    def _ask(self, request: HttpRequest, queryset: QuerySet[HeldViolation], decision: str) -> HttpResponse:
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: services.MAX_HELD_BATCH + 1])
        if len(ids) > services.MAX_HELD_BATCH:
            messages.error(request, wording.too_many_together(services.MAX_HELD_BATCH))
            return redirect("admin:violations_heldviolation_changelist")
        query = {"ids": ",".join(map(str, ids))}
        return redirect(reverse(f"admin:violations_heldviolation_{decision}_together", query=query))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("issue/", view(self.issue_together_page), name="violations_heldviolation_issue_together"),
            path("drop/", view(self.drop_together_page), name="violations_heldviolation_drop_together"),
            *super().get_urls(),
        ]

    def issue_together_page(self, request: HttpRequest) -> HttpResponseBase:
        """What issuing those that the address names would do, and the form that does it."""
        held = self._named(request)
        return self._issuing(request, held).respond(request, HeldBatchForm(bound_data(request), count=len(held)))

    def drop_together_page(self, request: HttpRequest) -> HttpResponseBase:
        """Those that the address names, and the form that drops them."""
        held = self._named(request)
        return self._dropping(request, held).respond(request, DropHeldBatchForm(bound_data(request), count=len(held)))

    def _named(self, request: HttpRequest) -> list[HeldViolation]:
        """Those of the address, for who may decide about them. 404 if there is none."""
        if not self.has_handle_permission(request):
            raise PermissionDenied
        ids = [int(one) for one in request.GET.get("ids", "").split(",") if one.isdecimal() and len(one) < 19]
        found = self.get_queryset(request).filter(pk__in=ids[: services.MAX_HELD_BATCH])
        held = list(found.select_related("seller__market", "market").order_by("pk"))
        if not held:
            raise Http404(_("No such record."))
        return held

    def _issuing(self, request: HttpRequest, held: list[HeldViolation]) -> ActionPage:
        by = person(request)

        def run(data: dict[str, Any]) -> HttpResponse:
            done = services.issue_held_batch(held=held, issued_by=by, now=timezone.now())
            return _answer(request, done, wording.issued_together)

        return ActionPage(
            model_admin=self,
            title=_("Issue held violations"),
            button=_("Issue them"),
            done="",
            intro=_(
                "The sellers are told now, and their time to appeal starts now; points count from when each was "
                "decided. Of a seller all are issued, or none."
            ),
            run=run,
            template=TEMPLATE,
            context=_shown(services.preview_held_batch(held=held, issued_by=by, now=timezone.now()), held),
        )

    def _dropping(self, request: HttpRequest, held: list[HeldViolation]) -> ActionPage:
        def run(data: dict[str, Any]) -> HttpResponse:
            by, now = person(request), timezone.now()
            done = services.drop_held_batch(held=held, reason=data["reason"], dropped_by=by, now=now)
            return _answer(request, done, wording.dropped_together)

        return ActionPage(
            model_admin=self,
            title=_("Drop held violations"),
            button=_("Drop them"),
            done="",
            intro=_("They are not issued, and nobody is told. Of a seller all are dropped, or none."),
            run=run,
            template=TEMPLATE,
            context=_shown([], held),
        )


def _shown(found: list[services.DecidedOfSeller], held: list[HeldViolation]) -> dict[str, Any]:
    return {"found": found, "held": held, "sellers": len({one.seller_id for one in held})}


def _answer(request: HttpRequest, done: list[services.DecidedOfSeller], words: Any) -> HttpResponse:
    """Back to the list, with what became of each seller's."""
    carried_out = [one for one in done if not one.refused]
    if carried_out:
        messages.success(request, words(sum(one.count for one in carried_out), len(carried_out)))
    for one in done:
        if one.refused:
            messages.error(request, wording.refused_together(one.seller, one.refused))
    return redirect("admin:violations_heldviolation_changelist")

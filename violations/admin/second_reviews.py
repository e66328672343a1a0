"""Staff pages of second reviews: which wait, and what a second reviewer would have decided."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, not_possible_page
from kit.backoffice.inputs import LongTextField
from kit.backoffice.tools import Tool, ToolsMixin
from kit.pages.checked_forms import CheckedForm

from .. import selectors
from ..models import DECISIONS, SecondReview
from ..services import review_again, why_not_review


class SecondReviewForm(CheckedForm):
    """What a second reviewer would have decided, and why."""

    decision = forms.ChoiceField(
        label=_lazy("What you would have decided"),
        choices=[(str(state), state.label) for state in DECISIONS],
        widget=forms.RadioSelect,
    )
    reason = LongTextField(_lazy("Why"), _lazy("Other reviewers read it, the seller does not."))


class ReviewedFilter(admin.SimpleListFilter):
    """Shows what waits unless something else is chosen."""

    title = _lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("reviewed", _("Reviewed")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        waiting, *others = super().choices(changelist)
        yield {**waiting, "display": _("Waits for a review")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(reviewed_at__isnull=self.value() != "reviewed")


@admin.register(SecondReview)
class SecondReviewAdmin(ToolsMixin, ReadOnlyAdmin):
    """Nothing here says what the first reviewer decided before the second one has said."""

    list_display = ["appeal", "seller", "policy", "drawn_at", "reviewed_by", "agreement"]
    list_filter = [ReviewedFilter, "appeal__seller__market"]
    search_fields = ["appeal__seller__name", "=appeal__seller__external_id"]
    search_help_text = _lazy("The seller's name or id")
    ordering = ["drawn_at", "id"]
    sortable_by = ()
    fields = ["appeal", "drawn_at", "decision", "reason", "reviewed_by", "reviewed_at", "agreement"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = ["appeal__seller__market", "appeal__violation__policy_version__policy", "reviewed_by"]
        return super().get_queryset(request).select_related(*related).order_by(*self.ordering)

    @admin.display(description=_lazy("Seller"))
    def seller(self, review: SecondReview) -> str:
        return str(review.appeal.seller)

    @admin.display(description=_lazy("Policy"))
    def policy(self, review: SecondReview) -> str:
        return str(review.appeal.violation.policy)

    @admin.display(description=_lazy("Both decided the same"), boolean=True)
    def agreement(self, review: SecondReview) -> bool | None:
        return review.agrees

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("violations.decide_appeal")

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("review", self.review_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: SecondReview) -> list[Tool]:
        if not self.has_review_permission(request) or why_not_review(obj, person=person(request)):
            return []
        return [Tool(_("Review it"), self.record_url("review", obj))]

    def review_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        review: SecondReview = get_record(self, request, object_id, allowed=self.has_review_permission(request))
        if request.method != "POST" and (why := why_not_review(review, person=person(request))):
            title = _("%(review)s cannot be done here") % {"review": review}
            return not_possible_page(self, request, title=title, why=why, record=review)

        def run(data: dict[str, Any]) -> SecondReview:
            return review_again(review=review, reviewed_by=person(request), now=timezone.now(), **data)

        page = ActionPage(
            model_admin=self,
            record=review,
            title=_("What would you have decided on %(appeal)s?") % {"appeal": review.appeal},
            button=_("Keep the review"),
            done=_("The review is kept."),
            intro=_("It was decided; you are not told how before you have said. Nothing changes for the seller."),
            run=run,
            template="admin/violations/appeal/second_review.html",
            context=self._case(review),
        )
        return page.respond(request, SecondReviewForm(bound_data(request)))

    def _case(self, review: SecondReview) -> dict[str, Any]:
        """What the first reviewer saw."""
        appeal, now = review.appeal, timezone.now()
        appeals = selectors.with_dialogue(appeal.violation.appeals.filter(pk=appeal.pk))
        return {
            "appeal": appeal,
            "violation": appeal.violation,
            "files": list(appeal.attachments.all()),
            "may_open_files": True,
            "dialogue": selectors.dialogue_of(appeals.get(), as_of=now),
        }

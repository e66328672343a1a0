"""Attempts, to look at."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import NewestFirstAdmin
from kit.backoffice.read_only import ReadOnlyInline

from ..models import Attempt, AttemptQuestion


class AttemptQuestionInline(ReadOnlyInline):
    model = AttemptQuestion
    fields = ["position", "text", "answer", "is_right"]
    readonly_fields = ["answer", "is_right"]
    show_change_link = False

    @admin.display(description=_lazy("Answer"))
    def answer(self, asked: AttemptQuestion) -> str:
        return "; ".join(asked.chosen_texts)

    @admin.display(description=_lazy("Right"), boolean=True)
    def is_right(self, asked: AttemptQuestion) -> bool | None:
        return asked.is_right if asked.chosen else None


@admin.register(Attempt)
class AttemptAdmin(NewestFirstAdmin):
    list_display = ["seller", "policy", "attempt", "submitted_at", "what_became", "right_answers", "credit"]
    list_filter = ["passed", "quiz__policy", "seller__market"]
    list_select_related = ["seller", "quiz__policy", "credit"]
    search_fields = ["seller__name", "=seller__external_id"]
    readonly_fields = ["what_became"]
    inlines = [AttemptQuestionInline]
    view_on_site = False  # a seller's page: only its members may open it

    @admin.display(description=_lazy("Policy"), ordering="quiz__policy__name")
    def policy(self, attempt: Attempt) -> str:
        return attempt.quiz.policy.name

    @admin.display(description=_lazy("State"))
    def what_became(self, attempt: Attempt) -> str:
        """The time of one that was left is over, whether anybody noted it or not."""
        return str(attempt.state(as_of=timezone.now()).label)

    @admin.display(description=_lazy("Attempt"), ordering="month")
    def attempt(self, attempt: Attempt) -> str:
        """Its number among those of its month."""
        if attempt.action_id:
            return _("Milestone quiz")
        return _("%(ordinal)s in %(month)s") % {"ordinal": attempt.ordinal, "month": date_format(attempt.month, "M Y")}

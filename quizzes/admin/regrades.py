"""The pages on which one person says which choices were right all along, and another decides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.filters import happened
from kit.backoffice.inputs import LongTextField
from kit.backoffice.scopes import scope_of
from kit.backoffice.second_person import decision_page
from kit.backoffice.tools import Tool, ToolsMixin
from kit.pages.checked_forms import CheckedForm
from kit.texts.limits import EXPLANATION

from .. import bank_wording, selectors, services
from ..models import Question, Regrade

if TYPE_CHECKING:
    from .questions import QuestionAdmin

PROPOSE = "quizzes.change_quiz"
PREVIEW = "admin/quizzes/regrade/preview.html"


class RegradeForm(CheckedForm):
    """``shown`` are the choices whose effect the person has seen."""

    right = forms.TypedMultipleChoiceField(
        label=_lazy("Right choices"), coerce=int, widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Those that should have been marked as right. Whoever chose exactly these was right."),
    )  # fmt: skip
    explanation = LongTextField(
        _lazy("Explanation"),
        _lazy("Why they are right. Sellers read it instead of the one that the question had."),
        rows=4,
        max_length=EXPLANATION,
    )
    reason = LongTextField(
        _lazy("Reason"),
        _lazy("What was wrong. The sellers whose attempts become passes read it."),
        rows=3,
    )
    shown = forms.CharField(label="", required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, question: Question) -> None:
        choices = list(question.choices.order_by("pk"))
        initial = {"right": [one.pk for one in choices if one.is_right], "explanation": question.explanation}
        super().__init__(data, initial=initial)
        right = self.fields["right"]
        assert isinstance(right, forms.TypedMultipleChoiceField)  # noqa: S101  # It is declared above.
        right.choices = [(one.pk, one.text) for one in choices]

    @property
    def key(self) -> str:
        return ",".join(map(str, sorted(self.cleaned_data["right"])))

    @property
    def is_shown(self) -> bool:
        """Whether the effect of just these choices was on the page from which this was sent."""
        return bool(self.cleaned_data["shown"] == self.key)

    def with_shown(self) -> RegradeForm:
        """The same form, which says that the effect was seen."""
        seen = cast("QueryDict", self.data).copy()
        seen["shown"] = self.key
        self.data = seen
        return self


def paths(model_admin: QuestionAdmin) -> list[URLPattern]:
    return [model_admin.record_path("regrade", partial(_propose_page, model_admin))]


def tools(model_admin: QuestionAdmin, request: HttpRequest, question: Question) -> list[Tool]:
    """To have a question's attempts graded again, for who may raise what a pass removes."""
    asked = question.state in {Question.State.PUBLISHED, Question.State.RETIRED}
    if not asked or not request.user.has_perm(PROPOSE):
        return []
    if waiting := question.regrades.waiting().first():
        return [Tool(_("Decide on the regrade"), reverse("admin:quizzes_regrade_decide", args=[waiting.pk]))]
    return [Tool(_("Grade again"), model_admin.record_url("regrade", question))]


def _propose_page(model_admin: QuestionAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    question = get_record(model_admin, request, object_id, allowed=request.user.has_perm(PROPOSE))
    form = RegradeForm(bound_data(request), question=question)
    if form.is_bound and form.is_valid() and not form.is_shown:
        return _page(model_admin, request, question, _effect(request, question, form.cleaned_data["right"])).show(
            request, form.with_shown()
        )
    return _page(model_admin, request, question, {}).respond(request, form)


def _page(model_admin: QuestionAdmin, request: HttpRequest, question: Question, effect: dict[str, Any]) -> ActionPage:
    return ActionPage(
        model_admin=model_admin.admin_site.get_model_admin(Regrade),
        title=_("Grade again: “%(question)s”") % {"question": question},
        button=_("Propose") if effect else _("See the effect"),
        done=_("Proposed. Nothing changes until somebody else has approved it."),
        intro=_(
            "The wrong choices were marked as right? Mark those that are. You see who would pass before anything is "
            "written; nobody loses a pass."
        ),
        run=lambda data: _propose(question, data, request),
        template=PREVIEW,
        context=effect,
    )


def _propose(question: Question, data: dict[str, Any], request: HttpRequest) -> Regrade:
    return services.propose_regrade(
        question=question,
        right=data["right"],
        explanation=data["explanation"],
        reason=data["reason"],
        proposed_by=person(request),
        now=timezone.now(),
    )


def _effect(request: HttpRequest, question: Question, right: list[int]) -> dict[str, Any]:
    preview = selectors.preview_regrade(question, right, as_of=timezone.now(), named=scope_of(request))
    texts = [(one.text, one.pk in right, one.is_right) for one in question.choices.order_by("pk")]
    return {"preview": preview, "choices": texts, "question": question}


@admin.register(Regrade)
class RegradeAdmin(ToolsMixin, ReadOnlyAdmin):
    """Regrades: what waits for a second person, and how far each is."""

    list_display = ["question", "policy", "where_it_stands", "passes", "credited", "given_back", "proposed_at"]
    list_filter = [
        ("decided_at", happened(_lazy("state"), not_yet=_lazy("Waits"), done=_lazy("Decided"))),
        "approved",
        "question__quiz__policy",
    ]
    list_select_related = ["question__quiz__policy"]
    search_fields = ["question__text", "reason"]
    sortable_by = ()
    fields = [
        "question", "where_it_stands", "right", "explanation", "reason", "proposed_by", "proposed_at", "decided_by",
        "decided_at", "alone_reason", "improved", "passes", "credited", "points", "given_back", "done_at",
    ]  # fmt: skip
    readonly_fields = ["where_it_stands", "right"]

    @admin.display(description=_lazy("Policy"))
    def policy(self, regrade: Regrade) -> str:
        return regrade.question.quiz.policy.name

    @admin.display(description=_lazy("State"))
    def where_it_stands(self, regrade: Regrade) -> str:
        return str(regrade.state.label)

    @admin.display(description=_lazy("Right choices"))
    def right(self, regrade: Regrade) -> str:
        return "; ".join(regrade.question.choices.filter(pk__in=regrade.right_ids).values_list("text", flat=True))

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("decide", self.decide_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: Regrade) -> list[Tool]:
        if obj.decided_at is not None or not request.user.has_perm(PROPOSE):
            return []
        return [Tool(_("Decide"), self.record_url("decide", obj))]

    def decide_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        regrade: Regrade = get_record(self, request, object_id, allowed=request.user.has_perm(PROPOSE))

        def decide(*, proposal: Regrade, **said: Any) -> Regrade:
            return services.decide_regrade(regrade=proposal, decided_by=person(request), **said)

        return decision_page(
            self,
            request,
            regrade,
            decide=decide,
            intro=bank_wording.proposed_regrade(regrade),
            done=_("Decided. What is approved is graded again within minutes, and the sellers are told."),
            template=PREVIEW,
            context=_effect(request, regrade.question, regrade.right_ids),
        )

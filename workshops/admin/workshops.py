"""Workshops: drafting, publishing, changing and cancelling them."""

from __future__ import annotations

from contextlib import suppress
from operator import attrgetter
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.tools import NextStepMixin
from kit.outcomes import Refused

from .. import selectors, services
from ..models import Signup, Workshop
from ..models.workshops import WorkshopQuerySet
from ..services.publishing import WHEN_AND_WHERE
from .forms import PLACES, WorkshopForm
from .outcomes import OutcomesMixin
from .questions import FeedbackQuestionInline, QuestionInline
from .tools import WorkshopTools
from .warnings import warnings_about


class WorkshopStateFilter(admin.SimpleListFilter):
    title = _lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("draft", _("Draft")),
            ("upcoming", _("Upcoming")),
            ("past", _("Past")),
            ("cancelled", _("Cancelled")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        standing = queryset.filter(published_at__isnull=False, cancelled_at=None)
        found = {
            "draft": queryset.filter(published_at=None),
            "upcoming": standing.filter(ends_at__gt=now),
            "past": standing.filter(ends_at__lte=now),
            "cancelled": queryset.filter(cancelled_at__isnull=False),
        }
        return found.get(self.value() or "", queryset)


MAX_SIGNUPS_LISTED = 200
"""How many sign-ups a workshop's page lists; their own list goes on."""


class FirstSignups(BaseInlineFormSet[Signup, Workshop, Any]):
    """Lists no more than a page can show at once."""

    def get_queryset(self) -> QuerySet[Signup]:
        if not hasattr(self, "_first"):
            self._first = super().get_queryset()[:MAX_SIGNUPS_LISTED]
        return self._first


class SignupInline(ReadOnlyInline):
    """Who has a place and who waits, in order."""

    model = Signup
    formset = FirstSignups
    fields = ["seller", "attendee", "state", "position", "signed_up_at", "placed_at", "checked_in_at", "check_in_code"]
    view_on_site = False  # a seller's page: only its members may open it

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return selectors.in_order(Signup.objects.select_related("seller", "workshop__city"))

    @admin.display(description=_lazy("Number in line"))
    def position(self, signup: Any) -> str:
        return str(signup.position or "")


@admin.register(Workshop)
class WorkshopAdmin(NextStepMixin, OutcomesMixin, WorkshopTools):
    """Draft a workshop, publish it, and from then on change capacity, time and place: the services tell the sellers."""

    form = WorkshopForm
    view_on_site = False  # drafts have no public page; the others have a tool for it
    list_display = ["title", "city", "when", "state", "places", "queue"]
    list_filter = [WorkshopStateFilter, "market", "mode", "city"]
    list_select_related = ["market", "city"]
    filter_horizontal = ["policies", "hosts"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at"]
    search_fields = ["title", "city__name", "venue"]
    search_help_text = _lazy("Title, city or venue")
    readonly_fields = ["published_at", "cancelled_at", "cancel_reason"]
    inlines = [QuestionInline, FeedbackQuestionInline, SignupInline]
    fieldsets = [
        (None, {"fields": ["market", "title", "summary", "language", "policies", "hosts", "series"]}),
        (
            _lazy("What it is"),
            {"fields": ["description", "agenda", "what_to_bring", "accessibility", "material"]},
        ),
        (
            _lazy("When and where"),
            {
                "description": _lazy(
                    "Times are those on the clock at the venue. Once it is published, everybody who signed up is told "
                    "of a change here."
                ),
                "fields": ["mode", "city", "venue", "address", "join_url", "time_zone", "starts_at", "ends_at", "tell"],
            },
        ),
        (
            _lazy("Places"),
            {
                "description": _lazy(
                    "More places go at once to those who wait, in order, with a message. There cannot be fewer than "
                    "are given."
                ),
                "fields": PLACES,
            },
        ),
        (_lazy("Afterwards"), {"fields": ["feedback_days", "material_for"]}),
        (_lazy("State (UTC)"), {"fields": ["published_at", "cancelled_at", "cancel_reason"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workshop]:
        return selectors.with_counts(cast("WorkshopQuerySet", super().get_queryset(request)))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Cities are told apart by their countries."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "city":
            field.label_from_instance = attrgetter("label")
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Workshop | None = None) -> Any:
        """Who signed up did so for a workshop of that market."""
        return [*self.readonly_fields, *(["market"] if obj and obj.published_at else [])]

    def get_fieldsets(self, request: HttpRequest, obj: Workshop | None = None) -> Any:
        """Nobody is told where nobody signed up."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and self.has_change_permission(request, obj) and obj.signups.active().exists():
            return fieldsets
        return [(name, {**options, "fields": _without_tell(options["fields"])}) for name, options in fieldsets]

    def get_form(self, request: HttpRequest, obj: Workshop | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.refused = getattr(request, "refused", None)
        return form

    def get_inlines(self, request: HttpRequest, obj: Workshop | None) -> Any:
        return self.inlines if obj and obj.published_at else [QuestionInline, FeedbackQuestionInline]

    def has_change_permission(self, request: HttpRequest, obj: Workshop | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.cancelled_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Workshop | None = None) -> bool:
        """Drafts only: a published workshop is cancelled."""
        return super().has_delete_permission(request, obj) and obj is not None and obj.published_at is None

    @admin.display(description=_lazy("When"), ordering="starts_at")
    def when(self, workshop: Workshop) -> str:
        return workshop.when

    @admin.display(description=_lazy("State"))
    def state(self, workshop: Workshop) -> str:
        if workshop.published_at is None:
            return _("Draft")
        if workshop.cancelled_at is not None:
            return _("Cancelled")
        return _("Past") if workshop.ends_at <= timezone.now() else _("Open")

    @admin.display(description=_lazy("Places given"))
    def places(self, workshop: Any) -> str:
        return _("%(given)s of %(places)s") % {"given": workshop.places_given, "places": workshop.capacity}

    @admin.display(description=_lazy("Waiting"))
    def queue(self, workshop: Any) -> int:
        return cast("int", workshop.waiting)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A service refused what the form let through: nothing was saved, and the form is shown again with it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            request.refused = refused  # type: ignore[attr-defined]  # read by get_form
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Say that there are more sign-ups than the page lists."""
        workshop: Workshop | None = context.get("original")
        if workshop is not None and (count := workshop.signups.count()) > MAX_SIGNUPS_LISTED:
            told = _("The first %(shown)s of %(count)s sign-ups are below; “All sign-ups” has them all.")
            self.message_user(request, told % {"shown": MAX_SIGNUPS_LISTED, "count": f"{count:,}"})
        return super().render_change_form(request, context, *args, **kwargs)

    def lock_for_save(self, pk: Any) -> None:
        """As the services do that save the form."""
        with suppress(Workshop.DoesNotExist):
            services.lock_workshop_to_tell(workshop_id=pk)

    def save_model(self, request: HttpRequest, obj: Workshop, form: Any, change: bool) -> None:
        """Capacity, time and place go through the services; the rest is only text."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        now = timezone.now()
        services.lock_workshop_to_tell(workshop_id=obj.pk)
        place_and_time = {name: getattr(obj, name) for name in WHEN_AND_WHERE}
        own = {"title", "capacity", "tell", "policies", "hosts", *WHEN_AND_WHERE, *self.readonly_fields}
        texts = {name: getattr(obj, name) for name in form.fields if name not in own}
        by = person(request)
        services.describe_workshop(workshop=obj, texts=texts, described_by=by, now=now)
        services.move_workshop(workshop=obj, title=obj.title, moved_by=by, now=now, **place_and_time)
        services.change_capacity(workshop=obj, capacity=obj.capacity, changed_by=by, now=now)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """With everything saved, what looks odd is said."""
        super().save_related(request, form, formsets, change)
        for concern in warnings_about(form.instance):
            self.message_user(request, concern, "WARNING")


def _without_tell(fields: Any) -> list[Any]:
    return [name for name in fields if name != "tell"]

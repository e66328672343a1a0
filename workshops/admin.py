"""Staff pages of workshops: everything that touches places goes through the services."""

from __future__ import annotations

import zoneinfo
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.text import slugify

from sellers.models import User
from sellers.services import Refused
from sellers.sheets import csv_download
from sellers.staff import ReadOnlyAdmin, ReadOnlyInline, Step, SuggestingInput, Tool, ToolsMixin, get_record, person
from sellers.time_zones import known_time_zones, time_zones

from . import rules, selectors, services
from .models import Signup, Workshop

PLACE_AND_TIME = ["starts_at", "ends_at", "time_zone", "city", "venue", "address"]


class WallClockField(forms.DateTimeField):
    """What a clock on the wall shows, without a zone: the form says later which zone it is in."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def prepare_value(self, value: Any) -> Any:
        return value

    def to_python(self, value: Any) -> Any:
        with timezone.override(UTC):
            moment = super().to_python(value)
        return timezone.make_naive(moment, UTC) if moment else None


class WorkshopForm(forms.ModelForm[Workshop]):
    """A workshop whose times are entered, and shown again, in its own time zone."""

    starts_at = WallClockField(label="Starts", help_text="Local time in the workshop's own time zone, above.")
    ends_at = WallClockField(label="Ends", help_text="Local time in the workshop's own time zone, above.")

    class Meta:
        model = Workshop
        fields = [
            "market",
            "title",
            "summary",
            "description",
            "what_to_bring",
            "language",
            "host",
            *PLACE_AND_TIME,
            "capacity",
            "places_per_seller",
        ]
        widgets = {
            "title": AdminTextInputWidget(attrs={"size": 70}),
            "summary": AdminTextareaWidget(attrs={"rows": 2}),
            "address": AdminTextInputWidget(attrs={"size": 70}),
            "time_zone": SuggestingInput(time_zones),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ["starts_at", "ends_at"]:
                local = getattr(self.instance, name).astimezone(self.instance.zone)
                self.initial[name] = local.replace(tzinfo=None)
        if "host" in self.fields:
            people = User.objects.filter(is_staff=True, is_active=True)
            cast("forms.ModelChoiceField[User]", self.fields["host"]).queryset = people

    def clean_capacity(self) -> int:
        """Says at the field what ``change_capacity`` would refuse."""
        capacity: int = self.cleaned_data["capacity"]
        given = self.instance.signups.placed().count() if self.instance.pk else 0
        if capacity < given:
            raise forms.ValidationError(
                f"{given} {'place is' if given == 1 else 'places are'} given already. "
                f"Choose {given} or more, or cancel places first."
            )
        return capacity

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        name = data.get("time_zone")  # one that is missing or unknown has an error of its own
        zone = zoneinfo.ZoneInfo(name if name in known_time_zones() else "UTC")
        for field in ["starts_at", "ends_at"]:
            wall_clock: datetime | None = data.pop(field, None)
            if wall_clock is not None:
                try:
                    data[field] = rules.local_moment(wall_clock, zone=zone)
                except ValueError as error:
                    self.add_error(field, str(error))
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", "It ends after it starts.")
        self._refuse_the_past(data)
        return data

    def _refuse_the_past(self, data: dict[str, Any]) -> None:
        """Says at the field what ``move_workshop`` would refuse."""
        start: datetime | None = data.get("starts_at")
        if start is None or self.instance.published_at is None or start == self.instance.starts_at:
            return
        if start <= timezone.now():
            self.add_error("starts_at", "This workshop is published; it cannot be moved into the past.")


class CancelForm(forms.Form):
    reason = forms.CharField(
        max_length=300, widget=AdminTextareaWidget(attrs={"rows": 3}), help_text="Everybody who signed up reads it."
    )


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("draft", "Draft"), ("upcoming", "Upcoming"), ("past", "Past"), ("cancelled", "Cancelled")]

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


class SignupInline(ReadOnlyInline):
    """Who has a place and who waits, in order."""

    model = Signup
    fields = ["seller", "state", "position", "signed_up_at", "placed_at", "checked_in_at", "check_in_code"]
    show_change_link = False
    view_on_site = False  # a seller's page: only its members may open it

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return selectors.in_order(Signup.objects.select_related("seller"))

    @admin.display(description="Number in line")
    def position(self, signup: Any) -> str:
        return str(signup.position or "")


@admin.register(Workshop)
class WorkshopAdmin(ToolsMixin, admin.ModelAdmin[Workshop]):
    """Draft a workshop, publish it, and from then on change capacity, time and place: the services tell the sellers."""

    form = WorkshopForm
    view_on_site = False  # drafts have no public page; the others have a tool for it
    list_display = ["title", "city", "when", "state", "places", "queue"]
    list_filter = [StateFilter, "market", "city"]
    list_select_related = ["market"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at"]
    search_fields = ["title", "city", "venue"]
    search_help_text = "Title, city or venue"
    readonly_fields = ["published_at", "cancelled_at", "cancel_reason"]
    inlines = [SignupInline]
    fieldsets = [
        (None, {"fields": ["market", "title", "summary", "description", "what_to_bring", "language", "host"]}),
        (
            "When and where",
            {
                "description": "Times are those on the clock at the venue. Once it is published, everybody who "
                "signed up is told of a change here.",
                "fields": ["time_zone", "starts_at", "ends_at", "city", "venue", "address"],
            },
        ),
        (
            "Places",
            {
                "description": "More places go at once to those who wait, in order, with a message. There cannot be "
                "fewer than are given.",
                "fields": ["capacity", "places_per_seller"],
            },
        ),
        ("State (UTC)", {"fields": ["published_at", "cancelled_at", "cancel_reason"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workshop]:
        return Workshop.objects.with_counts()

    def get_inlines(self, request: HttpRequest, obj: Workshop | None) -> Any:
        return self.inlines if obj and obj.published_at else []

    def has_change_permission(self, request: HttpRequest, obj: Workshop | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.cancelled_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Workshop | None = None) -> bool:
        """Drafts only: a published workshop is cancelled."""
        return super().has_delete_permission(request, obj) and obj is not None and obj.published_at is None

    @admin.display(description="When", ordering="starts_at")
    def when(self, workshop: Workshop) -> str:
        return workshop.when

    @admin.display(description="State")
    def state(self, workshop: Workshop) -> str:
        if workshop.published_at is None:
            return "Draft"
        if workshop.cancelled_at is not None:
            return "Cancelled"
        return "Past" if workshop.ends_at <= timezone.now() else "Open"

    @admin.display(description="Places given")
    def places(self, workshop: Any) -> str:
        return f"{workshop.places_given} of {workshop.capacity}"

    @admin.display(description="Waiting")
    def queue(self, workshop: Any) -> int:
        return cast("int", workshop.waiting)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Something changed between checking the form and saving it: nothing was saved, say what."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            messages.error(request, f"Nothing was saved. {refused}")
            return redirect(request.path)

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
        place_and_time = {name: getattr(obj, name) for name in PLACE_AND_TIME}
        own = {"capacity", *PLACE_AND_TIME, *self.readonly_fields}
        obj.save(update_fields=[name for name in form.fields if name not in own])
        by = person(request)
        services.move_workshop(workshop=obj, moved_by=by, now=now, **place_and_time)
        services.change_capacity(workshop=obj, capacity=obj.capacity, changed_by=by, now=now)

    # --- Tools

    def get_urls(self) -> list[URLPattern]:
        return [
            self.record_path("publish", self.publish_page),
            self.record_path("cancel", self.cancel_page),
            self.record_path("attendees", self.attendees_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: Workshop) -> list[Tool]:
        now = timezone.now()
        listed = obj.published_at is not None
        standing = listed and obj.cancelled_at is None
        offered = [
            (not listed and self.has_change_permission(request, obj), "Publish", self.record_url("publish", obj)),
            (listed, "Public page", obj.get_absolute_url()),
            (
                standing and obj.ends_at > now and request.user.has_perm("workshops.check_in_signup"),
                "Check in",
                reverse("workshops:check_in", args=[obj.pk]),
            ),
            (
                listed and request.user.has_perm("workshops.view_signup"),
                "Attendees (CSV)",
                self.record_url("attendees", obj),
            ),
            (
                standing and obj.ends_at > now and request.user.has_perm("workshops.cancel_workshop"),
                "Cancel the workshop",
                self.record_url("cancel", obj),
            ),
        ]
        return [Tool(label, url) for allowed, label, url in offered if allowed]

    def publish_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        workshop = get_record(self, request, object_id, allowed=self.has_change_permission(request))

        def run(data: dict[str, Any]) -> Workshop:
            return services.publish_workshop(workshop=workshop, published_by=person(request), now=timezone.now())

        step = Step(
            model_admin=self,
            record=workshop,
            title=f"Publish “{workshop}”",
            button="Publish",
            done=f"“{workshop}” is listed publicly and takes sign-ups.",
            intro=f"{workshop.when} ({workshop.time_zone}), {workshop.capacity} places. From then on it can be "
            "cancelled, but not deleted.",
            run=run,
        )
        return step.respond(request, forms.Form(request.POST if request.method == "POST" else None))

    def cancel_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        allowed = request.user.has_perm("workshops.cancel_workshop")
        workshop = get_record(self, request, object_id, allowed=allowed)
        told = workshop.signups.active().count()

        def run(data: dict[str, Any]) -> Workshop:
            return services.cancel_workshop(
                workshop=workshop, reason=data["reason"], cancelled_by=person(request), now=timezone.now()
            )

        step = Step(
            model_admin=self,
            record=workshop,
            title=f"Cancel “{workshop}”",
            button="Cancel the workshop",
            done=f"“{workshop}” is cancelled, and everybody who signed up was told.",
            intro=f"{told} {'sign-up is' if told == 1 else 'sign-ups are'} cancelled and told at once, in the inbox "
            "and by email. This cannot be undone.",
            run=run,
        )
        return step.respond(request, CancelForm(request.POST or None))

    def attendees_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Who signed up as a CSV file; moments are in the workshop's time zone."""
        allowed = request.user.has_perm("workshops.view_signup")
        workshop = get_record(self, request, object_id, allowed=allowed)
        name = f"attendees-{workshop.pk}-{slugify(workshop.title)[:40]}.csv"
        self.log_read(request, workshop, "Downloaded the list of attendees.")
        rows = [_attendee_row(signup, workshop) for signup in selectors.attendees(workshop=workshop)]
        return csv_download(ATTENDEE_FIELDS, rows, name=name)


ATTENDEE_FIELDS = ("seller", "seller_id", "market", "person", "state", "number_in_line", "signed_up", "checked_in")


def _attendee_row(signup: Any, workshop: Workshop) -> list[str]:
    def local(moment: datetime | None) -> str:
        return moment.astimezone(workshop.zone).isoformat(sep=" ", timespec="minutes") if moment else ""

    return [
        signup.seller.name,
        signup.seller.external_id,
        signup.seller.market.code,
        signup.user.name or signup.user.email,
        signup.get_state_display(),
        str(signup.position or ""),
        local(signup.signed_up_at),
        local(signup.checked_in_at),
    ]


@admin.register(Signup)
class SignupAdmin(ReadOnlyAdmin):
    """Places and waiting places, to look at: sellers sign up and cancel themselves."""

    view_on_site = False
    list_display = ["seller", "workshop", "state", "signed_up_at", "checked_in_at"]
    list_filter = ["state", ("workshop__market", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["seller", "workshop"]
    search_fields = ["=check_in_code", "seller__name", "=seller__external_id", "workshop__title"]
    search_help_text = "Check-in code, the seller's name or id, or the workshop's title"
    show_full_result_count = False

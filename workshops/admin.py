"""Staff pages of workshops: everything that touches places goes through the services."""

from __future__ import annotations

import zoneinfo
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.text import slugify

from accounts.access import person
from accounts.models import User
from audit.admin_pages import AuditedAdmin, ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.inputs import SuggestingInput
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.tools import Tool, ToolsMixin
from kit.documents.csv_files import csv_download
from kit.formatting import counted
from kit.outcomes import Refused
from kit.pages.text_areas import AdminTextArea
from kit.texts.validators import validate_text
from kit.time_zones import known_time_zones, time_zones

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

    refused: Refused | None = None
    """What a service said no to after this form was found in order; the form is shown again with it."""

    starts_at = WallClockField(label="Starts", help_text="Local time in the workshop's own time zone, above.")
    ends_at = WallClockField(label="Ends", help_text="Local time in the workshop's own time zone, above.")
    tell = forms.BooleanField(label="Tell everybody who signed up", required=False)

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
            "summary": AdminTextArea(attrs={"rows": 2}),
            "address": AdminTextInputWidget(attrs={"size": 70}),
            "city": SuggestingInput(selectors.cities),
            "time_zone": SuggestingInput(time_zones),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ["starts_at", "ends_at"]:
                local = getattr(self.instance, name).astimezone(self.instance.zone)
                self.initial[name] = local.replace(tzinfo=None)
        else:
            self._take_from_market("time_zone", "language")
        if "host" in self.fields:
            people = User.objects.filter(is_staff=True, is_active=True)
            cast("forms.ModelChoiceField[User]", self.fields["host"]).queryset = people
        self._prepare_telling()

    def _take_from_market(self, *names: str) -> None:
        for name in names:
            self.initial.pop(name, None)
            if name in self.fields:
                self.fields[name].required = False
                self.fields[name].help_text = "Left empty, that of the market."

    def _prepare_telling(self) -> None:
        """Only who signed up is told; a workshop that nobody signed up for has nothing to confirm."""
        self.told = self.instance.signups.active().count() if self.instance.pk else 0
        if not self.told:
            self.fields.pop("tell", None)
        elif "tell" in self.fields:
            self.fields["tell"].help_text = (
                f"{counted(self.told, 'sign-up')}: a change of time or place is sent at once, in the inbox and by "
                "email. Tick this to send it; nothing is sent for other changes."
            )

    def clean_time_zone(self) -> str:
        return self._or_of_market("time_zone")

    def clean_language(self) -> str:
        return self._or_of_market("language")

    def _or_of_market(self, name: str) -> str:
        market = self.cleaned_data.get("market")
        value: str = self.cleaned_data[name]
        return value or (getattr(market, name) if market else "")

    def clean_city(self) -> str:
        """A city is spelled one way, as it is listed already; one that stays as it is is not moved by it."""
        city: str = self.cleaned_data["city"]
        return selectors.spelled_city(city) if "city" in self.changed_data else city

    def clean_capacity(self) -> int:
        """Says at the field what ``change_capacity`` would refuse."""
        capacity: int = self.cleaned_data["capacity"]
        given = self.instance.signups.placed().count() if self.instance.pk else 0
        if capacity < given:
            raise forms.ValidationError(
                f"{given} {'place is' if given == 1 else 'places are'} given already. "
                f"Choose {given} or more, or cancel places first: open a sign-up below."
            )
        return capacity

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        self._read_times(data)
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and self._changes(data, "starts_at", "ends_at"):
            problem = rules.time_problem(start, end, now=timezone.now())
            if problem is not None:
                self.add_error(*problem)
            self._refuse_the_past(start)
        if self.told and not data.get("tell") and self._changes(data, *PLACE_AND_TIME):
            self.add_error(
                "tell", f"This change is sent to {counted(self.told, 'sign-up')}. Tick to send it, and save."
            )
        if self.refused is not None:
            self.add_error(self.refused.field if self.refused.field in self.fields else None, str(self.refused))
        return data

    def _read_times(self, data: dict[str, Any]) -> None:
        """What the clock on the wall shows becomes a moment; without a zone, the zone is what is wrong."""
        name = data.get("time_zone")  # an unknown one gets its error from the model
        zone = zoneinfo.ZoneInfo(name) if name in known_time_zones() else None
        for field in ["starts_at", "ends_at"]:
            wall_clock: datetime | None = data.pop(field, None)
            if zone is not None and wall_clock is not None:
                try:
                    data[field] = rules.local_moment(wall_clock, zone=zone)
                except (ValueError, OverflowError) as error:
                    self.add_error(field, str(error))

    def _changes(self, data: dict[str, Any], *names: str) -> bool:
        return any(name in data and data[name] != getattr(self.instance, name) for name in names)

    def _get_validation_exclusions(self) -> set[str]:
        """A time that could not be worked out because its zone is wrong is not missing: the zone has the error."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs leave it out
        return exclusions | {name for name in ("starts_at", "ends_at") if name not in self.cleaned_data}

    def _refuse_the_past(self, start: datetime) -> None:
        """Says at the field what ``move_workshop`` would refuse."""
        if self.instance.published_at is None or start == self.instance.starts_at:
            return
        if start <= timezone.now():
            self.add_error("starts_at", "This workshop is published; it cannot be moved into the past.")


class CancelForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        validators=[validate_text],
        widget=AdminTextArea(attrs={"rows": 3}),
        help_text="Everybody who signed up reads it.",
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        validators=[validate_text],
        widget=AdminTextArea(attrs={"rows": 3}),
        help_text="The seller reads it.",
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
    view_on_site = False  # a seller's page: only its members may open it

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return selectors.in_order(Signup.objects.select_related("seller"))

    @admin.display(description="Number in line")
    def position(self, signup: Any) -> str:
        return str(signup.position or "")


@admin.register(Workshop)
class WorkshopAdmin(ToolsMixin, AuditedAdmin):
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
                "fields": ["time_zone", "starts_at", "ends_at", "city", "venue", "address", "tell"],
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
        """A service refused what the form let through: nothing was saved, and the form is shown again with it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            request.refused = refused  # type: ignore[attr-defined]  # read by get_form
            return super().changeform_view(request, object_id, form_url, extra_context)

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
        own = {"capacity", "tell", *PLACE_AND_TIME, *self.readonly_fields}
        texts = {name: getattr(obj, name) for name in form.fields if name not in own}
        by = person(request)
        services.describe_workshop(workshop=obj, texts=texts, described_by=by, now=now)
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

        page = ActionPage(
            model_admin=self,
            record=workshop,
            title=f"Publish “{workshop}”",
            button="Publish",
            done=f"“{workshop}” is listed publicly and takes sign-ups.",
            intro=f"{workshop.when} ({workshop.time_zone}), {workshop.capacity} places. From then on it can be "
            "cancelled, but not deleted.",
            run=run,
        )
        return page.respond(request, forms.Form(request.POST if request.method == "POST" else None))

    def cancel_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        allowed = request.user.has_perm("workshops.cancel_workshop")
        workshop = get_record(self, request, object_id, allowed=allowed)
        told = workshop.signups.active().count()

        def run(data: dict[str, Any]) -> Workshop:
            return services.cancel_workshop(
                workshop=workshop, reason=data["reason"], cancelled_by=person(request), now=timezone.now()
            )

        page = ActionPage(
            model_admin=self,
            record=workshop,
            title=f"Cancel “{workshop}”",
            button="Cancel the workshop",
            done=f"“{workshop}” is cancelled, and everybody who signed up was told.",
            intro=f"{told} {'sign-up is' if told == 1 else 'sign-ups are'} cancelled and told at once, in the inbox "
            "and by email. This cannot be undone.",
            run=run,
        )
        return page.respond(request, CancelForm(request.POST or None))

    def attendees_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Who signed up as a CSV file; moments are in the workshop's time zone."""
        allowed = request.user.has_perm("workshops.view_signup")
        workshop = get_record(self, request, object_id, allowed=allowed)
        name = f"attendees-{workshop.pk}-{slugify(workshop.title)[:40]}.csv"
        self.log_read(request, workshop, "Downloaded the list of attendees.")
        rows = [_attendee_row(signup, workshop) for signup in selectors.attendees(workshop=workshop)]
        return csv_download(ATTENDEE_FIELDS, rows, name=name)


ATTENDEE_FIELDS = (
    "seller",
    "seller_id",
    "market",
    "person",
    "state",
    "number_in_line",
    "check_in_code",
    "signed_up",
    "checked_in",
    "checked_in_by",
)


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
        signup.spelled_code,
        local(signup.signed_up_at),
        local(signup.checked_in_at),
        str(signup.checked_in_by or ""),
    ]


def _without_tell(fields: Any) -> list[Any]:
    return [name for name in fields if name != "tell"]


@admin.register(Signup)
class SignupAdmin(ToolsMixin, ReadOnlyAdmin):
    """Places and waiting places. Sellers sign up and cancel themselves; what hosts do for them the sellers are told."""

    view_on_site = False
    list_display = ["seller", "workshop", "state", "signed_up_at", "checked_in_at"]
    list_filter = ["state", "workshop__market"]
    list_select_related = ["seller", "workshop"]
    search_fields = ["=check_in_code", "seller__name", "=seller__external_id", "workshop__title"]
    search_help_text = "Check-in code, the seller's name or id, or the workshop's title"
    show_full_result_count = False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """A check-in code is found as sellers see it: in groups, with a hyphen, in small letters."""
        code = rules.read_code(search_term)
        if len(code) == rules.CODE_LENGTH and (found := queryset.filter(check_in_code=code)).exists():
            return found, False
        return super().get_search_results(request, queryset, search_term)

    def get_urls(self) -> list[URLPattern]:
        return [
            self.record_path("cancel", self.cancel_page),
            self.record_path("give_place", self.give_place_page),
            self.record_path("note_there", self.note_there_page),
            self.record_path("undo_check_in", self.undo_check_in_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: Signup) -> list[Tool]:
        now, workshop = timezone.now(), obj.workshop
        ahead, placed = workshop.starts_at > now, obj.state == Signup.State.PLACED
        waits, is_in = obj.state == Signup.State.WAITING, obj.checked_in_at is not None
        open_door = rules.check_in_opens_at(workshop.starts_at) <= now
        may_change, may_check_in = self._may_change(request), self._may_check_in(request)
        offered = [
            (may_change and ahead and (placed or waits) and not is_in, "Cancel", "cancel"),
            (may_change and waits and workshop.ends_at > now, "Give a place", "give_place"),
            (may_check_in and placed and open_door and not is_in, "Note as there", "note_there"),
            (may_check_in and placed and is_in, "Take the check-in back", "undo_check_in"),
        ]
        return [Tool(label, self.record_url(name, obj)) for allowed, label, name in offered if allowed]

    def _may_change(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workshops.change_signup")

    def _may_check_in(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workshops.check_in_signup")

    def cancel_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        signup: Signup = get_record(self, request, object_id, allowed=self._may_change(request))
        page = ActionPage(
            model_admin=self,
            record=signup,
            title=f"Cancel for “{signup.seller}”",
            button="Cancel it",
            done=f"The sign-up of {signup.seller} is cancelled, and the seller was told.",
            intro=f"{signup.workshop}, {signup.workshop.when}. A place goes at once to the first who waits. The seller "
            "is told in the inbox and by email, and can sign up again.",
            run=lambda data: services.cancel_signup_for_seller(
                signup=signup, reason=data["reason"], cancelled_by=person(request), now=timezone.now()
            ),
        )
        return page.respond(request, ReasonForm(bound_data(request)))

    def give_place_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        signup: Signup = get_record(self, request, object_id, allowed=self._may_change(request))
        capacity = signup.workshop.capacity
        page = ActionPage(
            model_admin=self,
            record=signup,
            title=f"Give “{signup.seller}” a place",
            button="Give the place",
            done=f"{signup.seller} has a place, and was told.",
            intro=f"{signup.workshop}, {signup.workshop.when}. All {capacity} places are taken, so the workshop gets "
            "one more. Whoever stands before on the waiting list goes on waiting.",
            run=lambda data: services.give_place(
                signup=signup, reason=data["reason"], given_by=person(request), now=timezone.now()
            ),
        )
        return page.respond(request, ReasonForm(bound_data(request)))

    def note_there_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._attendance_page(request, object_id, was_there=True, button="Note as there")

    def undo_check_in_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._attendance_page(request, object_id, was_there=False, button="Take the check-in back")

    def _attendance_page(
        self, request: HttpRequest, object_id: str, *, was_there: bool, button: str
    ) -> HttpResponseBase:
        signup: Signup = get_record(self, request, object_id, allowed=self._may_check_in(request))
        page = ActionPage(
            model_admin=self,
            record=signup,
            title=f"{button}: “{signup.seller}”",
            button=button,
            done=f"The attendance of {signup.seller} is corrected, and the seller was told.",
            intro=f"{signup.workshop}, {signup.workshop.when}. The seller is told in the inbox and by email.",
            run=lambda data: services.correct_attendance(
                signup=signup,
                was_there=was_there,
                reason=data["reason"],
                corrected_by=person(request),
                now=timezone.now(),
            ),
        )
        return page.respond(request, ReasonForm(bound_data(request)))

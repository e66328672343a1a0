"""What staff do with a workshop beside editing it: each a page that asks once more, and calls a service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.access import person
from audit.snapshots import shown_values
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, list_url
from kit.backoffice.tools import Tool
from kit.documents.csv_files import csv_download
from kit.documents.sheets import xlsx_download

from .. import services, trail_notes, wording
from ..models import Signup, Workshop
from ..services.publishing import WHEN_AND_WHERE
from .afterwards import AfterTools
from .attendees import attendee_table
from .copy_form import CopyForm
from .forms import CancelForm, TellForm
from .signing_up import sign_up_page
from .warnings import warnings_about

WRITTEN = ["title", "summary", "description", *WHEN_AND_WHERE, "capacity", "places_per_seller"]
"""The fields of a draft that whoever publishes it has read."""


class WorkshopTools(AfterTools):
    """The steps of a workshop, as links beside its heading."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.record_path("publish", self.publish_page),
            self.record_path("unpublish", self.unpublish_page),
            self.record_path("copy", self.copy_page),
            self.record_path("tell", self.tell_page),
            self.record_path("cancel", self.cancel_page),
            self.record_path("sign_up", self.sign_up_page),
            self.record_path("attendees", self.attendees_page),
            self.record_path("sheet", self.sheet_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: Workshop) -> list[Tool]:
        may_change = self.has_view_permission(request, obj) and request.user.has_perm("workshops.change_workshop")
        copy = (may_change, _("Copy"), self.record_url("copy", obj))
        if obj.published_at is None:
            offered = [(self.has_change_permission(request, obj), _("Publish"), self.record_url("publish", obj)), copy]
        else:
            offered = [*self._tools_of_published(request, obj), copy]
        return [Tool(label, url) for allowed, label, url in offered if allowed]

    def _tools_of_published(self, request: HttpRequest, obj: Workshop) -> list[tuple[bool, str, str]]:
        may, now = request.user.has_perm, timezone.now()
        stands = obj.cancelled_at is None
        door = reverse("workshops:check_in", args=[obj.pk])
        is_ahead, nobody_in = stands and obj.ends_at > now, not obj.signups.active().exists()
        may_read, may_change = may("workshops.view_signup"), may("workshops.change_workshop")
        may_sign_up = stands and obj.starts_at > now and may("workshops.add_signup")
        may_unpublish = may_change and stands and obj.starts_at > now and nobody_in
        return [
            (True, _("Public page"), obj.get_absolute_url()),
            (is_ahead and may("workshops.check_in_signup"), _("Check in"), door),
            (stands and not is_ahead and may("workshops.check_in_signup"), _("Who was there"), door),
            (may_sign_up, _("Sign a seller up"), self.record_url("sign_up", obj)),
            (may_read, _("All sign-ups"), list_url(Signup, workshop__id__exact=obj.pk)),
            (may_read, _("Attendees (CSV)"), self.record_url("attendees", obj)),
            (may_read, _("Attendees (XLSX)"), self.record_url("sheet", obj)),
            *self.tools_afterwards(request, obj),
            (may_change and stands and not nobody_in, _("Write to everybody"), self.record_url("tell", obj)),
            (may_unpublish, _("Unpublish"), self.record_url("unpublish", obj)),
            (is_ahead and may("workshops.cancel_workshop"), _("Cancel the workshop"), self.record_url("cancel", obj)),
        ]

    def publish_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        workshop = get_record(self, request, object_id, allowed=self.has_change_permission(request))

        def run(data: dict[str, Any]) -> Workshop:
            return services.publish_workshop(workshop=workshop, published_by=person(request), now=timezone.now())

        page = ActionPage(
            model_admin=self,
            record=workshop,
            title=_("Publish “%(workshop)s”") % {"workshop": workshop},
            check=lambda: services.refuse_publishing(workshop, now=timezone.now()),
            button=_("Publish"),
            done=_("“%(workshop)s” is listed publicly and takes sign-ups.") % {"workshop": workshop},
            intro=" ".join([wording.before_publishing(workshop), *warnings_about(workshop)]),
            shown=shown_values(workshop, WRITTEN),
            run=run,
        )
        return page.respond(request, forms.Form(bound_data(request)))

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
            title=_("Cancel “%(workshop)s”") % {"workshop": workshop},
            check=lambda: services.refuse_cancelling(workshop, now=timezone.now()),
            button=_("Cancel the workshop"),
            done=_("“%(workshop)s” is cancelled, and everybody who signed up was told.") % {"workshop": workshop},
            intro=wording.before_cancelling(told),
            run=run,
        )
        return page.respond(request, CancelForm(bound_data(request)))

    def sign_up_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return sign_up_page(self, request, object_id)

    def unpublish_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        workshop = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        page = ActionPage(
            model_admin=self,
            record=workshop,
            title=_("Unpublish “%(workshop)s”") % {"workshop": workshop},
            check=lambda: services.refuse_unpublishing(workshop, now=timezone.now()),
            button=_("Unpublish"),
            done=_("“%(workshop)s” is a draft again and not listed.") % {"workshop": workshop},
            intro=_("It leaves the listing and the calendars that follow it. Nobody is signed up, so nobody is told."),
            run=lambda data: services.unpublish_workshop(
                workshop=workshop, unpublished_by=person(request), now=timezone.now()
            ),
        )
        return page.respond(request, forms.Form(bound_data(request)))

    def copy_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Once more, or as a series: a draft for each place and time that is filled in."""
        workshop = get_record(self, request, object_id, allowed=self.has_add_permission(request))
        form = CopyForm(bound_data(request), workshop=workshop, now=timezone.now())
        count = len(form.appointments) if form.is_valid() else 0

        def run(data: dict[str, Any]) -> Workshop:
            appointments, by = form.appointments, person(request)
            made = services.copy_workshop(
                workshop=workshop, appointments=appointments, series=data["series"], copied_by=by, now=timezone.now()
            )
            return made[0]

        page = ActionPage(
            model_admin=self,
            record=workshop,
            title=_("Copy “%(workshop)s”") % {"workshop": workshop},
            button=_("Make drafts"),
            done=_drafts_are_made(count),
            intro=_("Each place and time that you fill in becomes a draft with the same texts, topics and hosts."),
            fieldsets=form.fieldsets,
            run=run,
        )
        return page.respond(request, form)

    def tell_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        workshop = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        placed, waiting = workshop.signups.placed().count(), workshop.signups.waiting().count()
        page = ActionPage(
            model_admin=self,
            record=workshop,
            title=_("Write to everybody in “%(workshop)s”") % {"workshop": workshop},
            check=lambda: services.refuse_telling(workshop),
            button=_("Send it"),
            done=_("Everybody was told, in the inbox and by email."),
            intro=wording.before_telling(placed, waiting),
            run=lambda data: services.tell_attendees(
                workshop=workshop, told_by=person(request), now=timezone.now(), **data
            ),
        )
        return page.respond(request, TellForm(bound_data(request)))

    def attendees_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Who signed up as a CSV file; moments are in the workshop's time zone."""
        name, fields, rows = self._attendees(request, object_id)
        return csv_download(fields, rows, name=f"{name}.csv")

    def sheet_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The same for Excel."""
        name, fields, rows = self._attendees(request, object_id)
        return xlsx_download(fields, rows, name=f"{name}.xlsx")

    def _attendees(self, request: HttpRequest, object_id: str) -> tuple[str, list[str], list[list[str]]]:
        allowed = request.user.has_perm("workshops.view_signup")
        workshop = get_record(self, request, object_id, allowed=allowed)
        self.log_read(request, workshop, trail_notes.attendees_downloaded())
        return f"attendees-{workshop.pk}-{slugify(workshop.title)[:40]}", *attendee_table(workshop, now=timezone.now())


def _drafts_are_made(count: int) -> str:
    """With where the others are, if there are several."""
    said = wording.drafts_are_made(count)
    if count < 2:
        return said
    return format_html('{} <a href="{}">{}</a>', said, list_url(Workshop, state="draft"), _("All drafts"))

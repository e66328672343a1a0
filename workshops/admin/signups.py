"""Places and waiting places, and what hosts do for sellers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import NewestFirstAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.tools import Tool, ToolsMixin

from .. import rules, services, wording
from ..missed_selectors import counts_as_missed
from ..models import Signup
from .forms import ReasonForm
from .questions import AnswerInline


@admin.register(Signup)
class SignupAdmin(ToolsMixin, NewestFirstAdmin):
    """Places and waiting places. Sellers sign up and cancel themselves; what hosts do for them the sellers are told."""

    view_on_site = False
    list_display = ["seller", "attendee", "workshop", "state", "signed_up_at", "checked_in_at"]
    list_filter = ["state", "workshop__market"]
    list_select_related = ["seller", "workshop__city"]
    search_fields = ["=check_in_code", "seller__name", "=seller__external_id", "workshop__title"]
    search_help_text = _lazy("Check-in code, the seller's name or id, or the workshop's title")
    inlines = [AnswerInline]

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
            self.record_path("excuse", self.excuse_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: Signup) -> list[Tool]:
        now, workshop = timezone.now(), obj.workshop
        ahead, placed = workshop.starts_at > now, obj.state == Signup.State.PLACED
        waits, is_in = obj.state == Signup.State.WAITING, obj.checked_in_at is not None
        open_door = rules.check_in_opens_at(workshop.starts_at) <= now
        may_change, may_check_in = self._may_change(request), self._may_check_in(request)
        offered = [
            (may_change and ahead and (placed or waits) and not is_in, _("Cancel"), "cancel"),
            (may_change and waits and workshop.ends_at > now, _("Give a place"), "give_place"),
            (may_check_in and placed and open_door and not is_in, _("Note as there"), "note_there"),
            (may_check_in and placed and is_in, _("Take the check-in back"), "undo_check_in"),
            (may_change and counts_as_missed(obj, as_of=now), _("Excuse"), "excuse"),
        ]
        return [Tool(label, self.record_url(name, obj)) for allowed, label, name in offered if allowed]

    def _may_change(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workshops.change_signup")

    def _may_check_in(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workshops.check_in_signup")

    def cancel_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        signup: Signup = get_record(self, request, object_id, allowed=self._may_change(request))
        return self._ask_for_reason(
            request,
            signup,
            title=wording.cancelling_signup(signup),
            check=services.refuse_cancelling_signup,
            button=_("Cancel the sign-up"),
            done=_("The sign-up of %(seller)s is cancelled, and the seller was told.") % {"seller": signup.seller},
            intro=wording.before_cancelling_signup(
                signup, somebody_waits=signup.workshop.signups.waiting().exists(), now=timezone.now()
            ),
            step=partial(services.cancel_signup_for_seller, cancelled_by=person(request)),
        )

    def give_place_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        signup: Signup = get_record(self, request, object_id, allowed=self._may_change(request))
        return self._ask_for_reason(
            request,
            signup,
            title=_("Give “%(seller)s” a place") % {"seller": signup.seller},
            check=services.refuse_giving_place,
            button=_("Give the place"),
            done=wording.signed_up_for_seller,
            intro=wording.before_giving_place(signup),
            step=partial(services.give_place, given_by=person(request)),
        )

    def excuse_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        signup: Signup = get_record(self, request, object_id, allowed=self._may_change(request))
        return self._ask_for_reason(
            request,
            signup,
            title=_("Excuse “%(seller)s”") % {"seller": signup.seller},
            check=services.refuse_excusing,
            button=_("Excuse"),
            done=_("That %(seller)s did not come does not count, and the seller was told.") % {"seller": signup.seller},
            intro=wording.before_correcting(signup),
            step=partial(services.excuse_signup, excused_by=person(request)),
        )

    def note_there_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._attendance_page(request, object_id, was_there=True, button=_("Note as there"))

    def undo_check_in_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._attendance_page(request, object_id, was_there=False, button=_("Take the check-in back"))

    def _attendance_page(
        self, request: HttpRequest, object_id: str, *, was_there: bool, button: str
    ) -> HttpResponseBase:
        signup: Signup = get_record(self, request, object_id, allowed=self._may_check_in(request))
        return self._ask_for_reason(
            request,
            signup,
            title=_("%(button)s: “%(seller)s”") % {"button": button, "seller": signup.seller},
            check=partial(services.refuse_correcting, was_there=was_there),
            button=button,
            done=_("The attendance of %(seller)s is corrected, and the seller was told.") % {"seller": signup.seller},
            intro=wording.before_correcting(signup),
            step=partial(services.correct_attendance, was_there=was_there, corrected_by=person(request)),
        )

    def _ask_for_reason(
        self,
        request: HttpRequest,
        signup: Signup,
        *,
        check: Callable[..., None],
        step: Callable[..., Signup],
        **words: Any,
    ) -> HttpResponseBase:
        """Ask for the reason that the seller reads, and take the ``step``."""
        page = ActionPage(
            model_admin=self,
            record=signup,
            check=lambda: check(signup, now=timezone.now()),
            run=lambda data: step(signup=signup, reason=data["reason"], now=timezone.now()),
            **words,
        )
        return page.respond(request, ReasonForm(bound_data(request)))

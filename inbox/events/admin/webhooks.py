"""Staff pages of the endpoints of webhooks: their secrets and tests, and what they get."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from audit.snapshots import shown_values
from kit.backoffice.action_pages import ActionPage, bound_data, confirm_first, get_record, list_url
from kit.backoffice.choosers import RecordField
from kit.backoffice.filters import happened
from kit.backoffice.tools import ListActionsMixin, Tool
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedForm
from sellers.models import Market

from .. import services, wording
from ..models import Event, WebhookDelivery, WebhookEndpoint
from ..selectors import messages_waiting

CHANGED = ("address", "kinds", "confirms_actions")
"""What of an endpoint staff may change."""


class AddressForm(CheckedForm):
    """Where what is sent, and what is expected of it."""

    address = forms.CharField(
        max_length=500,
        widget=AdminTextInputWidget(attrs={"inputmode": "url"}),
        label=_lazy("Address"),
        help_text=_lazy("It begins with https:// and can be reached from everywhere."),
    )
    kinds = forms.MultipleChoiceField(
        choices=Event.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_lazy("Events"),
        help_text=_lazy("Choose none to get all of them."),
    )
    confirms_actions = forms.BooleanField(
        required=False,
        initial=True,
        label=_lazy("It confirms enforcement actions"),
        help_text=_lazy(
            "Staff are told of each that is not confirmed 15 minutes after its start. "
            "Untick it for a system that only reads."
        ),
    )


class EndpointForm(AddressForm):
    market = RecordField(Market.objects.all(), label=_lazy("Market"))
    name = forms.CharField(max_length=60, label=_lazy("Name"), help_text=_lazy("Whose system it is, e.g. trust."))

    field_order = ("market", "name", "address", "kinds", "confirms_actions")


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ListActionsMixin, ReadOnlyAdmin):
    """Where events are sent. A secret is shown once, when it is made."""

    list_display = ["name", "market", "address", "state", "failing_since"]
    list_filter = [
        "market",
        ("disabled_at", happened(_lazy("state"), not_yet=_lazy("On"), done=_lazy("Switched off"))),
        ("failing_since", happened(_lazy("last message"), not_yet=_lazy("Taken"), done=_lazy("Not taken"))),
    ]
    list_select_related = ["market"]
    search_fields = ["name"]
    search_help_text = _lazy("Name")
    fields = [
        "name", "market", "address", "events", "confirms_actions", "created_at", "created_by", "state",
        "failing_since", "tested_at", "secrets_in_use", "waiting",
    ]  # fmt: skip
    actions = ["test", "rotate", "switch_off", "switch_on", "remove"]
    on_record: ClassVar[dict[str, Any]] = {
        "switch_on": _lazy("Switch on"),
        "test": _lazy("Send a test message"),
        "rotate": _lazy("Make another secret"),
        "switch_off": _lazy("Switch off"),
        "remove": _lazy("Remove"),
    }

    def is_offered(self, action: str, obj: WebhookEndpoint) -> bool:
        return action == "rotate" or (action in {"switch_on", "remove"}) == (obj.disabled_at is not None)

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("redirect", self.redirect_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: WebhookEndpoint) -> list[Tool]:
        sent = Tool(_("Its messages"), list_url(WebhookDelivery, endpoint__id__exact=obj.pk))
        change = [Tool(_("Change address and events"), self.record_url("redirect", obj))]
        return [sent, *(change if self.has_switch_permission(request) else []), *super().get_tools(request, obj)]

    @admin.display(description=_lazy("waiting"))
    def waiting(self, endpoint: WebhookEndpoint) -> str:
        return wording.waiting_of(messages_waiting(endpoint))

    @admin.display(description=_lazy("state"))
    def state(self, endpoint: WebhookEndpoint) -> str:
        return wording.state_of(endpoint)

    @admin.display(description=_lazy("events"))
    def events(self, endpoint: WebhookEndpoint) -> str:
        return wording.kinds_of(endpoint)

    @admin.display(description=_lazy("secrets"))
    def secrets_in_use(self, endpoint: WebhookEndpoint) -> str:
        return wording.secrets_of(list(endpoint.secrets.valid(at=timezone.now())))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("events.add_webhookendpoint")

    def has_switch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("events.change_webhookendpoint")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied

        def create(data: dict[str, Any]) -> HttpResponse:
            endpoint, secret = services.create_endpoint(**data, created_by=person(request), now=timezone.now())
            return self._show_once(request, endpoint, secret)

        page = ActionPage(
            model_admin=self,
            title=_("Add a webhook endpoint"),
            button=_("Add"),
            done="",  # the page that shows the secret says so
            run=create,
            intro=_("What happens to sellers of the market from now on is sent there, signed with a secret."),
        )
        return page.respond(request, EndpointForm(bound_data(request)))

    def redirect_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        endpoint: WebhookEndpoint = get_record(self, request, object_id, allowed=self.has_switch_permission(request))
        page = ActionPage(
            model_admin=self,
            record=endpoint,
            title=_("Change address and events: %(endpoint)s") % {"endpoint": endpoint},
            button=_("Save"),
            done=_("Changed. Send a test message to see whether it arrives."),
            intro=_("What waits goes to the new address, signed with the same secret."),
            shown=shown_values(endpoint, CHANGED),
            run=lambda data: services.change_endpoint(
                endpoint=endpoint, **data, changed_by=person(request), now=timezone.now()
            ),
        )
        initial = {name: getattr(endpoint, name) for name in CHANGED}
        return page.respond(request, AddressForm(bound_data(request), initial=initial))

    def _show_once(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
        """In this answer and nowhere else: a message for the next page would travel in a cookie."""
        context = {
            "title": _("A secret of %(endpoint)s") % {"endpoint": endpoint},
            "opts": self.opts,
            "original": endpoint,
            "secret": secret,
        }
        return TemplateResponse(request, "admin/events/webhookendpoint/secret.html", context)

    @admin.action(description=_lazy("Send a test message"), permissions=["switch"])
    @confirm_first(_lazy("Each gets a message of the type test within seconds. Its answer is in the deliveries."))
    def test(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            try:
                services.send_test(endpoint=endpoint, sent_by=person(request), now=timezone.now())
            except Refused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.message_user(request, wording.test_sent(endpoint))

    @admin.action(description=_lazy("Make another secret"), permissions=["switch"])
    @confirm_first(_lazy("The present secret works for another day, beside the new one. Only one endpoint at a time."))
    def rotate(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> HttpResponse | None:
        endpoints = list(queryset.select_related("market"))
        if len(endpoints) != 1:
            self.message_user(request, _("Choose one endpoint: a secret is shown once."), messages.ERROR)
            return None
        secret = services.rotate_secret(endpoint=endpoints[0], rotated_by=person(request), now=timezone.now())
        return self._show_once(request, endpoints[0], secret)

    @admin.action(description=_lazy("Switch off"), permissions=["switch"])
    @confirm_first(_lazy("Nothing is sent there until it is switched on. Events wait for it, for 30 days."))
    def switch_off(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        by, now = person(request), timezone.now()
        reason = _("By hand.")
        done = [services.switch_off(endpoint=one, reason=reason, switched_off_by=by, now=now) for one in queryset]
        self.message_user(request, wording.switched_off(sum(done)))

    @admin.action(description=_lazy("Switch on"), permissions=["switch"])
    @confirm_first(_lazy("They get what waited, and what happens from now on."))
    def switch_on(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        by, now = person(request), timezone.now()
        done = [services.switch_on(endpoint=one, switched_on_by=by, now=now) for one in queryset]
        self.message_user(request, wording.switched_on(sum(done)))

    @admin.action(description=_lazy("Remove"), permissions=["switch"])
    @confirm_first(_lazy("Its secrets and what is known of its messages go for good. The events stay in the feed."))
    def remove(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            try:
                services.remove_endpoint(endpoint=endpoint, removed_by=person(request), now=timezone.now())
            except Refused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.message_user(request, wording.removed(endpoint))

"""Staff pages of webhooks: endpoints, their secrets and tests, and what became of each message."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, confirm_first
from kit.backoffice.choosers import RecordField
from kit.backoffice.filters import happened
from kit.backoffice.tools import ListActionsMixin
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedForm
from sellers.models import Market

from .. import services, wording
from ..models import Event, WebhookDelivery, WebhookEndpoint


class EndpointForm(CheckedForm):
    market = RecordField(Market.objects.all(), label=_lazy("Market"))
    name = forms.CharField(max_length=60, label=_lazy("Name"), help_text=_lazy("Whose system it is, e.g. trust."))
    address = forms.CharField(
        max_length=500,
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


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ListActionsMixin, ReadOnlyAdmin):
    """Where events are sent. A secret is shown once, when it is made."""

    list_display = ["name", "market", "address", "state", "failing_since"]
    list_filter = ["market", ("disabled_at", happened(_lazy("state"), not_yet=_lazy("On"), done=_lazy("Switched off")))]
    list_select_related = ["market"]
    search_fields = ["name"]
    search_help_text = _lazy("Name")
    fields = [
        "name", "market", "address", "events", "created_at", "created_by", "state", "failing_since", "tested_at",
        "secrets_in_use",
    ]  # fmt: skip
    actions = ["test", "rotate", "switch_off", "switch_on"]
    on_record: ClassVar[dict[str, Any]] = {
        "switch_on": _lazy("Switch on"),
        "test": _lazy("Send a test message"),
        "rotate": _lazy("Make another secret"),
        "switch_off": _lazy("Switch off"),
    }

    def is_offered(self, action: str, obj: WebhookEndpoint) -> bool:
        return action == "rotate" or (action == "switch_on") == (obj.disabled_at is not None)

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


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """Each message on its way to an endpoint: what was answered, and each try that failed."""

    list_display = ["public_id", "endpoint", "kind", "state", "status", "attempts", "due_at", "delivered_at"]
    list_filter = ["endpoint"]
    list_select_related = ["endpoint__market", "event"]
    ordering = ["-pk"]
    sortable_by = ()
    fields = [
        "public_id", "endpoint", "event", "state", "status", "answer", "failed_tries", "attempts", "made_at", "due_at",
        "delivered_at", "given_up_at", "last_error",
    ]  # fmt: skip
    show_full_result_count = False

    @admin.display(description=_lazy("id"))
    def public_id(self, delivery: WebhookDelivery) -> str:
        return delivery.public_id

    @admin.display(description=_lazy("kind"))
    def kind(self, delivery: WebhookDelivery) -> str:
        return delivery.event.kind if delivery.event else "test"

    @admin.display(description=_lazy("state"))
    def state(self, delivery: WebhookDelivery) -> str:
        return wording.delivery_state(delivery)

    @admin.display(description=_lazy("tries that failed"))
    def failed_tries(self, delivery: WebhookDelivery) -> str:
        return wording.failed_tries(delivery)

"""Staff pages of what is sent to endpoints: what each message says, what became of it, and sending it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import confirm_first
from kit.backoffice.tools import ListActionsMixin
from kit.outcomes import Refused

from .. import wording
from ..models import WebhookDelivery
from ..payloads import message_of
from ..services import resend
from .public_ids import public_id_in

MAX_SENT_AGAIN = 1_000
"""How many are sent again at once."""


class DeliveryStateFilter(admin.SimpleListFilter):
    title = _lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("waiting", _("Waits")),
            ("failing", _("To be tried again")),
            ("given_up", _("Given up")),
            ("held", _("Endpoint is off")),
            ("delivered", _("Delivered")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        states: dict[str, Callable[[], QuerySet[Any]]] = {
            "waiting": lambda: queryset.filter(due_at__isnull=False, tries=[]),
            "failing": lambda: queryset.filter(due_at__isnull=False).exclude(tries=[]),
            "given_up": lambda: queryset.filter(given_up_at__isnull=False),
            "held": lambda: queryset.filter(held=True),
            "delivered": lambda: queryset.filter(delivered_at__isnull=False),
        }
        chosen = states.get(self.value() or "")
        return chosen() if chosen else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ListActionsMixin, ReadOnlyAdmin):
    """Each message on its way to an endpoint: what it says, what was answered, and each try that failed."""

    list_display = ["public_id", "endpoint", "kind", "state", "status", "attempts", "due_at", "delivered_at"]
    list_filter = [DeliveryStateFilter, "endpoint"]
    list_select_related = ["endpoint__market", "event"]
    search_fields = ["=id"]
    search_help_text = _lazy("The webhook-id, such as evt_90210")
    ordering = ["-pk"]
    sortable_by = ()
    fields = [
        "public_id", "endpoint", "event", "body", "state", "status", "answer", "failed_tries", "attempts", "made_at",
        "due_at", "delivered_at", "given_up_at", "last_error",
    ]  # fmt: skip
    actions = ["resend"]
    on_record: ClassVar[dict[str, Any]] = {"resend": _lazy("Send again")}
    show_full_result_count = False

    def is_offered(self, action: str, obj: WebhookDelivery) -> bool:
        return obj.claimed_at is None and obj.endpoint.disabled_at is None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the id under which a receiver knows a message."""
        if not search_term:
            return queryset, False
        found = public_id_in(search_term)
        if found is None:
            return queryset.none(), False
        asked = {"event": found.number} if found.is_event else {"event": None, "pk": found.number}
        return queryset.filter(**asked), False

    @admin.display(description=_lazy("id"))
    def public_id(self, delivery: WebhookDelivery) -> str:
        return delivery.public_id

    @admin.display(description=_lazy("kind"))
    def kind(self, delivery: WebhookDelivery) -> str:
        return delivery.event.kind if delivery.event else "test"

    @admin.display(description=_lazy("what it says"))
    def body(self, delivery: WebhookDelivery) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(json.loads(message_of(delivery)), ensure_ascii=False, indent=2))

    @admin.display(description=_lazy("state"))
    def state(self, delivery: WebhookDelivery) -> str:
        return wording.delivery_state(delivery)

    @admin.display(description=_lazy("tries that failed"))
    def failed_tries(self, delivery: WebhookDelivery) -> str:
        return wording.failed_tries(delivery)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(WebhookDelivery.retried_with)

    @admin.action(description=_lazy("Send again"), permissions=["resend"])
    @confirm_first(
        _lazy("Each is sent within seconds, under the same webhook-id: a receiver that keeps ids does nothing twice.")
    )
    def resend(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        by, now, sent = person(request), timezone.now(), 0
        for delivery in queryset[:MAX_SENT_AGAIN]:
            try:
                resend(delivery=delivery, resent_by=by, now=now)
            except Refused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                sent += 1
        self.message_user(request, wording.sent_again(sent))

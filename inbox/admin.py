"""Staff pages of messages and of the emails that carry them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import confirm_first
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.tools import ListActionsMixin

from . import wording
from .models import Digest, EmailDelivery, Message
from .services import retry_delivery


class DeliveriesOfMessage(ReadOnlyInline):
    model = EmailDelivery
    fields = ["user", "state", "attempts", "sent_at", "last_error"]
    verbose_name_plural = _lazy("emails")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["subject_words", "seller", "kind", "posted_at"]
    list_filter = ["kind", "seller__market", "posted_at"]
    list_select_related = ["seller"]
    search_fields = ["seller__name", "=seller__external_id"]
    search_help_text = _lazy("The seller's name or id")
    ordering = ["-pk"]
    sortable_by = ()
    fields = [
        "seller", "kind", "content", "content_title", "content_url", "subject_words", "body_words", "notice_language",
        "action_words", "page", "template", "data", "posted_at", "readers",
    ]  # fmt: skip
    inlines = [DeliveriesOfMessage]
    view_on_site = False
    show_full_result_count = False

    @admin.display(description=_lazy("subject"))
    def subject_words(self, message: Message) -> str:
        return message.subject

    @admin.display(description=_lazy("body"))
    def body_words(self, message: Message) -> str:
        return message.body

    @admin.display(description=_lazy("action"))
    def action_words(self, message: Message) -> str:
        return message.action

    @admin.display(description=_lazy("page"))
    def page(self, message: Message) -> str:
        return message.path

    @admin.display(description=_lazy("people who read it"))
    def readers(self, message: Message) -> int:
        return message.reads.count()


@admin.register(EmailDelivery)
class EmailDeliveryAdmin(ListActionsMixin, ReadOnlyAdmin):
    """The email outbox. What was given up can be tried again."""

    list_display = ["message", "user", "state", "last_error", "sent_at", "due_at"]
    list_filter = ["state", "sent_at"]
    list_select_related = ["message", "user"]
    search_fields = ["=user__email"]
    search_help_text = _lazy("Email address")
    ordering = ["-pk"]
    sortable_by = ()
    fields = ["message", "user", "state", "attempts", "due_at", "sent_at", "given_up_at", "last_error"]
    actions = ["try_again"]
    on_record: ClassVar[dict[str, Any]] = {"try_again": _lazy("Try again")}
    show_full_result_count = False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("inbox.change_emaildelivery")

    def is_offered(self, action: str, obj: EmailDelivery) -> bool:
        return obj.state == EmailDelivery.State.DEAD

    @admin.action(description=_lazy("Try to send again what was given up"), permissions=["retry"])
    @confirm_first(_lazy("Those of these emails that were given up go out again within minutes."))
    def try_again(self, request: HttpRequest, queryset: QuerySet[EmailDelivery]) -> None:
        dead = list(queryset.filter(state=EmailDelivery.State.DEAD))
        for delivery in dead:
            retry_delivery(delivery=delivery, retried_by=person(request), now=timezone.now())
        self.message_user(request, wording.tried_again(len(dead)))


@admin.register(Digest)
class DigestAdmin(ReadOnlyAdmin):
    """The weekly emails: which left, and which wait or were given up."""

    list_display = ["user", "starts_at", "ends_at", "state", "last_error", "sent_at"]
    list_filter = ["state", "sent_at"]
    list_select_related = ["user"]
    search_fields = ["=user__email"]
    search_help_text = _lazy("Email address")
    ordering = ["-pk"]
    sortable_by = ()
    fields = ["user", "starts_at", "ends_at", "state", "attempts", "due_at", "sent_at", "given_up_at", "last_error"]
    show_full_result_count = False

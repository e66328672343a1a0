"""The sentences of the admin's pages about webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import utc_words

from .models import Event, WebhookDelivery, WebhookEndpoint, WebhookSecret
from .selectors import MessagesWaiting


def state_of(endpoint: WebhookEndpoint) -> str:
    if endpoint.disabled_at is not None:
        said = _("Switched off since %(moment)s. %(reason)s")
        return said % {"moment": utc_words(endpoint.disabled_at), "reason": endpoint.disabled_reason}
    return _("Failing") if endpoint.failing_since else _("On")


def kinds_of(endpoint: WebhookEndpoint) -> str:
    return ", ".join(Event.Kind(kind).value for kind in endpoint.kinds) or _("all")


def secrets_of(valid: Sequence[WebhookSecret]) -> str:
    before = [secret.expires_at for secret in valid if secret.expires_at is not None]
    if before:
        return _("Two work: the one before until %(moment)s.") % {"moment": utc_words(before[0])}
    return _("One, made on %(moment)s.") % {"moment": utc_words(valid[0].created_at)} if valid else _("None.")


def test_sent(endpoint: WebhookEndpoint) -> str:
    return _("A test message is on its way to %(endpoint)s.") % {"endpoint": endpoint}


def switched_off(count: int) -> str:
    return ngettext("%(count)s switched off.", "%(count)s switched off.", count) % {"count": count}


def switched_on(count: int) -> str:
    return ngettext("%(count)s switched on.", "%(count)s switched on.", count) % {"count": count}


def removed(endpoint: WebhookEndpoint) -> str:
    return _("%(endpoint)s is removed.") % {"endpoint": endpoint}


def sent_again(count: int) -> str:
    return ngettext("%(count)s is sent again.", "%(count)s are sent again.", count) % {"count": f"{count:,}"}


def waiting_of(found: MessagesWaiting) -> str:
    """What an endpoint has not got."""
    if not found.messages and not found.behind:
        return _("Nothing.")
    messages = ngettext("%(count)s message", "%(count)s messages", found.messages)
    said = messages % {"count": f"{found.messages:,}"}
    if not found.behind:
        return said
    events = ngettext(
        "%(messages)s, and up to %(count)s event of the feed after them",
        "%(messages)s, and up to %(count)s events of the feed after them",
        found.behind,
    )
    return events % {"messages": said, "count": f"{found.behind:,}"}


def delivery_state(delivery: WebhookDelivery) -> str:
    if delivery.delivered_at is not None:
        return _("Delivered")
    if delivery.held:
        return _("Waits for its endpoint to be switched on")
    if delivery.given_up_at is not None:
        return _("Given up")
    return _("To be tried again") if delivery.tries else _("Waits")


def failed_tries(delivery: WebhookDelivery) -> str:
    """A line for each."""
    return "\n".join(_try(one) for one in delivery.tries) or _("None.")


def _try(one: dict[str, object]) -> str:
    said = _("%(moment)s, %(seconds)s s: %(outcome)s")
    outcome = one["error"] or f"HTTP {one['status']} {one['answer']}".strip()
    moment = utc_words(datetime.fromisoformat(str(one["at"])))
    return said % {"moment": moment, "seconds": one["seconds"], "outcome": outcome}

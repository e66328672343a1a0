"""Sending what is due to endpoints, many at a time, and noting what they answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from prometheus_client import Counter, Histogram

from kit.jobs.claims import claim, fail, finish

from ..answers import WHEN_TAKEN, AnswerTaken
from ..models import Event, WebhookDelivery, WebhookEndpoint, WebhookSecret
from ..payloads import message_of, signed_headers
from ..sending import Answer, post
from .endpoints import switch_off_failing
from .placing import place_events, queue_deliveries

BATCH = 48
MAX_CONCURRENT = 16
"""How many of a batch are on their way at a time: each waits for somebody else's system."""
GIVEN_UP_AFTER = timedelta(days=5)
"""An endpoint that took nothing for so long is switched off, and staff are told."""

SENT = Counter("healthportal_webhooks_total", "Messages to endpoints by what became of a try.", ["result"])
SECONDS = Histogram("healthportal_webhook_seconds", "How long endpoints took to answer.")

Clock = Callable[[], datetime]


def send_webhooks(*, clock: Clock, until: datetime | None = None) -> int:
    """Place what happened, and send what is due in batches; how many messages were taken.

    Several workers may do this at once.
    """
    taken = 0
    place_events(now=clock())
    queue_deliveries(now=clock())
    while (until is None or clock() < until) and (deliveries := _claim(now=clock())):
        taken += _send_all(deliveries, clock=clock)
        queue_deliveries(now=clock())
    return taken


def _claim(*, now: datetime) -> list[WebhookDelivery]:
    """The next that are due, with all that a message says and is signed with."""
    secrets = Prefetch("endpoint__secrets", WebhookSecret.objects.valid(at=now), to_attr="signing")
    jobs = WebhookDelivery.objects.select_related("endpoint__market", "event__seller", "event__market")
    return claim(jobs.prefetch_related(secrets), now=now, limit=BATCH)


def _send_all(deliveries: Sequence[WebhookDelivery], *, clock: Clock) -> int:
    """The network in threads, the database here."""
    open_ones = [one for one in deliveries if one.endpoint.disabled_at is None]
    for delivery in deliveries:
        if delivery.endpoint.disabled_at is not None:
            finish(delivery, held=True)
    with ThreadPoolExecutor(MAX_CONCURRENT) as pool:
        answers = list(pool.map(_sender(clock), open_ones))
    taken = 0
    for delivery, answer in zip(open_ones, answers, strict=True):
        taken += answer.is_taken
        SECONDS.observe(answer.seconds)
        SENT.labels("taken" if answer.is_taken else "failed").inc()
        (_note_taken if answer.is_taken else _note_failed)(delivery, answer, clock())
    for endpoint in {one.endpoint for one in open_ones}:
        switch_off_failing(endpoint=endpoint, after=GIVEN_UP_AFTER, now=clock())
    return taken


def _sender(clock: Clock) -> Callable[[WebhookDelivery], Answer]:
    def send(delivery: WebhookDelivery) -> Answer:
        try:
            body = message_of(delivery)
            encrypted = [secret.encrypted for secret in delivery.endpoint.signing]  # type: ignore[attr-defined]  # fetched
            headers = signed_headers(delivery, body, encrypted=encrypted, now=clock())
        except Exception as error:  # one that cannot be composed keeps no other from being sent
            return Answer(None, "", 0, error=f"{type(error).__name__}: {error}")
        return post(delivery.endpoint.address, body=body, headers=headers)

    return send


@transaction.atomic
def _note_taken(delivery: WebhookDelivery, answer: Answer, now: datetime) -> None:
    said = answer.text[: WebhookDelivery.ANSWER_LENGTH]
    finish(delivery, delivered_at=now, status=answer.status, answer=said)
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id, failing_since__isnull=False).update(failing_since=None)
    if delivery.event and (when_taken := WHEN_TAKEN.get(Event.Kind(delivery.event.kind))):
        source = _("webhook %(name)s") % {"name": delivery.endpoint.name}
        when_taken(AnswerTaken(delivery.event, _object_in(answer.text), source, now))


@transaction.atomic
def _note_failed(delivery: WebhookDelivery, answer: Answer, now: datetime) -> None:
    """Gone (410) is for good, as Standard Webhooks has it: the endpoint is switched off."""
    said = answer.text[: WebhookDelivery.ANSWER_LENGTH]
    tried = {"at": now.isoformat(), "status": answer.status, "seconds": round(answer.seconds, 3)}
    tried |= {"answer": said, "error": answer.error}
    own = WebhookDelivery.objects.filter(pk=delivery.pk, claimed_at=delivery.claimed_at)
    own.update(status=answer.status, answer=said, tries=[*delivery.tries, tried])
    fail(delivery, error=answer.error or f"HTTP {answer.status}", now=now)
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id, failing_since=None).update(failing_since=now)
    if answer.status == 410:
        switch_off_failing(endpoint=delivery.endpoint, after=timedelta(0), now=now, why=_("It answered 410 Gone."))


def _object_in(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

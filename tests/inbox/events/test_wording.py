"""What the admin says of webhooks: the state of an endpoint, of its secrets, and of each delivery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inbox.events import wording
from inbox.events.models import Event, WebhookDelivery, WebhookEndpoint, WebhookSecret
from inbox.events.selectors import MessagesWaiting
from sellers.models import Market

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "On"),
        ({"failing_since": NOW}, "Failing"),
        (
            {"disabled_at": NOW, "disabled_reason": "By hand.", "failing_since": NOW},
            "Switched off since 2 Nov 2026, 09:30 UTC. By hand.",
        ),
    ],
)
def test_state_of_an_endpoint(fields: dict[str, object], said: str) -> None:
    assert wording.state_of(WebhookEndpoint(**fields)) == said


def test_endpoint_without_kinds_is_sent_all() -> None:
    assert wording.kinds_of(WebhookEndpoint()) == "all"
    assert wording.kinds_of(WebhookEndpoint(kinds=[Event.Kind.REPORT_PUBLISHED])) == Event.Kind.REPORT_PUBLISHED.value


def test_secrets_say_until_when_two_of_them_work() -> None:
    old = WebhookSecret(created_at=NOW, expires_at=NOW + timedelta(days=1))
    new = WebhookSecret(created_at=NOW)
    assert wording.secrets_of([]) == "None."
    assert wording.secrets_of([new]) == "One, made on 2 Nov 2026, 09:30 UTC."
    assert wording.secrets_of([new, old]) == "Two work: the one before until 3 Nov 2026, 09:30 UTC."


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Waits"),
        ({"tries": [{}]}, "To be tried again"),
        ({"tries": [{}], "given_up_at": NOW}, "Given up"),
        ({"held": True, "tries": [{}]}, "Waits for its endpoint to be switched on"),
        ({"delivered_at": NOW, "tries": [{}]}, "Delivered"),
    ],
)
def test_state_of_a_delivery(fields: dict[str, object], said: str) -> None:
    assert wording.delivery_state(WebhookDelivery(**fields)) == said


def test_failed_tries_say_the_error_or_the_answer() -> None:
    tries = [
        {"at": NOW.isoformat(), "seconds": 10, "error": "timed out", "status": None, "answer": ""},
        {"at": NOW.isoformat(), "seconds": 0.2, "error": "", "status": 503, "answer": "busy"},
    ]
    assert wording.failed_tries(WebhookDelivery()) == "None."
    assert wording.failed_tries(WebhookDelivery(tries=tries)).splitlines() == [
        "2 Nov 2026, 09:30 UTC, 10 s: timed out",
        "2 Nov 2026, 09:30 UTC, 0.2 s: HTTP 503 busy",
    ]


@pytest.mark.parametrize("count", [1, 1_000])
def test_how_many_were_switched_on_and_off(count: int) -> None:
    assert wording.switched_off(count) == f"{count} switched off."
    assert wording.switched_on(count) == f"{count} switched on."


def test_a_test_message_names_its_endpoint() -> None:
    endpoint = WebhookEndpoint(name="trust", market=Market(code="DE"))
    assert wording.test_sent(endpoint) == "A test message is on its way to trust (DE)."


@pytest.mark.parametrize(
    ("messages", "behind", "said"),
    [
        (0, 0, "Nothing."),
        (1, 0, "1 message"),
        (2_000, 1, "2,000 messages, and up to 1 event of the feed after them"),
        (0, 1_234, "0 messages, and up to 1,234 events of the feed after them"),
    ],
)
def test_what_waits_for_an_endpoint(messages: int, behind: int, said: str) -> None:
    assert wording.waiting_of(MessagesWaiting(messages, behind)) == said

"""docs/webhooks.md says what is: its example runs, its tables and samples are those of the code."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from inbox.events.models import Event, WebhookDelivery, WebhookEndpoint
from inbox.events.schema import DATA, SHARED
from inbox.events.services import create_endpoint, record_event, send_webhooks
from tests.factories import SellerFactory

PAGE = settings.BASE_DIR / "docs" / "webhooks.md"
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


def block(name: str) -> str:
    found = re.search(rf"^```\w+ {name}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_page_names_each_event_with_what_it_says() -> None:
    rows = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|.*\| ([^|]*) \|$", PAGE.read_text(), re.MULTILINE)
    said = {kind: set(re.findall(r"`(\w+)`", ids)) for kind, ids in rows}
    assert said == {kind.value: set(DATA[kind]) for kind in Event.Kind}


def test_the_samples_have_the_keys_of_the_schema() -> None:
    sample = json.loads(block("event"))
    assert sample["data"].keys() == {*SHARED, "action"}
    (event,) = json.loads(block("feed"))["events"]
    assert event.keys() == {"id", "cursor", "type", "timestamp", "data"}
    assert event["data"].keys() == {*SHARED, "violation"}


@pytest.mark.django_db
def test_the_receiver_takes_each_event_once(capsys: pytest.CaptureFixture[str]) -> None:
    seller = SellerFactory()
    endpoint, secret = create_endpoint(market=seller.market, name="trust", address="https://1.1.1.1/", now=NOW)
    code: dict[str, Any] = {"__name__": "receiver"}
    exec(block("receiver").replace("whsec_…", secret), code)
    server = code["serve"](0)
    code["Receiver"].log_message = lambda *args: None
    WebhookEndpoint.objects.update(address=f"http://127.0.0.1:{server.server_address[1]}/")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    for kind, data in [(Event.Kind.ACTION_ANNOUNCED, {"action": 7}), (Event.Kind.VIOLATION_ISSUED, {"violation": "v"})]:
        record_event(seller=seller, kind=kind, data=data, now=NOW)
    assert send_webhooks(clock=timezone.now) == 2
    WebhookDelivery.objects.update(delivered_at=None, due_at=NOW)  # as if a worker had died before it noted them
    assert send_webhooks(clock=timezone.now) == 2
    endpoint.secrets.all().delete()
    WebhookDelivery.objects.update(delivered_at=None, due_at=NOW)
    assert send_webhooks(clock=timezone.now) == 0
    server.shutdown()
    server.server_close()
    thread.join()
    assert len(code["seen"]) == 2
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {401}

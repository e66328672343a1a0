"""Emails that leave by a provider's API, with the real django-anymail: an extra."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from inbox.delivery import deliver_pending
from inbox.models import EmailDelivery
from inbox.services import NO_SERVER
from tests.factories import NOW
from tests.inbox.smtp import free_port
from tests.inbox.test_smtp import delivery_to

pytestmark = pytest.mark.django_db


class Provider:
    """Takes what is sent by Postmark's API, unless it is told what to answer: a status for an address."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.answers: dict[str, int] = {}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    made = Provider()

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = made.answers.get(sent["To"], 200)
            if status == 200:
                made.taken.append(sent)
            said = {"ErrorCode": 0 if status == 200 else 300, "Message": "OK", "To": sent["To"], "MessageID": "1"}
            body = json.dumps(said | {"SubmittedAt": "2026-11-18T12:00:00Z"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    by_provider(settings, port=server.server_address[1])
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def by_provider(settings: Any, *, port: int) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "x", "POSTMARK_API_URL": f"http://127.0.0.1:{port}/"}


def clock() -> datetime:
    return NOW


def test_an_email_leaves_with_all_that_it_says(provider: Provider) -> None:
    delivery = delivery_to("ann@example.com")
    assert deliver_pending(clock=clock) == 1
    (sent,) = provider.taken
    headers = {one["Name"]: one["Value"] for one in sent["Headers"]}
    assert (sent["To"], "It *changes*." in sent["TextBody"]) == ("ann@example.com", True)
    assert "<em>changes</em>" in sent["HtmlBody"]
    assert headers["Message-ID"] == f"<delivery-{delivery.pk}@localhost>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_that_the_provider_refuses_keeps_no_other_from_leaving(provider: Provider) -> None:
    refused, fine = delivery_to("ann@example.com"), delivery_to("ben@example.com")
    provider.answers = {"ann@example.com": 422}
    assert deliver_pending(clock=clock) == 1
    states = dict(EmailDelivery.objects.values_list("pk", "attempts"))
    assert (states, [one["To"] for one in provider.taken]) == ({refused.pk: 1, fine.pk: 1}, ["ben@example.com"])


@pytest.mark.parametrize(("status", "burnt"), [(429, 0), (500, 1), (503, 1)])
def test_a_provider_that_takes_nothing_now_burns_the_tries_of_at_most_one(
    provider: Provider, status: int, burnt: int
) -> None:
    """Nobody can tell whether the first email made it fail; the second one shows it."""
    names = ["ann", "ben", "cho"]
    for name in names:
        delivery_to(f"{name}@example.com")
    provider.answers = {f"{name}@example.com": status for name in names}
    assert deliver_pending(clock=clock) == 0
    assert sorted(EmailDelivery.objects.values_list("attempts", flat=True)) == [0] * (3 - burnt) + [1] * burnt
    provider.answers = {}
    assert deliver_pending(clock=lambda: NOW + NO_SERVER) == 3


def test_an_email_that_makes_the_provider_fail_keeps_no_other_from_leaving(provider: Provider) -> None:
    for name in ("ann", "ben", "cho"):
        delivery_to(f"{name}@example.com")
    provider.answers = {"ann@example.com": 500}
    assert deliver_pending(clock=clock) == 2
    assert [one["To"] for one in provider.taken] == ["ben@example.com", "cho@example.com"]


def test_a_provider_that_cannot_be_reached_counts_against_no_email(settings: Any) -> None:
    by_provider(settings, port=free_port())
    delivery_to("ann@example.com")
    assert deliver_pending(clock=clock) == 0
    assert EmailDelivery.objects.get().attempts == 0

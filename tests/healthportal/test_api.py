import json
import re
import socket
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings
from pytest_django.live_server_helper import LiveServer
from schemathesis.specs.openapi import checks
from time_machine import TimeMachineFixture

from healthportal.api import api
from inbox.api import MessageItem
from inbox.models import Message
from kit.api.items import Item
from quizzes.api import MilestoneQuizAnswer
from sellers.api import ContentItem, MemberItem, SellerItem
from sellers.models import ApiToken, Market, Seller
from sellers.services import revoke_api_token
from tests.api import API, NDJSON, Caller, described, refusal, results
from tests.factories import NOW, ContentFactory, MarketFactory, PolicyFactory, QuizFactory, SellerFactory
from violations.models import Violation

pytestmark = pytest.mark.django_db

DOCUMENTATION = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
CALLS = [("POST", "violations"), ("PUT", "sellers"), ("PUT", "content"), ("POST", "messages")]
QUESTIONS = ["capabilities", "standing", "plan"]


@pytest.fixture
def market() -> Market:
    return MarketFactory(code="US")


@pytest.fixture
def caller(market: Market) -> Caller:
    return Caller(market)


def seller_item(number: int) -> dict[str, str]:
    return {"external_id": f"S-{number}", "name": "Somebody"}


# --- Who may call


@pytest.mark.parametrize(
    ("method", "path"), [*CALLS, *(("GET", f"sellers/shop-1/{question}") for question in QUESTIONS)]
)
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer hp_nothing", "Bearer \x00", "Bearer \xff", "Basic aHA6", "hp_x"]
)
def test_call_without_a_known_token_is_refused(method: str, path: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = Client().generic(method, f"{API}/{path}", "[]", content_type="application/json", headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_revoked_token_is_refused(caller: Caller) -> None:
    assert caller.send("PUT", "sellers", []).status_code == 200
    revoke_api_token(token=caller.token, now=timezone.now())
    assert caller.send("PUT", "sellers", [seller_item(1)]).status_code == 401
    assert not Seller.objects.exists()


def test_signing_in_is_no_way_into_the_api(admin_client: Client) -> None:
    assert admin_client.put(f"{API}/sellers", "[]", content_type="application/json").status_code == 401


def test_use_is_noted_once_a_minute(caller: Caller) -> None:
    caller.send("PUT", "sellers", [])
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    caller.send("PUT", "sellers", [])
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    caller.send("PUT", "sellers", [])
    noted = ApiToken.objects.get().last_used_at
    assert noted is not None
    assert noted >= first


def test_too_many_calls_in_a_minute_wait(caller: Caller, market: Market) -> None:
    other = Caller(market, "other")
    with override_settings(API_REQUESTS_PER_MINUTE=1):
        # The minute of the clock may end between two calls, once.
        responses = [caller.send("PUT", "sellers", []) for _ in range(4)]
        assert {response.status_code for response in responses[-3:]} >= {429}
        assert other.send("PUT", "sellers", []).status_code == 200
    late = next(response for response in responses if response.status_code == 429)
    assert 1 <= int(late.headers["Retry-After"]) <= 60


@override_settings(API_REQUESTS_PER_MINUTE=2)
def test_calls_are_counted_by_the_minute_of_the_clock(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def status_at(clock: str) -> int:
        moment = datetime.fromisoformat(f"2026-11-18T{clock}Z")
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return caller.send("PUT", "sellers", []).status_code

    assert [status_at(f"12:00:{second:02}") for second in (0, 30, 59)] == [200, 200, 429]
    assert [status_at(clock) for clock in ("12:01:00", "12:01:00", "12:01:59", "12:02:00")] == [200, 200, 429, 200]
    assert [status_at(clock) for clock in ("13:00:00", "13:00:59", "13:00:59")] == [200, 200, 429]


def test_without_a_cache_calls_are_taken(caller: Caller) -> None:
    dead = settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/valkey.sock"}
    with override_settings(CACHES={"default": dead}, API_REQUESTS_PER_MINUTE=0):
        assert caller.send("PUT", "sellers", [seller_item(1)]).status_code == 200


# --- Calls that are refused as a whole


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("body", ["", " ", "{}", "3", "null", '"x"', "[1,", "\x00", "[" * 100_000, "\xff\xfe["])
def test_body_that_is_no_list_is_refused(caller: Caller, method: str, path: str, body: str) -> None:
    status, detail = refusal(caller.send(method, path, body))
    assert (status, detail.split(" ")[:3]) == (422, detail.split(" ")[:3])
    assert "list of items" in detail or detail == "The body is empty."


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_empty_list_is_an_answer_without_items(caller: Caller, method: str, path: str) -> None:
    assert results(caller.send(method, path, [])) == []


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=utf-16"],
)
def test_other_content_types_are_refused(caller: Caller, content_type: str) -> None:
    assert caller.send("PUT", "sellers", [seller_item(1)], content_type).status_code == 415
    assert not Seller.objects.exists()


def test_compressed_and_chunked_bodies_are_refused(caller: Caller) -> None:
    caller.headers["Content-Encoding"] = "gzip"
    assert caller.send("PUT", "sellers", []).status_code == 415
    del caller.headers["Content-Encoding"]
    caller.headers["Transfer-Encoding"] = "chunked"
    assert caller.send("PUT", "sellers", "").status_code == 411


@pytest.mark.parametrize("content_type", ["application/json", NDJSON])
def test_too_many_items_are_refused(caller: Caller, content_type: str) -> None:
    items = [seller_item(number) for number in range(3)]
    body = json.dumps(items) if content_type != NDJSON else "\n".join(json.dumps(item) for item in items)
    with override_settings(API_MAX_ITEMS=2):
        assert refusal(caller.send("PUT", "sellers", body, content_type)) == (
            413,
            "There are more than 2 items; send at most 2 a call.",
        )
    assert not Seller.objects.exists()
    assert len(results(caller.send("PUT", "sellers", body, content_type))) == 3


@pytest.mark.parametrize("body", ["[" + "[]," * 1_000_000 + "[]]", "[]\n" * 1_000_000])
def test_items_are_counted_while_they_are_read(caller: Caller, body: str) -> None:
    content_type = "application/json" if body.startswith("[[") else NDJSON
    tracemalloc.start()
    status, _ = refusal(caller.send("PUT", "sellers", body, content_type))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert status == 413
    assert most < 40_000_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("content_type", ["application/json", NDJSON])
def test_call_that_was_cut_off_is_refused_as_a_whole(
    caller: Caller, live_server: LiveServer, method: str, path: str, content_type: str
) -> None:
    """What arrived would be a call of its own; the sender closes its half and still reads."""
    whole = b"[]" if content_type == "application/json" else b'{"external_id": "cut", "name": "Cut"}\n'
    head = [
        f"{method} {API}/{path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {caller.secret}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(whole) + 100}",
    ]
    with socket.create_connection((live_server.thread.host, live_server.thread.port)) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + whole)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert f"The body ended early, after {len(whole)} of {len(whole) + 100} bytes." in answer
    assert not Seller.objects.exists()


@pytest.mark.parametrize(
    "body", ["[1,]", "[1 2]", "[1,2", "[1]x", "[,]", "[[]", '[{"a":1}', "]", "[1,2]]", "[}", "[1],"]
)
def test_list_that_is_no_json_is_refused(caller: Caller, body: str) -> None:
    status, detail = refusal(caller.send("PUT", "sellers", body))
    assert (status, "It is no JSON" in detail) == (422, True)


@pytest.mark.parametrize("body", ["[]", " [ ] ", "[1]", "\n[ 1 , {} ,\t[] ]\r\n"])
def test_list_may_have_space_in_it(caller: Caller, body: str) -> None:
    assert len(results(caller.send("PUT", "sellers", body))) == len(json.loads(body))


def test_key_that_stands_in_a_value_twice_is_told_in_words(caller: Caller) -> None:
    answer = json.loads(caller.send("PUT", "sellers", '[{"external_id": "s", "name": {"a": 1, "a": 2}}]').content)
    assert answer["items"][0]["problems"] == [{"field": "name", "reason": "An object with 'a' twice is not text."}]


def test_body_that_is_too_long_is_refused(caller: Caller) -> None:
    with override_settings(API_MAX_BODY_BYTES=100):
        assert caller.send("PUT", "sellers", " " * 101).status_code == 413
        assert caller.send("PUT", "sellers", "[]" + " " * 98).status_code == 200


def test_body_may_be_longer_than_a_form(caller: Caller) -> None:
    """Django's own limit for forms is 2.5 MB."""
    assert results(caller.send("PUT", "sellers", "[]" + " " * 3_000_000)) == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("after=-1", ["after"]),
        ("limit=0", ["limit"]),
        ("limit=1001", ["limit"]),
        ("after=x&limit=", ["after", "limit"]),
    ],
)
def test_address_that_asks_what_cannot_be_is_refused_in_words(caller: Caller, query: str, named: list[str]) -> None:
    status, detail = refusal(caller.get(f"events?{query}"))
    assert (status, re.findall(r"(\w+): Input should be [\w ,]+\.", detail)) == (422, named)


def test_other_methods_are_refused(caller: Caller) -> None:
    assert caller.send("DELETE", "sellers", "[]").status_code == 405


# --- What is documented


def test_documentation_page_keeps_to_the_content_security_policy(client: Client) -> None:
    response = client.get(f"{API}/docs")
    page = response.content.decode()
    assert response.headers["Content-Security-Policy"].count("unsafe") == 0
    assert [address for address in re.findall(r'(?:src|href)="([^"]+)"', page) if not address.startswith("/")] == []
    scripts = re.findall(r"<script(?![^>]*src=)([^>]*)>", page)
    assert scripts == [' type="application/json" id="swagger-settings"']
    assert "<style" not in page


def test_openapi_document_lists_every_call(client: Client) -> None:
    document = client.get(reverse("api:openapi-json")).json()
    assert {path: list(methods) for path, methods in document["paths"].items()} == {
        f"{API}/violations": ["post"],
        f"{API}/sellers": ["put"],
        f"{API}/content": ["put"],
        f"{API}/members": ["put"],
        f"{API}/messages": ["post"],
        f"{API}/events": ["get"],
        f"{API}/actions/{{action_id}}": ["get"],
        f"{API}/actions/{{action_id}}/acknowledgement": ["put"],
        f"{API}/quizzes/{{policy}}/questions": ["get", "post"],
        f"{API}/sellers/{{external_id}}/attempts": ["get"],
        f"{API}/sellers/{{external_id}}/capabilities": ["get"],
        f"{API}/sellers/{{external_id}}/plan": ["get"],
        f"{API}/sellers/{{external_id}}/quizzes": ["get"],
        f"{API}/sellers/{{external_id}}/standing": ["get"],
    }
    for path in document["paths"]:
        assert path.replace("{external_id}", "shop-17") in DOCUMENTATION or path in DOCUMENTATION


@pytest.mark.parametrize(
    ("name", "item"),
    [("sellers", SellerItem), ("content", ContentItem), ("members", MemberItem), ("messages", MessageItem)],
)
def test_documentation_lists_the_keys(name: str, item: type[Item]) -> None:
    table = DOCUMENTATION.split(f"<!-- keys {name} -->", 1)[1].split("```", 1)[0]
    listed = re.findall(r"^\| `(\w+)` \| *(yes)? *\| *([\d,]*) *\|", table, re.MULTILINE)
    assert listed == described(item)


def example(name: str) -> Any:
    (found,) = re.findall(rf"```json {name}\n(.*?)```", DOCUMENTATION, re.DOTALL)
    return json.loads(found)


def test_documentation_examples_are_accepted_in_its_order(caller: Caller, time_machine: TimeMachineFixture) -> None:
    """Within the days that its examples are about."""
    time_machine.move_to(NOW + timedelta(days=3))
    QuizFactory(policy=PolicyFactory(code="misleading-claims", points=2))
    for method, path in [("PUT", "sellers"), ("PUT", "content"), ("POST", "messages"), ("POST", "violations")]:
        sent = example(path)
        assert results(caller.send(method, path, sent)) == [(item["external_id"], "created", []) for item in sent]
    answer = json.loads(caller.get("sellers/shop-17/capabilities").content)
    shown = example("capabilities")
    assert answer.keys() == shown.keys()
    assert [set(state) for state in answer["capabilities"]] == [set(state) for state in shown["capabilities"]]
    assert [s["capability"] for s in answer["capabilities"]] == [s["capability"] for s in shown["capabilities"]]
    told, standing = json.loads(caller.get("sellers/shop-17/standing").content), example("standing")
    assert told.keys() == standing.keys()
    assert [entry.keys() for entry in told["entries"]] == [entry.keys() for entry in standing["entries"]]
    for part in ("milestone", "recorded_since"):
        assert told[part].keys() == standing[part].keys()
    planned, plan = json.loads(caller.get("sellers/shop-17/plan").content), example("plan")
    assert planned.keys() == plan.keys()
    assert planned["steps"][0].keys() == plan["steps"][0].keys()
    assert planned["appeals"][0].keys() == plan["appeals"][0].keys()
    assert [one.keys() for one in plan["milestone_quizzes"]] == [MilestoneQuizAnswer.model_fields.keys()]


def test_documentation_says_the_limits() -> None:
    assert f"{settings.API_MAX_ITEMS:,} items" in DOCUMENTATION
    assert f"more than {settings.API_REQUESTS_PER_MINUTE} calls in a minute" in DOCUMENTATION
    operations = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text()
    for name in ("API_MAX_ITEMS", "API_MAX_BODY_BYTES", "API_REQUESTS_PER_MINUTE"):
        assert f"| `{name}` | {getattr(settings, name)} |" in operations


@pytest.mark.parametrize("method", ["get", "post", "put"])
@pytest.mark.parametrize("address", ["/api/", f"{API}/nothing", f"{API}/sellers/a%0Ab/capabilities"])
def test_address_that_leads_nowhere_answers_json(method: str, address: str) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)(address)
    assert (response.status_code, response.json()) == (404, {"detail": "There is no such call."})


# --- Anything at all


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """Requests that do not come from Django's own client would close the connection the test has its data in."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize("examples", [25])
def test_nothing_that_is_sent_breaks_the_api(market: Market, examples: int) -> None:
    """Sends what the OpenAPI document allows and what it does not, straight into WSGI."""
    SellerFactory(market=market, external_id="0")
    QuizFactory(policy=PolicyFactory(code="0"))
    ContentFactory(seller__market=market, external_id="0")
    caller, author = Caller(market), Caller(market, name="authors", scope="banks")
    schema = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", WSGIHandler())
    tried = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        tried.add(operation.label)
        _fuzz(operation, author if "{policy}" in operation.path else caller, examples)
    assert len(tried) == sum(len(methods) for methods in api.get_openapi_schema()["paths"].values())
    assert not Message.objects.exclude(seller__market=market).exists()
    assert not Violation.objects.exclude(market=market).exists()


def _fuzz(operation: Any, caller: Caller, examples: int) -> None:
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    cases = strategies.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

    @hypothesis_settings(max_examples=examples, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def send(case: Any) -> None:
        case.call_and_validate(
            headers=caller.headers | {"Accept-Encoding": "identity"},  # it reads nothing that is compressed
            checks=[
                schemathesis.checks.not_a_server_error,
                checks.status_code_conformance,
                checks.content_type_conformance,
                checks.response_schema_conformance,
            ],
        )

    with override_settings(API_REQUESTS_PER_MINUTE=1_000_000):
        send()

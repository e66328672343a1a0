"""What tests of the API share: a caller with a token, and the answers in short."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpResponse
from django.test import Client

from kit.api.items import Item
from sellers.models import Market
from sellers.services import create_api_token
from tests.factories import NOW
from tests.threads import at_once

T = TypeVar("T")

API = "/api/v1"
NDJSON = "application/x-ndjson"


class Caller:
    """A system of the marketplace's with a token for a market."""

    def __init__(self, market: Market, name: str = "feed", scope: str = "feed") -> None:
        self.token, self.secret = create_api_token(market=market, name=name, created_by=None, now=NOW, scope=scope)
        self.headers = {"Authorization": f"Bearer {self.secret}"}

    def send(self, method: str, path: str, body: Any, content_type: str = "application/json") -> HttpResponse:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        response: HttpResponse = Client().generic(
            method, f"{API}/{path}", data, headers=self.headers | {"Content-Type": content_type}
        )
        return response

    def get(self, path: str) -> HttpResponse:
        response: HttpResponse = Client().get(f"{API}/{path}", headers=self.headers)
        return response


def results(response: HttpResponse) -> list[tuple[str, str, list[str]]]:
    """Each item's external id, what became of it, and the keys that are wrong."""
    assert response.status_code == 200, response.content
    answer = json.loads(response.content)
    items = answer["items"]
    assert [item["index"] for item in items] == list(range(len(items)))
    assert sum(answer["counts"].values()) == len(items)
    return [(i["external_id"], i["result"], [p["field"] for p in i["problems"]]) for i in items]


def in_two_orders(call: Callable[[list[T]], list[Any]], items: list[T]) -> list[Any]:
    """What two calls at once answer that send the same items, the second one the last first."""
    orders = [items, items[::-1]]
    return [answer for answers in at_once(2, lambda: call(orders.pop())) for answer in answers]


def refusal(response: HttpResponse) -> tuple[int, str]:
    """The status of a call that was refused as a whole, and why."""
    return response.status_code, json.loads(response.content)["detail"]


def described(item: type[Item]) -> list[tuple[str, str, str]]:
    """The rows of the table of an item in the documentation: each key, whether it is needed, and how much fits."""
    needed = item.needed()
    return [
        (name, "yes" if name in needed else "", f"{kind.max_length:,}" if kind.max_length else "")
        for name, kind in item.kinds().items()
    ]

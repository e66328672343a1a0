"""Batches of the API: items in, as an array or a line each, and an answer for each of them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from itertools import islice
from typing import Any, Literal, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import Field, Schema

from ..outcomes import Outcome, Result
from ..texts.characters import usable
from .items import BadRow, Item, Problem, external_id_of
from .json_texts import load_items, load_json, values_of

D = TypeVar("D")
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
MAX_PROBLEMS = 20
"""How many problems of one item are told."""


class CallRefused(Exception):
    """A call that cannot be taken as a whole. Nothing of it was written."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


# --- What the OpenAPI document says


class ErrorAnswer(Schema):
    detail: str


class ItemProblem(Schema):
    field: str = Field(description="The key it is about; empty if it is the item as a whole.")
    reason: str


class ItemAnswer(Schema):
    index: int = Field(description="The item's place in the call, from 0.")
    external_id: str
    result: Literal["created", "changed", "already_there", "held", "refused"]
    problems: list[ItemProblem] = Field(description="Why it is refused; else empty.")


class Counts(Schema):
    created: int
    changed: int
    already_there: int
    held: int
    refused: int


class BatchAnswer(Schema):
    counts: Counts
    items: list[ItemAnswer] = Field(description="One for each item, in the order they were sent.")


ERRORS: dict[int, Any] = {401: ErrorAnswer, 403: ErrorAnswer, 429: ErrorAnswer}
BATCH_RESPONSES = ERRORS | {200: BatchAnswer} | dict.fromkeys((400, 411, 413, 415, 422), ErrorAnswer)


def batch_body(item: type[Item]) -> dict[str, Any]:
    """The request body of a batch, for the OpenAPI document. Items are checked one by one, not by this schema."""
    needed = item.needed()
    schema = {
        "type": "object",
        "properties": {name: kind.property(required=name in needed) for name, kind in item.kinds().items()},
        "required": needed,
        "additionalProperties": False,
    }
    lines = {"type": "string", "description": "The same objects, one a line."}
    items = {"type": "array", "items": schema, "maxItems": settings.API_MAX_ITEMS}
    content = {"application/json": {"schema": items}, NDJSON[0]: {"schema": lines}}
    return {"requestBody": {"required": True, "content": content}}


# --- A batch


def answer_batch(
    request: HttpRequest, *, read: Callable[[Mapping[str, object]], D], write: Callable[[list[D]], Sequence[Outcome]]
) -> HttpResponse:
    """Read the items of a call, write the good ones in one batch, and answer for each. Raises ``CallRefused``."""
    items = _all_items(request)
    answers: dict[int, dict[str, Any]] = {}
    drafts: dict[int, D] = {}
    for index, item in enumerate(items):
        values: Mapping[str, object] = {}
        try:
            values = _values(item)
            drafts[index] = read(values)
        except BadRow as bad:
            answers[index] = _answer(index, external_id_of(values), Result.REFUSED, bad.problems)
    outcomes = write(list(drafts.values())) if drafts else []
    for index, outcome in zip(drafts, outcomes, strict=True):
        problems = [Problem(outcome.field, outcome.reason)] if outcome.result is Result.REFUSED else []
        answers[index] = _answer(index, outcome.external_id, outcome.result, problems)
    return _respond([answers[index] for index in range(len(items))])


def _respond(answers: Sequence[dict[str, Any]]) -> HttpResponse:
    counts = Counter(answer["result"] for answer in answers)
    return JsonResponse({"counts": {_word(result): counts[_word(result)] for result in Result}, "items": answers})


def _all_items(request: HttpRequest) -> list[object]:
    """The items of a call. Raises ``CallRefused`` for too many."""
    most = settings.API_MAX_ITEMS
    items = list(islice(_items(request, most=most), most + 1))
    if len(items) > most:
        raise CallRefused(413, _said_too_many(most))
    return items


def _said_too_many(most: int) -> str:
    said = _("There are more than %(most)s items; send at most %(most)s a call.")
    return said % {"most": f"{most:,}"}


def _values(item: object) -> Mapping[str, object]:
    if isinstance(item, BadRow):
        raise item
    return values_of(item)


def _answer(index: int, external_id: str, result: Result, problems: Iterable[Problem]) -> dict[str, Any]:
    told = [{"field": usable(p.field), "reason": usable(p.reason)} for p in list(problems)[:MAX_PROBLEMS]]
    return {"index": index, "external_id": usable(external_id), "result": _word(result), "problems": told}


def _word(result: Result) -> str:
    return result.value.replace(" ", "_")


def _items(request: HttpRequest, *, most: int) -> Iterable[object]:
    """The items of a call, as JSON has them; a line of NDJSON that is no JSON is a ``BadRow`` in its place.

    Nothing is parsed beyond the first item that is too many.
    """
    kind = request.content_type
    if kind != "application/json" and kind not in NDJSON:
        raise CallRefused(415, _("Send application/json or %(kind)s.") % {"kind": NDJSON[0]})
    # A byte that is not UTF-8 is kept as half a surrogate pair, which is refused by the name it stands under.
    text = (
        body_of(request, most=settings.API_MAX_BODY_BYTES)
        .removeprefix(b"\xef\xbb\xbf")
        .decode("utf-8", "surrogateescape")
    )
    if not text.strip():
        raise CallRefused(422, _("The body is empty."))
    return _lines(text) if kind in NDJSON else _array(text, most)


def body_of(request: HttpRequest, *, most: int) -> bytes:
    """What was sent, whole. Raises ``CallRefused`` for more than ``most`` bytes, and for no UTF-8 or only a part."""
    if (request.content_params or {}).get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise CallRefused(415, _("Send UTF-8."))
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise CallRefused(415, _("Send it uncompressed."))
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and "Transfer-Encoding" in request.headers:
        raise CallRefused(411, _("Say the Content-Length."))
    said = _("The body is longer than %(most)s bytes; send it in parts.")
    too_long = CallRefused(413, said % {"most": f"{most:,}"})
    if length.isdecimal() and int(length) > most:
        raise too_long
    body: bytes = request.read(most + 1)
    if len(body) > most:
        raise too_long
    if length.isdecimal() and len(body) < int(length):
        cut_off = _("The body ended early, after %(read)s of %(length)s bytes. Send the same call again.")
        raise CallRefused(400, cut_off % {"read": f"{len(body):,}", "length": f"{int(length):,}"})
    return body


def _array(text: str, most: int) -> list[object]:
    try:
        found = load_items(text, most=most)
    except BadRow as bad:
        raise CallRefused(422, _("The body is no list of items. %(fault)s") % {"fault": bad}) from None
    if not isinstance(found, list):
        raise CallRefused(422, _("The body is no list of items: write [{…}, {…}]."))
    return found


def _lines(text: str) -> Iterable[object]:
    for line in StringIO(text, newline="\n"):  # not all at once, as split would
        if line.strip():
            try:
                yield load_json(line)
            except BadRow as bad:
                yield bad

"""Answers are compressed where that makes them smaller."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import RequestFactory

from kit.pages.middleware import CompressTexts

LONG = "A word and another. " * 100


def answer_to(response: HttpResponseBase, *, accepted: str = "gzip, br") -> Any:
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepted})
    return CompressTexts(lambda _: response)(request)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "text/csv", "image/svg+xml"])
def test_texts_are_compressed(kind: str) -> None:
    response = answer_to(HttpResponse(LONG, content_type=kind))
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content).decode() == LONG
    assert response["Vary"] == "Accept-Encoding"


def test_a_text_that_is_streamed_is_compressed() -> None:
    response = answer_to(StreamingHttpResponse(iter([LONG, LONG]), content_type="text/csv"))
    assert gzip.decompress(b"".join(response)).decode() == LONG * 2


def test_files_and_short_answers_are_sent_as_they_are() -> None:
    for response in [HttpResponse(LONG, content_type="application/pdf"), HttpResponse("Short.")]:
        assert "Content-Encoding" not in answer_to(response)
    file = answer_to(FileResponse(iter([LONG.encode()]), content_type="image/png"))
    assert "Content-Encoding" not in file


def test_who_does_not_take_it_gets_plain_text() -> None:
    assert "Content-Encoding" not in answer_to(HttpResponse(LONG), accepted="br")


def test_the_length_of_an_answer_varies_by_chance() -> None:
    lengths = {len(answer_to(HttpResponse(LONG)).content) for _ in range(20)}
    assert len(lengths) > 1

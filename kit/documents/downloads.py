"""Handing a file out that was made for one person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

Response = TypeVar("Response", bound=HttpResponseBase)


def sandboxed(response: Response) -> Response:
    """An answer of which no browser does anything in the portal's name, and that no cache keeps for somebody else."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def download(content: bytes | Iterator[str], *, name: str, content_type: str) -> HttpResponseBase:
    """The file as a download that no cache keeps and no browser opens in the portal's name; lines are streamed."""
    response: HttpResponseBase
    if isinstance(content, bytes):
        response = HttpResponse(content, content_type=content_type)
    else:
        response = StreamingHttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return sandboxed(response)

"""Handing a file out that was made for one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

Response = TypeVar("Response", bound=HttpResponseBase)


def sandboxed(response: Response) -> Response:
    """An answer of which no browser does anything in the portal's name, and that no cache keeps for somebody else."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def filter_not_understood(names: Iterable[str]) -> HttpResponse:
    """The answer to an address of a file that is filtered by what cannot be read: the whole of it would be another."""
    said = _("The filter is not understood: %(names)s") % {"names": ", ".join(names)}
    return HttpResponseBadRequest(said, content_type="text/plain; charset=utf-8")


def download(content: bytes | Iterator[str], *, name: str, content_type: str) -> HttpResponseBase:
    """The file as a download that no cache keeps and no browser opens in the portal's name; lines are streamed."""
    response: HttpResponseBase
    if isinstance(content, bytes):
        response = HttpResponse(content, content_type=content_type)
    else:
        response = StreamingHttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return sandboxed(response)

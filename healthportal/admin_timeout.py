"""How long a page of the admin may keep the database busy, and what it says beyond that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from psycopg2.errors import QueryCanceled

from accounts.saved_posts import is_in_the_admin

from .errors import took_too_long


class AdminStatementTimeout:
    """Holds the statements of pages that staff look at to ``ADMIN_STATEMENT_SECONDS``, and answers in words.

    Only the timeout of all web processes holds what changes something. So what is long but meant is done.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or not is_in_the_admin(request.path):
            return self.get_response(request)
        with statement_timeout(settings.ADMIN_STATEMENT_SECONDS):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if is_in_the_admin(request.path) and isinstance(exception.__cause__, QueryCanceled):
            return took_too_long(request)
        return None


@contextmanager
def statement_timeout(seconds: float) -> Iterator[None]:
    """Let the server end each statement that takes longer; 0 leaves the timeout that the connection was made with."""
    if not seconds:
        yield
        return
    _execute("SET statement_timeout = %s", [int(seconds * 1000)])
    try:
        yield
    finally:
        with suppress(DatabaseError):  # of a connection that broke, which goes with its timeout
            _execute("RESET statement_timeout")


def _execute(sql: str, parameters: Sequence[Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)

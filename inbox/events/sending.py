"""Sending one message to one endpoint: to the address that was checked, within limits, without following anything."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Timer

from kit.texts.characters import usable

from .addresses import Target, resolved, target_of

TIMEOUT_SECONDS = 15
"""How long one try may take as a whole, as Standard Webhooks names it."""
MAX_ANSWER_BYTES = 4_000
"""How many bytes of an answer are looked at."""


@dataclass(frozen=True)
class Answer:
    """What an endpoint said; ``error`` says why it said nothing."""

    status: int | None
    text: str
    seconds: float
    error: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class PinnedConnection(HTTPConnection):
    """A connection to an address that was checked; the certificate is that of the name."""

    def __init__(self, target: Target, *, address: str, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self.address, self.secure = address, target.scheme == "https"

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def post(url: str, *, body: bytes, headers: Mapping[str, str], seconds: float = TIMEOUT_SECONDS) -> Answer:
    """Send a message. Whatever goes wrong is in the answer."""
    began = time.monotonic()
    try:
        status, text = _exchange(target_of(url), body, headers, seconds)
    except (OSError, HTTPException, UnicodeError, ValueError) as error:
        return Answer(
            None, "", time.monotonic() - began, error=usable(f"{type(error).__name__}: {error}")[:MAX_ANSWER_BYTES]
        )
    return Answer(status, text, time.monotonic() - began)


def _exchange(target: Target, body: bytes, headers: Mapping[str, str], seconds: float) -> tuple[int, str]:
    connection = PinnedConnection(target, address=resolved(target), seconds=seconds)
    # Each step has its own time; who answers a byte at a time would take for ever.
    watch = Timer(seconds, _cut, [connection])
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body=body, headers=dict(headers))
        response = connection.getresponse()
        return response.status, usable(response.read(MAX_ANSWER_BYTES).decode("utf-8", "replace"))
    finally:
        watch.cancel()
        connection.close()


def _cut(connection: PinnedConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):  # it has ended by itself
            connection.sock.shutdown(socket.SHUT_RDWR)

"""Emails as the bytes that a mail server is handed: what ``email.message`` would make of them, in a tenth of the time.

An email in text, and HTML or a calendar file beside it, is written here; any other by ``email.message``.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import b64encode
from email.utils import formatdate
from functools import lru_cache

from django.core.mail import EmailMessage
from django.core.mail.message import BadHeaderError, sanitize_address

from .returned import return_path

LONGEST_LINE = 998
"""Bytes that a line may have (RFC 5322, 2.1.1)."""

ENCODED = 42
"""Bytes of an encoded word of a header: what is written for them leaves room for the header's name on its line."""

ADDRESSED = {"from", "to"}
WRITTEN_HERE = {"subject", "date", "mime-version", "content-type", *ADDRESSED}


class EncodedEmail:
    """An email with its bytes, and from whom to whom it goes; to one person."""

    def __init__(self, email: EmailMessage) -> None:
        self.email, self.content = email, as_bytes(email)
        self.to = envelope_address(email.to[0])
        self.sender = return_path(self.to) or envelope_address(email.from_email)


def as_bytes(email: EmailMessage) -> bytes:
    """The email with CRLF at the end of each line. Raises ``BadHeaderError`` for a header that is more than a line."""
    if not _is_plain(email):
        return email.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django adds it
    head = "\r\n".join([*_headers(email), ""])
    parts = [_part(str(email.body), "text/plain")]
    parts += [_part(str(content), mime_type) for content, mime_type in getattr(email, "alternatives", [])]
    return head.encode("ascii") + (_alternatives(parts) if len(parts) > 1 else parts[0])


def _alternatives(parts: list[bytes]) -> bytes:
    boundary = secrets.token_hex(16)
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode("ascii")
    between = f"--{boundary}\r\n".encode("ascii")
    return head + b"".join(between + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode("ascii")


def envelope_address(address: str) -> str:
    """An address as SMTP takes it: without a name, its domain in ASCII."""
    return address if _is_simple(address) else _envelope_address(address)


def _is_simple(address: str) -> bool:
    return address.isascii() and not set(address) & set('<>",;:()[]\\ \r\n\t')


@lru_cache(maxsize=64)
def _envelope_address(address: str) -> str:
    return sanitize_address(address, "utf-8").rpartition("<")[2].rstrip(">")


def _is_plain(email: EmailMessage) -> bool:
    return not (email.attachments or email.cc or email.reply_to or email.encoding) and email.content_subtype == "plain"


def _headers(email: EmailMessage) -> list[str]:
    fixed = [
        _header("Subject", str(email.subject)),
        f"From: {_address_header(email.extra_headers.get('From', email.from_email))}",
        f"To: {', '.join(_address_header(address) for address in email.to)}",
        f"Date: {formatdate()}",
        "MIME-Version: 1.0",
    ]
    return fixed + [
        _header(name, str(v)) for name, v in email.extra_headers.items() if name.lower() not in WRITTEN_HERE
    ]


def _header(name: str, value: str) -> str:
    if "\n" in value or "\r" in value:
        raise BadHeaderError(f"The header {name} would be more than a line: {value!r}.")
    if value.isascii() and len(name) + len(value) < LONGEST_LINE:
        return f"{name}: {value}"
    return f"{name}: {_encoded(value)}"


def _encoded(value: str) -> str:
    """Words beyond ASCII in a header (RFC 2047): whole characters in each of its lines of at most 75."""
    chunks, room = [""], 0
    for character in value:
        room -= len(character.encode())
        if room < 0:
            chunks.append("")
            room = ENCODED - len(character.encode())
        chunks[-1] += character
    return "\r\n ".join(f"=?utf-8?b?{b64encode(chunk.encode()).decode()}?=" for chunk in chunks[1:])


def _address_header(address: str) -> str:
    return address if _is_simple(address) else _written_address(address)


@lru_cache(maxsize=64)
def _written_address(address: str) -> str:
    if "\n" in address or "\r" in address:
        raise BadHeaderError(f"An address is more than a line: {address!r}.")
    return sanitize_address(address, "utf-8")


def _part(content: str, mime_type: str) -> bytes:
    """A text part: as it is where that is plain ASCII in lines that are short enough, else quoted-printable."""
    raw = content.encode().replace(b"\r\n", b"\n")
    written_charset = "" if "charset" in mime_type else "; charset=utf-8"
    if raw.isascii() and max(map(len, raw.split(b"\n"))) < LONGEST_LINE:
        encoding, body = "7bit", raw.replace(b"\n", b"\r\n")
    else:
        encoding, body = "quoted-printable", binascii.b2a_qp(raw, istext=True).replace(b"\n", b"\r\n")
    head = f"Content-Type: {mime_type}{written_charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + body

"""An answer or an email as text that is the same in every run."""

from __future__ import annotations

import hashlib
import re
from email.header import decode_header, make_header
from email.message import Message
from io import BytesIO

from django.http import HttpResponseBase, StreamingHttpResponse
from pypdf import PdfReader

TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*|("X-CSRFToken": ?")[^"]*')
HEADERS_LEFT_OUT = {"Content-Length", "Date"}


def content_of(response: HttpResponseBase) -> bytes:
    if isinstance(response, StreamingHttpResponse):
        return b"".join(response)  # type: ignore[arg-type]  # the pages stream synchronously
    return bytes(response.content)  # type: ignore[attr-defined]  # every other answer has it


def recorded(response: HttpResponseBase, content: bytes) -> str:
    """Status, headers, the names of cookies, and the body."""
    told = {name: value for name, value in response.items() if name not in HEADERS_LEFT_OUT}
    if policy := told.get("Content-Security-Policy"):  # its parts come in any order
        told["Content-Security-Policy"] = "; ".join(sorted(policy.split("; ")))
    headers = sorted(f"{name}: {value}" for name, value in told.items())
    cookies = sorted(f"Set-Cookie: {name}" for name in response.cookies)
    body = as_text(content, response.get("Content-Type", ""))
    return "\n".join([str(response.status_code), *headers, *cookies, "", body])


def as_text(content: bytes, kind: str) -> str:
    """Text as it is, of a PDF what it says, of everything else a hash."""
    if kind.startswith("application/pdf"):
        return pdf_text(content)
    if kind.startswith(("text/", "application/", "image/svg")):
        text = content.decode("utf-8", "backslashreplace")
        return TOKEN.sub(lambda found: f"{found[1] or found[2]}…", text)
    return f"{len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}"


def pdf_text(content: bytes) -> str:
    reader = PdfReader(BytesIO(content))
    about = sorted(f"{name}: {value}" for name, value in (reader.metadata or {}).items())
    pages = [f"--- page {number}\n{page.extract_text()}" for number, page in enumerate(reader.pages, start=1)]
    return "\n".join([*about, *pages])


def recorded_email(message: Message) -> str:
    """The headers of every part, and its content; boundaries between parts are left out."""
    lines = []
    for part in message.walk():
        headers = [
            f"{name}: {re.sub(r'; boundary=.*', '', str(value), flags=re.DOTALL)}" for name, value in part.items()
        ]
        lines += [*headers, ""]
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            lines += [as_text(content if isinstance(content, bytes) else b"", part.get_content_type()), ""]
    return "\n".join(lines)


def _readable(header: str) -> str:
    return re.sub(r"; boundary=.*", "", str(make_header(decode_header(header))), flags=re.DOTALL)

"""Emails that came back: bounces (RFC 3464) and complaints (RFC 5965), and whether they are about ours.

The address that an email may come back to (VERP) carries a seal of the address that it went to. So a report from the
internet is only believed of an email that was really sent there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from enum import StrEnum
from typing import cast

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac


class Kind(StrEnum):
    """For good, for a while, or reported as unwanted by its reader."""

    HARD = "hard_bounce"
    SOFT = "soft_bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Returned:
    """That an email to an address (in small letters) came back. ``said`` is what the mail server gave as the reason."""

    email: str
    kind: Kind
    said: str = ""


SEAL = "{seal}"
"""Where the seal stands in ``EMAIL_RETURN_PATH``: ``bounces+{seal}@portal.example``."""

RECIPIENT = re.compile(r"^(?:[\w-]+;)?\s*<?([^<>\s]+@[^<>\s]+?)>?$")
"""``rfc822; ann@example.com``, or without what kind of address it is."""


def return_path(to: str) -> str:
    """The address that an email to ``to`` comes back to; empty for that of the sender."""
    template: str = settings.EMAIL_RETURN_PATH
    return template.replace(SEAL, _seal(to)) if template else ""


def _seal(address: str) -> str:
    return salted_hmac("kit.emails.returned", address.lower()).hexdigest()[:20]


def read_report(content: bytes) -> list[Returned]:
    """What a report as a mail server delivers it says; nothing for any other email, or one about none of ours."""
    message = message_from_bytes(content, policy=policy.default)
    found = [*_bounces(message), *_complaints(message)]
    return [one for one in found if not settings.EMAIL_RETURN_PATH or _is_sealed(message, one.email)]


def _is_sealed(message: EmailMessage, email: str) -> bool:
    names = ("Delivered-To", "X-Original-To", "To")
    addressed = [str(value).strip(" <>").lower() for name in names for value in message.get_all(name, [])]
    return any(constant_time_compare(one, return_path(email).lower()) for one in addressed)


def _bounces(message: EmailMessage) -> Iterator[Returned]:
    for part in _parts(message, "message/delivery-status"):
        for fields in cast(list[Message], part.get_payload()):
            status, email = str(fields.get("Status", "")).strip(), _address(fields.get("Final-Recipient"))
            if email and status[:1] in {"4", "5"}:
                yield Returned(email, _kind(status), str(fields.get("Diagnostic-Code", status)))


def _kind(status: str) -> Kind:
    """A full mailbox (5.2.2) and a refused message (5.7) say nothing about whether the address is somebody's."""
    return Kind.HARD if is_no_mailbox(status) else Kind.SOFT


def is_no_mailbox(status: str) -> bool:
    """Whether an enhanced status code (RFC 3463) says that the address leads to nobody."""
    return status.startswith(("5.1.", "5.2.1", "5.4.4")) or status == "5.0.0"


def _complaints(message: EmailMessage) -> Iterator[Returned]:
    for part in _parts(message, "message/feedback-report"):
        payload = part.get_payload()
        fields = cast(Message, payload[0] if isinstance(payload, list) else message_from_bytes(str(payload).encode()))
        email = _address(fields.get("Original-Rcpt-To"))
        if email and str(fields.get("Feedback-Type", "")).strip().lower() == "abuse":
            yield Returned(email, Kind.COMPLAINT, str(fields.get("User-Agent", "")))


def _parts(message: EmailMessage, content_type: str) -> Iterator[Message]:
    if message.get_content_type() == "multipart/report":
        yield from (part for part in message.walk() if part.get_content_type() == content_type)


def _address(value: object) -> str:
    found = RECIPIENT.match(str(value or "").strip())
    return found[1].lower() if found else ""

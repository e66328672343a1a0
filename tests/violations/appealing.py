"""What the tests of appeals share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from sellers.models import Member
from tests.factories import NOW, UserFactory
from violations.models import Appeal, Violation
from violations.services import file_appeal, withdraw_appeal

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 20
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "
PDF = b"%PDF-1.7\n<script>alert(1)</script>"
"""A PDF that is a page with a script for whoever guesses types."""

HTML = b"<!doctype html><script>alert(1)</script>"


DENIAL = "It is on tape: the host makes the claim at 01:12:40."
"""A reason that says enough to deny an appeal."""


def upload(name: str = "proof.png", content: bytes = PNG, content_type: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=content_type)


def appeal_against(violation: Violation, *, now: datetime = NOW, **fields: Any) -> Appeal:
    """An appeal filed through the service by somebody."""
    values = {"text": "The host **quoted** a customer.", "filed_by": fields.pop("filed_by", None) or UserFactory()}
    Member.objects.get_or_create(seller=violation.seller, user=values["filed_by"])
    return file_appeal(violation=violation, now=now, **values | fields)


def take_back(appeal: Appeal, *, now: datetime = NOW) -> Appeal:
    """Withdraw an appeal as the member who filed it."""
    return withdraw_appeal(appeal=appeal, withdrawn_by=appeal.filed_by, now=now)

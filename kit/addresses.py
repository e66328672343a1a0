"""Addresses for readers who are not on a page of the portal: in emails, files, QR codes and what search engines keep.

They begin with ``BASE_URL``. What a request names as its host is the sender's word and gets nowhere.
"""

from __future__ import annotations

from django.conf import settings


def portal_url(path: str) -> str:
    """The full address of a path of the portal."""
    return f"{settings.BASE_URL}{path}"

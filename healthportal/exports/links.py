"""Where messages about downloads lead."""

from __future__ import annotations

from django.urls import reverse

from inbox.rendering import About


def download_link(about: About) -> str:
    return reverse("download", kwargs={"seller_id": about.seller_id})


LINKS = {"export": download_link}

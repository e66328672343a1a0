"""Where messages about reports lead."""

from __future__ import annotations

from django.urls import reverse

from inbox.rendering import About


def report_link(about: About) -> str:
    return reverse("reports:detail", kwargs={"seller_id": about.seller_id, "week": about.data["week"]})


LINKS = {"report_run": report_link}

"""Where messages about policies lead."""

from __future__ import annotations

from django.urls import reverse

from inbox.rendering import About


def version_link(about: About) -> str:
    """The version's page; of a changed policy, where the page says what changes."""
    number = about.data["number"]
    page = reverse("policies:version", kwargs={"code": about.data["code"], "number": number})
    return f"{page}#changes" if number > 1 else page


LINKS = {"policy_version": version_link}

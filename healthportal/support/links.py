"""Where messages about staff who viewed as the seller lead."""

from __future__ import annotations

from django.urls import reverse

from inbox.rendering import About


def health_link(about: About) -> str:
    return reverse("dashboard", kwargs={"seller_id": about.seller_id})


LINKS = {"viewing": health_link}

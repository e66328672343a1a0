"""Where messages about workshops lead."""

from __future__ import annotations

from django.urls import reverse

from inbox.rendering import About


def workshop_link(about: About) -> str:
    return reverse("workshops:detail", kwargs={"workshop_id": about.id})


def signup_link(about: About) -> str:
    return reverse("workshops:signup", kwargs={"seller_id": about.seller_id, "signup_id": about.id})


def feedback_link(about: About) -> str:
    return reverse("workshops:feedback", kwargs={"seller_id": about.seller_id, "workshop_id": about.id})


LINKS = {"workshop": workshop_link, "signup": signup_link, "feedback": feedback_link}

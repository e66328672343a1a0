"""Where messages about quizzes lead."""

from __future__ import annotations

from django.urls import reverse

from inbox.rendering import About


def attempt_link(about: About) -> str:
    return reverse("quizzes:attempt", kwargs={"seller_id": about.seller_id, "attempt_id": about.id})


def quizzes_link(about: About) -> str:
    return reverse("quizzes:list", kwargs={"seller_id": about.seller_id})


def remark_link(about: About) -> str:
    where = {"attempt_id": about.data["attempt"], "position": about.data["position"]}
    return reverse("quizzes:remark", kwargs={"seller_id": about.seller_id, **where})


LINKS = {"attempt": attempt_link, "quizzes": quizzes_link, "remark": remark_link}

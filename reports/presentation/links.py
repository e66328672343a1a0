"""Where the things that a report names have their pages."""

from __future__ import annotations

from django.urls import reverse

from sellers.models import Seller

from ..models import WeeklyReport


def violation_path(seller: Seller, violation_id: int) -> str:
    return reverse("violations:detail", kwargs={"seller_id": seller.pk, "violation_id": violation_id})


def message_path(seller: Seller, message_id: int) -> str:
    return reverse("inbox:detail", kwargs={"seller_id": seller.pk, "message_id": message_id})


def quiz_path(seller: Seller, code: str) -> str:
    return reverse("quizzes:detail", kwargs={"seller_id": seller.pk, "policy": code})


def policy_path(code: str) -> str:
    return reverse("policies:detail", kwargs={"code": code})


def article_path(code: str) -> str:
    return reverse("policies:article", kwargs={"code": code})


def articles_path(report: WeeklyReport) -> str:
    """Where a report lists the articles of its week."""
    return f"{report.get_absolute_url()}#articles"

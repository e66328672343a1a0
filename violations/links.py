"""Where messages about violations, enforcement actions, appeals and rules lead."""

from __future__ import annotations

from django.urls import reverse

from inbox.rendering import About


def violation_link(about: About) -> str:
    return reverse("violations:detail", kwargs={"seller_id": about.seller_id, "violation_id": about.id})


def voided_link(about: About) -> str:
    """Many were voided at once: the seller's list of what is voided."""
    return reverse("violations:list", kwargs={"seller_id": about.seller_id}, query={"state": "voided"})


def appeal_link(about: About) -> str:
    return reverse("violations:appeal_detail", kwargs={"seller_id": about.seller_id, "appeal_id": about.id})


def health_link(about: About) -> str:
    return reverse("dashboard", kwargs={"seller_id": about.seller_id})


LINKS = {
    "violation": violation_link,
    "voided_violations": voided_link,
    "appeal": appeal_link,
    "milestone": health_link,
    "enforcement_action": health_link,
    "rules_change": health_link,
}

"""Facts of messages about policies in words."""

from __future__ import annotations

from django import template

from ..models import Severity

register = template.Library()


@register.filter
def severity_name(severity: str) -> str:
    """``Minor``."""
    return str(Severity(severity).label)

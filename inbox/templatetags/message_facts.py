"""Facts of a message as its template writes them out."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.translation import ngettext

from kit.markdown.parsing import escaped
from sellers.models import Content

register = template.Library()

register.filter("escaped", escaped)


@register.filter
def moment(iso: str) -> datetime:
    """A moment to be given to the filters of dates."""
    return datetime.fromisoformat(iso)


@register.filter
def in_points(count: int) -> str:
    """``1 point``, ``1,200 points``."""
    return ngettext("%(count)s point", "%(count)s points", count) % {"count": f"{count:,}"}


@register.filter
def thousands(number: int) -> str:
    """``1,200``."""
    return f"{number:,}"


@register.filter
def content_name(kind: str) -> str:
    """``LIVE``, ``Video`` or ``Listing``."""
    return str(Content.Kind(kind).label)

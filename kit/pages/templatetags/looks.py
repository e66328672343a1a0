"""Icons, tones and where somebody is among pages and steps. Its tags are builtins."""

from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from lucide.templatetags.lucide import lucide

register = template.Library()


TONE_ICONS = {
    "good": "circle-check",
    "info": "info",
    "warn": "triangle-alert",
    "bad": "octagon-alert",
    "neutral": "circle-dot",
}


MESSAGE_TONES = {"debug": "neutral", "info": "info", "success": "good", "warning": "warn", "error": "bad"}


@register.simple_tag
def icon(name: str, size: int = 16, **attributes: object) -> str:
    """A Lucide icon that assistive technology skips: the word stands beside it."""
    return _drawn(name, size, **attributes)


@lru_cache(maxsize=500)
def _drawn(name: str, size: int, **attributes: object) -> str:
    """Pages show the same few icons dozens of times, and drawing one takes as long as a small template."""
    classes = f"icon {attributes.pop('class', '')}".strip()
    return str(lucide(name, size=size, aria_hidden="true", focusable="false", **{"class": classes}, **attributes))


@register.filter
def tone_icon(tone: str | None) -> str:
    """The icon of a tone (good, info, warn, bad, neutral)."""
    return TONE_ICONS.get(tone or "neutral", TONE_ICONS["neutral"])


@register.filter
def message_tone(level_tag: str) -> str:
    """The tone of a Django message."""
    return MESSAGE_TONES.get(level_tag, "info")


@register.simple_tag(takes_context=True)
def query_replace(context: Context, **changes: object) -> str:
    """This page's query with ``changes``; None removes a key. Anything but ``page`` goes back to the first page."""
    query = context["request"].GET.copy()
    if set(changes) != {"page"}:
        query.pop("page", None)
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def elided(page: Any) -> list[int | str]:
    """The page numbers to show for a page of a Paginator, with gaps."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.inclusion_tag("components/stepper.html")
def stepper(step: int, count: int, noun: str = "Question") -> dict[str, Any]:
    """Where somebody is: ``Question 1 of 3``."""
    return {"step": step, "count": count, "noun": noun, "steps": range(1, count + 1)}

"""What the pages of a person's account say of devices."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django import template

from ..wording import device_words

register = template.Library()


@register.filter
def device(session: UserSession) -> str:
    """The browser and system of a session: ``Firefox on Android``."""
    return device_words(session.user_agent)

"""What people are told about their own account."""

from __future__ import annotations

from django.utils.translation import gettext as _

from .user_agents import browser_of, system_of


def device_words(user_agent: str) -> str:
    """``Firefox on Android``, as far as the browser says it."""
    browser, system = browser_of(user_agent), system_of(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A browser that does not say its name")

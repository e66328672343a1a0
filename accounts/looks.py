"""How emails about somebody's account look: the portal's own, or as an app above this one says for an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _


class Look(Protocol):
    """What the portal is called in an email, and what makes the finished text look so."""

    @property
    def name(self) -> str: ...

    def dress(self, email: EmailMultiAlternatives) -> None: ...


class OwnLook:
    """The portal's own: plain text, from the portal's sender."""

    @property
    def name(self) -> str:
        return _("Account health")

    def dress(self, email: EmailMultiAlternatives) -> None:
        """It is as it was written."""


LOOKS: list[Callable[[str], Look | None]] = []
"""Each says how an email to an address looks, or that it knows nothing of it. Apps above add theirs when they begin."""


def look_for(address: str) -> Look:
    """How an email to an address looks."""
    return next((look for known in LOOKS if (look := known(address)) is not None), OwnLook())

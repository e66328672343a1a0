"""How emails about somebody's account look: the portal's own, or as an app above this one says.

It knows them by the address, or by the ``look`` that it had an email queued with.
"""

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


OWN = "own"
"""The ``look`` of what is the portal's own whoever reads it."""

LOOKS: list[Callable[[str, str], Look | None]] = []
"""Each says how an email to an address looks, or that it knows nothing of it. Apps above add theirs when they begin."""


def look_for(address: str, look: str = "") -> Look:
    """How an email to an address looks."""
    if look == OWN:
        return OwnLook()
    return next((found for known in LOOKS if (found := known(address, look)) is not None), OwnLook())

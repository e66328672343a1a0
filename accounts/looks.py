"""How emails about somebody's account look: the portal's own, or as an app above this one says.

It knows them by the address, or by the ``look`` that it had an email queued with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from kit.brands import ShownBrand
from kit.emails.templates import render_email


class Look(Protocol):
    """What the portal is called in an email, and what makes the finished text look so."""

    @property
    def name(self) -> str: ...

    def dress(self, email: EmailMultiAlternatives) -> None: ...


class OwnLook:
    """The portal's own, from the portal's sender."""

    @property
    def name(self) -> str:
        return _("Account health")

    def dress(self, email: EmailMultiAlternatives) -> None:
        write_in(ShownBrand(self.name), email)


SIGNATURE = "\n-- \n"
"""Begins the foot of a text (RFC 3676, 4.3)."""


def write_in(brand: ShownBrand, email: EmailMultiAlternatives) -> None:
    """Give the text of an email the foot of a brand, and write it in HTML too."""
    text = str(email.body).partition(SIGNATURE)[0].strip()
    context = {"subject": email.subject, "text": text, "brand": brand}
    email.body = render_email("account.txt", context)
    email.attach_alternative(render_email("account.html", context), "text/html")


OWN = "own"
"""The ``look`` of what is the portal's own whoever reads it."""

LOOKS: list[Callable[[str, str], Look | None]] = []
"""Each says how an email to an address looks, or that it knows nothing of it. Apps above add theirs when they begin."""


def look_for(address: str, look: str = "") -> Look:
    """How an email to an address looks."""
    if look == OWN:
        return OwnLook()
    return next((found for known in LOOKS if (found := known(address, look)) is not None), OwnLook())

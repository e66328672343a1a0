"""Who may stand at the door of a workshop: staff who host it, and helpers with a link. For others there is none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import person, staff_view
from accounts.models import User
from sellers.staff_scope import for_staff

from . import door_selectors, services
from .models import DoorLink, Workshop

STAFF_PAGES = {
    "page": "check_in",
    "roster": "check_in_roster",
    "scans": "check_in_scans",
    "place": "check_in_place",
    "undo": "undo_check_in",
}
"""What the pages of the door are called for staff; for helpers it is ``door``, ``door_roster`` and so on."""


@dataclass(frozen=True)
class Door:
    """The door of a workshop and who stands at it. A helper's pages have the link's secret in their address."""

    workshop: Workshop
    by: User | DoorLink
    token: str = ""

    @property
    def is_helpers(self) -> bool:
        return bool(self.token)

    @property
    def link(self) -> DoorLink | None:
        return self.by if isinstance(self.by, DoorLink) else None

    def url(self, page: str, **facts: Any) -> str:
        """The address of one of its pages."""
        if self.token:
            name = "door" if page == "page" else f"door_{page}"
            return reverse(f"workshops:{name}", kwargs={"token": self.token, **facts})
        return reverse(f"workshops:{STAFF_PAGES[page]}", kwargs={"workshop_id": self.workshop.pk, **facts})

    @property
    def key(self) -> str:
        """Under what name a phone keeps its scans: neither tells whose they are, nor opens anything."""
        return key_of(self.token) if self.token else f"{self.workshop.pk}-{self.by.pk}"

    @property
    def addresses(self) -> dict[str, str]:
        return {page: self.url(page) for page in ("page", "roster", "scans")}


def key_of(token: str) -> str:
    return hashlib.sha256(f"key {token}".encode()).hexdigest()[:16]


View = Callable[..., HttpResponseBase]


def door_view(view: View) -> View:
    """For a page of the door that staff and helpers have; the view gets the ``Door``."""
    for_staff = host_view(view)

    @wraps(view)
    def opened(request: HttpRequest, *, token: str = "", **kwargs: Any) -> HttpResponseBase:
        return _for_helper(view, request, token, **kwargs) if token else for_staff(request, **kwargs)

    return opened


def host_view(view: View) -> View:
    """For a page of the door that staff alone have, who work for its market."""

    @staff_view("workshops.check_in_signup")
    @wraps(view)
    def opened(request: HttpRequest, workshop_id: int, **kwargs: Any) -> HttpResponseBase:
        workshops = for_staff(Workshop.objects.listed(), person(request)).select_related("city", "market")
        workshop = get_object_or_404(workshops, pk=workshop_id)
        return _at(view, request, Door(workshop, person(request)), **kwargs)

    return opened


def _at(view: View, request: HttpRequest, door: Door, **kwargs: Any) -> HttpResponseBase:
    """Every page of a door tells times on the clocks where the workshop takes place."""
    with timezone.override(door.workshop.zone):
        return view(request, door, **kwargs)


def _for_helper(view: View, request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
    """A link that is revoked, over or mistyped leads to a page that says so, and nothing more."""
    now = timezone.now()
    link = door_selectors.door_link_of(token, as_of=now)
    if link is None:
        return render(request, "workshops/door_ended.html", {"key": key_of(token)}, status=404)
    services.note_opened(link, now=now)
    return _at(view, request, Door(link.workshop, link, token), **kwargs)

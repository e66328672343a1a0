"""A workshop whose door is open, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sellers.models import Seller
from tests.factories import NOW, UserFactory, WorkshopFactory
from tests.workshops.places import take
from workshops.models import DoorLink, Signup, Workshop
from workshops.services import Scan, ScanResult, make_door_link, take_scans

START = NOW + timedelta(hours=1)
END = NOW + timedelta(hours=4)
MINUTE = timedelta(minutes=1)


def open_workshop(**fields: object) -> Workshop:
    """It begins in an hour, so its door is open."""
    found: Workshop = WorkshopFactory(**{"starts_at": START, "ends_at": END, **fields})
    return found


def somebody(workshop: Workshop | None = None, seller: Seller | None = None) -> Signup:
    """Somebody with a place, who signed up days before."""
    return take(workshop or open_workshop(), seller, now=NOW - timedelta(days=3))


def helper(workshop: Workshop, name: str = "North door") -> DoorLink:
    return make_door_link(workshop=workshop, name=name, made_by=UserFactory(is_staff=True), now=NOW)[0]


def scan_of(signup: Signup, at: datetime = NOW, **fields: object) -> Scan:
    return Scan(**{"nonce": uuid4(), "at": at, "signup_id": signup.pk, **fields})  # type: ignore[arg-type]  # fields of any kind


def send(workshop: Workshop, *scans: Scan, by: DoorLink | None = None, now: datetime = NOW) -> list[ScanResult]:
    return take_scans(workshop=workshop, scans=scans, by=by, now=now)

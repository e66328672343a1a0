"""Workshops and the places in them."""

from .cities import City, MarketHost
from .door_links import DoorLink, DoorLinkQuerySet
from .door_scans import DoorScan
from .questions import SignupAnswer, SignupQuestion
from .seats import Seat, SeatQuerySet
from .signups import Signup, SignupQuerySet
from .workshops import Workshop, WorkshopQuerySet, WorkshopSeries

__all__ = [
    "City",
    "DoorLink",
    "DoorLinkQuerySet",
    "DoorScan",
    "MarketHost",
    "Seat",
    "SeatQuerySet",
    "Signup",
    "SignupAnswer",
    "SignupQuerySet",
    "SignupQuestion",
    "Workshop",
    "WorkshopQuerySet",
    "WorkshopSeries",
]

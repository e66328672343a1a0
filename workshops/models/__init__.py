"""Workshops and the places in them."""

from .certificates import Certificate, CertificateQuerySet
from .cities import City
from .door_links import DoorLink, DoorLinkQuerySet
from .door_scans import DoorScan
from .excuses import Excuse
from .feedback import Feedback, FeedbackAnswer, FeedbackGiven, FeedbackQuestion
from .listing_versions import ListingVersion
from .material import MaterialFile
from .questions import SignupAnswer, SignupQuestion
from .reminders import WorkshopReminder
from .seats import Seat, SeatQuerySet
from .signups import Signup, SignupQuerySet
from .workshops import Workshop, WorkshopQuerySet, WorkshopSeries

__all__ = [
    "Certificate",
    "CertificateQuerySet",
    "City",
    "DoorLink",
    "DoorLinkQuerySet",
    "DoorScan",
    "Excuse",
    "Feedback",
    "FeedbackAnswer",
    "FeedbackGiven",
    "FeedbackQuestion",
    "ListingVersion",
    "MaterialFile",
    "Seat",
    "SeatQuerySet",
    "Signup",
    "SignupAnswer",
    "SignupQuerySet",
    "SignupQuestion",
    "Workshop",
    "WorkshopQuerySet",
    "WorkshopReminder",
    "WorkshopSeries",
]

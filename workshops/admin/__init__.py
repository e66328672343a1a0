"""Staff pages of workshops: everything that touches places goes through the services."""

from .cities import CityAdmin, WorkshopSeriesAdmin
from .records import DoorLinkAdmin, DoorScanAdmin, SeatAdmin, WorkshopReminderAdmin
from .signups import SignupAdmin
from .workshops import WorkshopAdmin

__all__ = [
    "CityAdmin",
    "DoorLinkAdmin",
    "DoorScanAdmin",
    "SeatAdmin",
    "SignupAdmin",
    "WorkshopAdmin",
    "WorkshopReminderAdmin",
    "WorkshopSeriesAdmin",
]

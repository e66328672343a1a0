"""Staff pages of workshops: everything that touches places goes through the services."""

from .cities import CityAdmin, WorkshopSeriesAdmin
from .doors import DoorLinkAdmin, DoorScanAdmin
from .signing_up import SeatAdmin
from .signups import SignupAdmin
from .workshops import WorkshopAdmin

__all__ = [
    "CityAdmin",
    "DoorLinkAdmin",
    "DoorScanAdmin",
    "SeatAdmin",
    "SignupAdmin",
    "WorkshopAdmin",
    "WorkshopSeriesAdmin",
]

"""Staff pages of workshops: everything that touches places goes through the services."""

from .signups import SignupAdmin
from .workshops import WorkshopAdmin

__all__ = ["SignupAdmin", "WorkshopAdmin"]

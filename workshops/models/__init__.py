"""Workshops and the places in them."""

from .cities import City, MarketHost
from .signups import Signup, SignupQuerySet
from .workshops import Workshop, WorkshopQuerySet, WorkshopSeries

__all__ = ["City", "MarketHost", "Signup", "SignupQuerySet", "Workshop", "WorkshopQuerySet", "WorkshopSeries"]

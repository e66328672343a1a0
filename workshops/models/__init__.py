"""Workshops and the places in them."""

from .signups import Signup, SignupQuerySet
from .workshops import Workshop, WorkshopQuerySet

__all__ = ["Signup", "SignupQuerySet", "Workshop", "WorkshopQuerySet"]

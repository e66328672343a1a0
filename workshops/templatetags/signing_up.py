"""What forms that sign up need, and the door."""

from __future__ import annotations

from uuid import uuid4

from django import template

from .. import rules, signup_wording
from ..door_access import Door
from ..models import Workshop
from ..selectors import SellersPlaces

register = template.Library()


@register.simple_tag
def one_time_key() -> str:
    """The key of a form: sent twice, it is one sign-up."""
    return str(uuid4())


@register.simple_tag
def door_url(door: Door, page: str, signup_id: int) -> str:
    """Where a door's page notes something of a sign-up: its own address, be it a host's or a helper's."""
    return door.url(page, signup_id=signup_id)


@register.simple_tag
def waits_behind(own: SellersPlaces) -> str:
    """Why a seller waits behind the others, nothing if it does not."""
    return signup_wording.waits_behind(own.missed, seller=own.seller) if own.missed else ""


@register.simple_tag
def why_not_here(own: SellersPlaces, workshop: Workshop) -> str:
    """Why a seller cannot come to a workshop, nothing if it can."""
    problem: rules.SignupProblem | None = own.why_not
    return signup_wording.why_not_on_page(problem, workshop=workshop, seller=own.seller) if problem else ""

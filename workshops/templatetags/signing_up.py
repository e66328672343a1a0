"""What forms that sign up need."""

from __future__ import annotations

from uuid import uuid4

from django import template

from .. import rules, signup_wording
from ..models import Workshop
from ..selectors import SellersPlaces

register = template.Library()


@register.simple_tag
def one_time_key() -> str:
    """The key of a form: sent twice, it is one sign-up."""
    return str(uuid4())


@register.simple_tag
def why_not_here(own: SellersPlaces, workshop: Workshop) -> str:
    """Why a seller cannot come to a workshop, nothing if it can."""
    problem: rules.WhyNot | None = own.why_not
    return signup_wording.why_not_on_page(problem, workshop=workshop, seller=own.seller) if problem else ""

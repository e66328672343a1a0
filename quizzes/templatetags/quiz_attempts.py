"""What became of attempts, for lists of them."""

from __future__ import annotations

from django import template
from django.utils import timezone

from ..models import Attempt

register = template.Library()


@register.filter
def attempt_state(attempt: Attempt) -> str:
    """Its state now, as ``Attempt.State`` calls it."""
    return attempt.state(as_of=timezone.now()).value

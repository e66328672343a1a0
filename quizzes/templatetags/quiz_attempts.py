"""What became of attempts, and the scenes and pictures of questions."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils import timezone

from sellers.models import Seller

from ..models import Attempt, AttemptQuestion, Question
from ..pictures import ShownPicture, shown
from ..scenes import Moment
from ..scenes import moments as moments_of

register = template.Library()


@register.filter
def attempt_state(attempt: Attempt) -> str:
    """Its state now, as ``Attempt.State`` calls it."""
    return attempt.state(as_of=timezone.now()).value


@register.filter
def moments(scene: str) -> list[Moment]:
    """What happens in a scene, moment by moment."""
    return moments_of(scene)


@register.filter
def pictures_for(asked: AttemptQuestion | Question, seller: Seller) -> list[ShownPicture]:
    """The pictures of a question, drawn or not, on the pages of a seller."""
    facts = asked.pictures if isinstance(asked, AttemptQuestion) else [one.as_drawn for one in asked.pictures.all()]

    def address(picture_id: int) -> str:
        return reverse("quizzes:picture", kwargs={"seller_id": seller.pk, "picture_id": picture_id})

    return shown(facts, address)

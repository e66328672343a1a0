"""Correcting a place that a seller has: who comes, and what the host was told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from sellers.rules import Right
from sellers.services import refuse_without_right

from ..models import Signup
from .refusals import TooLate
from .signing_up import Answers, keep_answers


@transaction.atomic
def change_signup(*, signup: Signup, attendee: str, answers: Answers, user: User, now: datetime) -> Signup:
    """Say anew who comes with a place or a waiting place, and what the host is answered.

    It keeps its code and its number in line. Raises ``TooLate`` once it is cancelled or checked in, or the workshop
    started.
    """
    refuse_without_right(person=user, seller=signup.seller, right=Right.WORKSHOP)
    signup = Signup.objects.select_for_update(of=("self",), no_key=True).select_related("workshop").get(pk=signup.pk)
    refuse_changing_signup(signup, now=now)
    signup.attendee = attendee
    signup.save(update_fields=["attendee"])
    signup.answers.all().delete()
    keep_answers([(signup, answers)])
    return signup


def refuse_changing_signup(signup: Signup, *, now: datetime) -> None:
    """Raise ``TooLate`` if what was said of this place stays as it is."""
    if signup.state not in {Signup.State.PLACED, Signup.State.WAITING}:
        raise TooLate(_("This place was cancelled or given to another, so nothing of it can be changed any more."))
    if signup.checked_in_at is not None:
        raise TooLate(_("You are checked in already, so nothing of this place can be changed any more."))
    if signup.workshop.starts_at <= now:
        raise TooLate(_("This workshop has started, so nothing of this place can be changed any more."))

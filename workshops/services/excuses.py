"""Places that nobody used and that do not count."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record
from kit.outcomes import WrongState
from sellers.services import refuse_own_seller

from .. import messages
from ..missed_selectors import counts_as_missed
from ..models import Excuse, Signup
from .locking import lock_workshop_to_tell, reload_signup
from .refusals import refuse_without_reason
from .seller_messages import tell


@transaction.atomic
def excuse_signup(*, signup: Signup, reason: str, now: datetime, excused_by: Actor) -> Signup:
    """Excuse that nobody came for a place, so that it does not count, and tell the seller why.

    Raises ``WrongState`` if it does not count anyway, ``Refused`` without a reason and for a member of the seller.
    """
    workshop = lock_workshop_to_tell(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    refuse_own_seller(person=excused_by, seller=signup.seller)
    refuse_excusing(signup, now=now)
    reason = refuse_without_reason(reason)
    by = excused_by if isinstance(excused_by, User) else None
    Excuse.objects.create(signup=signup, reason=reason, excused_at=now, excused_by=by)
    record(by=excused_by, action="excuse", about=signup, note=reason, now=now)
    tell([signup], [messages.excused(signup, workshop, reason=reason)], now=now)
    return signup


def refuse_excusing(signup: Signup, *, now: datetime) -> None:
    if not counts_as_missed(signup, as_of=now):
        raise WrongState(_("This place does not count as missed, so there is nothing to excuse."))

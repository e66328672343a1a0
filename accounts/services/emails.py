"""The outbox of emails about people's own accounts: a link to choose a password, a notice of a change.

Each is claimed alone and by one worker. What it said is gone when it has left, or is given up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import get_language

from kit.database.clocks import check_clock
from kit.jobs.claims import claim
from kit.jobs.models import Priority

from ..models import AccountEmail

NOTICE_LIFE = timedelta(days=3)
"""How long an email is tried to be sent that tells of something and asks for nothing."""
GIVEN_UP_REMEMBERED_FOR = timedelta(days=30)
"""How long it is remembered that an email was given up."""


@transaction.atomic
def queue_account_email(
    *, to: str, subject: str, body: str, now: datetime, expires_at: datetime, look: str = "", calendar: str = ""
) -> AccountEmail:
    """Have an email sent soon, whose text is in the language that is active (``accounts.looks`` knows its ``look``).

    With a ``calendar`` file it puts an event into the reader's calendar, or takes it off. After ``expires_at`` it is of
    no use any more and is given up.
    """
    return AccountEmail.objects.create(
        to=to,
        subject=subject[:200],
        body=body,
        language=get_language() or "",
        look=look,
        calendar=calendar,
        created_at=now,
        due_at=now,
        expires_at=expires_at,
        priority=Priority.URGENT,
    )


def claim_account_email(*, now: datetime) -> AccountEmail | None:
    """Take the email that has been due longest; ``None`` if none is. What is of no use any more is forgotten first."""
    forget_account_emails(now=now)
    claimed = claim(AccountEmail.objects.all(), now=now)
    return claimed[0] if claimed else None


@transaction.atomic
def record_account_email_sent(*, email: AccountEmail) -> None:
    """The mail server took it: nothing of it is kept."""
    AccountEmail.objects.filter(pk=email.pk).delete()


@transaction.atomic
def forget_account_emails(*, now: datetime) -> None:
    """Give up what came too late to be sent, with its text. Forget what was given up long ago.

    Raises ``ClockAhead`` where everything would look late.
    """
    check_clock(now=now)
    late = AccountEmail.objects.filter(due_at__isnull=False, expires_at__lte=now)
    late.update(body="", calendar="", given_up_at=F("expires_at"), due_at=None, claimed_at=None)
    AccountEmail.objects.filter(given_up_at__lt=now - GIVEN_UP_REMEMBERED_FOR).delete()

"""Whether the portal lives and is ready: for load balancers, uptime checks and the supervisor of ``make demo``.

``/livez`` asks nothing of anybody: a process that does not answer it is to be started again. ``/readyz`` is 503 only
where no page could be shown, and names all that is not as it should be. Its former name is ``/healthz``.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import AccountEmail
from accounts.selectors import account_emails_given_up
from inbox.events.models import WebhookDelivery
from inbox.events.selectors import endpoints_switched_off
from inbox.models import EmailDelivery
from inbox.selectors import emails_given_up, urgent_emails_wait_since
from kit.jobs.models import Job
from kit.jobs.queues import job_kinds, queue_state
from reports.models import ReportChunk
from reports.selectors import chunks_given_up
from sellers.selectors import tokens_expiring
from sellers.services import ClockAhead, check_clock
from violations.models import MassReversal
from violations.selectors import reversals_given_up

from .database_role import WHERE, role_may_too_much
from .replica import replica_standing
from .stored_zones import zone_faults

RECENTLY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LATE = timedelta(minutes=15)
"""A job that is due for longer says that workers or beat are away, or too few."""

HAVE_LINES_OF_THEIR_OWN: set[type[Job]] = {ReportChunk, MassReversal, EmailDelivery, AccountEmail, WebhookDelivery}
"""The kinds of job of which ``waiting_for_staff`` says what was given up."""


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    return _answer("ok\n")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, else 503; a line for each part in plain text: ``ok``, or what is wrong."""
    cache_line = "ok" if cache_answers() else "no answer; sign-ins are not limited meanwhile"
    if not database_answers():
        return _answer(f"database: no answer\ncache: {cache_line}\n", status=503)
    parts = {
        "database": "ok",
        "cache": cache_line,
        **replica_standing(),
        "clock": clock(),
        "time zones": zone_faults() or "ok",
        **role(),
        "jobs": jobs(),
        **waiting_for_staff(),
        "mail server": mail_server(),
    }
    return _answer("".join(f"{part}: {says}\n" for part, says in parts.items()))


def _answer(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def cache_answers() -> bool:
    answers: bool = cache.answers()  # type: ignore[attr-defined]  # a ForgivingCache
    return answers


def clock() -> str:
    """Whether what this process records is taken: nothing is while its clock is ahead of the database's."""
    try:
        check_clock(now=timezone.now())
    except ClockAhead as ahead:
        return str(ahead)
    return "ok"


def role() -> dict[str, str]:
    fault = role_may_too_much() if settings.PRODUCTION else ""
    return {"database role": f"{fault} ({WHERE})" if fault else "ok"}


def jobs() -> str:
    """Which kinds of job have one that is due for long, and for how long. Or some that were given up."""
    now = timezone.now()
    states = [queue_state(kind, as_of=now) for kind in job_kinds()]
    late = [(one, now - one.oldest_due_at) for one in states if one.oldest_due_at]
    said = [f"{one.kind._meta.label_lower} due for {lag // MINUTE:,} minutes" for one, lag in late if lag > LATE]
    said += [
        f"{one.kind._meta.label_lower} given up: {one.given_up:,}"
        for one in states
        if one.given_up and one.kind not in HAVE_LINES_OF_THEIR_OWN
    ]
    return "; ".join(said) or "ok"


def mail_server() -> str:
    """Whether emails leave: none that is urgent waits for long without a try."""
    since = urgent_emails_wait_since()
    lag = timezone.now() - since if since else timedelta(0)
    return f"urgent emails wait for {lag // MINUTE:,} minutes without a try" if lag > LATE else "ok"


def waiting_for_staff() -> dict[str, str]:
    """Work that was given up: nothing goes on by itself until somebody has it tried again."""
    since = timezone.now() - RECENTLY
    found = {
        "reports": (chunks_given_up().count(), "parts of a run failed too often"),
        "mass reversals": (reversals_given_up().count(), "stopped after failing"),
        "emails": (emails_given_up(since=since).count(), "given up in the last 24 hours"),
        "account emails": (account_emails_given_up(since=since).count(), "given up in the last 24 hours"),
        "webhooks": (endpoints_switched_off(as_of=timezone.now()).count(), "endpoints switched off: they took nothing"),
        "API tokens": (tokens_expiring(as_of=timezone.now()).count(), "expire within two weeks or have expired"),
    }
    return {part: f"{number:,} {words}" if number else "ok" for part, (number, words) in found.items()}

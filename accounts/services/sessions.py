"""Where people are signed in: a session is noted when it is used, and ended by its person."""

from __future__ import annotations

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from ..models import User

MAX_CHARACTERS: int = UserSession._meta.get_field("user_agent").max_length


@transaction.atomic
def note_session_seen(*, user: User, session_key: str, ip: str, user_agent: str, now: datetime) -> None:
    """Keep when, where from and with which browser a session was used last."""
    seen = {"user": user, "ip": ip, "user_agent": user_agent[:MAX_CHARACTERS], "last_seen_at": now}
    UserSession.objects.update_or_create(
        session_key=session_key, defaults=seen, create_defaults={**seen, "created_at": now}
    )


@transaction.atomic
def end_session(*, user: User, session_id: int) -> bool:
    """Sign a person out of one of their sessions; whether there was such a one."""
    keys = list(UserSession.objects.filter(user=user, pk=session_id).values_list("session_key", flat=True))
    return _end(keys)


@transaction.atomic
def end_other_sessions(*, user: User, session_key: str = "") -> bool:
    """Sign a person out everywhere but in the session with this key; whether they were signed in anywhere else."""
    others = UserSession.objects.filter(user=user).exclude(session_key=session_key)
    return _end(list(others.values_list("session_key", flat=True)))


@transaction.atomic
def forget_ended_sessions() -> None:
    """Remove what is known of sessions that are over."""
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


@transaction.atomic
def end_sessions(sessions: QuerySet[UserSession]) -> None:
    """Sign people out of these sessions, and forget them."""
    _end(list(sessions.values_list("session_key", flat=True)))


def _end(keys: list[str]) -> bool:
    """The session goes first: whoever deletes it has ended it."""
    ended, _by_model = Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return ended > 0

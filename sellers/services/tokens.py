"""Tokens with which the marketplace's own systems call the API."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record
from audit.snapshots import snapshot
from kit import dates
from kit.outcomes import Refused
from kit.texts.characters import composed, has_visible
from kit.texts.faults import fault_in_id

from .. import rules, trail_notes
from ..models import ApiToken, Market
from .markets import refuse_invalid

UTC = ZoneInfo("UTC")

USE_NOTED_EVERY = timedelta(minutes=1)
"""So that a busy feed does not write its token's row at every call."""


@transaction.atomic
def create_api_token(
    *,
    market: Market,
    name: str,
    created_by: Actor,
    now: datetime,
    last_day: date | None = None,
    scope: str = ApiToken.Scope.FEED,
) -> tuple[ApiToken, str]:
    """Create a token for a market and give it with its secret, which nothing keeps: it cannot be shown again.

    It is good until the end of ``last_day`` in UTC, or without one until it is revoked.

    Raises ``Refused`` for a name that says nothing or is too long. Also for the name of a token of the market that is
    in use. Also if the last day is over or too far away.
    """
    name = composed(name.strip())
    if not has_visible(name):
        raise Refused(_("Give it a name that says who uses it."), field="name")
    if fault := fault_in_id(name):
        raise Refused(fault, field="name")
    if last_day is not None and not now.date() <= last_day <= (now + rules.TOKEN_LASTS_AT_MOST).date():
        raise Refused(_("Choose today or a later day, within ten years."), field="last_day")
    secret = f"hp_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        market=market,
        name=name,
        scope=scope,
        prefix=secret[: ApiToken.PREFIX_LENGTH],
        secret_hash=ApiToken.hash_of(secret),
        created_by=created_by if isinstance(created_by, User) else None,
        created_at=now,
        expires_at=None if last_day is None else dates.local_midnight(last_day + timedelta(days=1), zone=UTC),
    )
    refuse_invalid(token, ["name"])
    _save_under_free_name(token)
    record(by=created_by, action="add", about=token, note=trail_notes.created(), before={}, now=now)
    return token, secret


def _save_under_free_name(token: ApiToken) -> None:
    """Save it, or refuse it: of two tokens of one name that are made at once the database lets one in."""
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError as error:  # nothing else of it is left to refuse
        message = _("There is a token %(name)s in %(market)s already; revoke it first.") % {
            "name": repr(token.name),
            "market": token.market,
        }
        raise Refused(message, field="name") from error


@transaction.atomic
def revoke_api_token(*, token: ApiToken, now: datetime, revoked_by: Actor = None) -> ApiToken:
    """Make a token useless from now on. Raises ``Refused`` if it is revoked already."""
    token = ApiToken.objects.select_for_update(no_key=True, of=("self",)).select_related("market").get(pk=token.pk)
    if token.revoked_at is not None:
        raise Refused(_("The token %(token)s is revoked already.") % {"token": token})
    before = snapshot(token)
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    record(by=revoked_by, action="revoke", about=token, note=trail_notes.revoked(), before=before, now=now)
    return token


def record_token_use(*, token: ApiToken, now: datetime) -> None:
    """Note that a token was used, at most once a minute; no statement if it was noted less than a minute ago."""
    before = now - USE_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at <= before:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)

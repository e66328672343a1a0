"""Endpoints of webhooks: made, given another secret, tested, switched off and on. Each step is in the trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record
from audit.snapshots import changes_between, snapshot
from kit.jobs.models import Priority
from kit.outcomes import Refused
from sellers.models import Market
from sellers.services import refuse_invalid

from .. import trail_notes
from ..addresses import address_fault
from ..encryption import encrypt, new_secret, reencrypt
from ..models import Event, WebhookDelivery, WebhookEndpoint, WebhookSecret
from ..models.webhooks import MAX_ENDPOINTS
from .placing import head_of

OVERLAP = timedelta(days=1)
"""How long the secret before signs too after a rotation."""


@transaction.atomic
def create_endpoint(
    *,
    market: Market,
    name: str,
    address: str,
    now: datetime,
    kinds: Sequence[Event.Kind] = (),
    confirms_actions: bool = True,
    created_by: Actor = None,
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint and its first secret, which is told here and nowhere else. It gets what happens from now on.

    Raises ``Refused`` for an address that leads inside, a name that is taken, or one endpoint too many.
    """
    market = Market.objects.select_for_update(no_key=True).get(pk=market.pk)
    endpoint = WebhookEndpoint(
        market=market,
        name=name.strip(),
        address=address.strip(),
        kinds=_in_order(kinds),
        confirms_actions=confirms_actions,
        created_at=now,
        secret_made_at=now,
        created_by=created_by if isinstance(created_by, User) else None,
        position=head_of(market),
    )
    _refuse_invalid(endpoint)
    endpoint.save(force_insert=True)
    secret = _give_secret(endpoint, now=now)
    record(by=created_by, action="add", about=endpoint, note=trail_notes.endpoint_created(), before={}, now=now)
    return endpoint, secret


def _in_order(kinds: Sequence[str]) -> list[Event.Kind]:
    return [kind for kind in Event.Kind if kind in kinds]


def _refuse_address(address: str) -> None:
    if fault := address_fault(address):
        raise Refused(fault, field="address")


def _refuse_invalid(endpoint: WebhookEndpoint) -> None:
    _refuse_address(endpoint.address)
    refuse_invalid(endpoint, ["name", "address"])
    others = WebhookEndpoint.objects.filter(market=endpoint.market)
    if others.filter(name=endpoint.name).exists():
        raise Refused(_("There is an endpoint with this name in this market already; choose another."), field="name")
    if others.count() >= MAX_ENDPOINTS:
        said = _("A market has at most %(most)s endpoints. Change one that is there, or remove one.")
        raise Refused(said % {"most": MAX_ENDPOINTS}, field="market")


def _give_secret(endpoint: WebhookEndpoint, *, now: datetime) -> str:
    secret = new_secret()
    WebhookSecret.objects.create(endpoint=endpoint, encrypted=encrypt(secret), created_at=now)
    return secret


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",)).select_related("market")
    return found.get(pk=endpoint.pk)


@transaction.atomic
def change_endpoint(
    *,
    endpoint: WebhookEndpoint,
    address: str,
    kinds: Sequence[str],
    confirms_actions: bool,
    now: datetime,
    changed_by: Actor = None,
) -> WebhookEndpoint:
    """Send what happens elsewhere, or other events of it. What waits goes to the new address, with the same secrets.

    What did not reach the former address says nothing of the new one. Raises ``Refused`` for an address that leads
    inside.
    """
    endpoint = _locked(endpoint)
    before, former = snapshot(endpoint), endpoint.address
    endpoint.address, endpoint.kinds = address.strip(), _in_order(kinds)
    endpoint.confirms_actions = confirms_actions
    _refuse_address(endpoint.address)
    refuse_invalid(endpoint, ["address"])
    if endpoint.address != former and endpoint.disabled_at is None:
        endpoint.failing_since = None
    endpoint.save(update_fields=["address", "kinds", "confirms_actions", "failing_since"])
    note = trail_notes.endpoint_changed()
    record(by=changed_by, action="redirect", about=endpoint, note=note, before=before, now=now)
    return endpoint


@transaction.atomic
def remove_endpoint(*, endpoint: WebhookEndpoint, now: datetime, removed_by: Actor = None) -> bool:
    """Forget an endpoint that is switched off, with its secrets and deliveries. Its events stay in the feed.

    ``False`` if it is gone already. Raises ``Refused`` for one that is on: somebody may rely on it.
    """
    found = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
    if found is None:
        return False
    if found.disabled_at is None:
        raise Refused(_("%(endpoint)s is on. Switch it off first.") % {"endpoint": found})
    before = snapshot(found)
    changes = changes_between(WebhookEndpoint, before, {})
    note = trail_notes.endpoint_removed()
    record(by=removed_by, action="remove", about=found, note=note, changes=changes, now=now)
    found.delete()
    return True


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, now: datetime, rotated_by: Actor = None) -> str:
    """Give an endpoint another secret, told here and nowhere else. For a day the one before signs too.

    Messages then carry two signatures. One before that is forgotten at once: never are three valid.
    """
    endpoint = _locked(endpoint)
    endpoint.secrets.filter(expires_at__isnull=False).delete()
    endpoint.secrets.update(expires_at=now + OVERLAP)
    secret, before = _give_secret(endpoint, now=now), snapshot(endpoint)
    endpoint.secret_made_at = now
    endpoint.save(update_fields=["secret_made_at"])
    record(by=rotated_by, action="rotate", about=endpoint, note=trail_notes.secret_rotated(), before=before, now=now)
    return secret


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, now: datetime, sent_by: Actor = None) -> WebhookDelivery:
    """Send an endpoint a message of the type ``test``. Raises ``Refused`` if it is switched off."""
    endpoint = _locked(endpoint)
    if endpoint.disabled_at is not None:
        raise Refused(_("%(endpoint)s is switched off. Switch it on first.") % {"endpoint": endpoint})
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, made_at=now, due_at=now, lane=endpoint.market_id, priority=Priority.URGENT
    )
    before, endpoint.tested_at = snapshot(endpoint), now
    endpoint.save(update_fields=["tested_at"])
    record(by=sent_by, action="test", about=endpoint, note=trail_notes.test_message(), before=before, now=now)
    return delivery


@transaction.atomic
def switch_off(*, endpoint: WebhookEndpoint, reason: str, now: datetime, switched_off_by: Actor = None) -> bool:
    """Send an endpoint nothing more until it is switched on; ``False`` if it is off already. What waits is held."""
    endpoint = _locked(endpoint)
    if endpoint.disabled_at is not None:
        return False
    before = snapshot(endpoint)
    endpoint.disabled_at, endpoint.disabled_reason = now, reason[:200]
    endpoint.save(update_fields=["disabled_at", "disabled_reason"])
    endpoint.deliveries.filter(due_at__isnull=False, claimed_at=None).update(due_at=None, held=True)
    record(by=switched_off_by, action="switch_off", about=endpoint, note=reason, before=before, now=now)
    return True


@transaction.atomic
def switch_on(*, endpoint: WebhookEndpoint, now: datetime, switched_on_by: Actor = None) -> bool:
    """Send an endpoint what waited and what happens; ``False`` if it is on already."""
    endpoint = _locked(endpoint)
    if endpoint.disabled_at is None:
        return False
    before = snapshot(endpoint)
    endpoint.disabled_at, endpoint.disabled_reason, endpoint.failing_since = None, "", None
    endpoint.save(update_fields=["disabled_at", "disabled_reason", "failing_since"])
    endpoint.deliveries.filter(held=True).update(due_at=now, held=False, attempts=0)
    record(
        by=switched_on_by,
        action="switch_on",
        about=endpoint,
        note=trail_notes.endpoint_switched_on(),
        before=before,
        now=now,
    )
    return True


def switch_off_failing(*, endpoint: WebhookEndpoint, after: timedelta, now: datetime, why: str = "") -> bool:
    """Switch an endpoint off that took nothing for so long. Staff find it on their home page, and are told by email."""
    failing = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at=None, failing_since__lte=now - after)
    if not failing.exists():
        return False
    reason = why or _("It took nothing for %(days)s days.") % {"days": after.days}
    return switch_off(endpoint=endpoint, reason=reason, now=now)


def reencrypt_secrets() -> None:
    """Put every secret under the present key, so that the fallbacks can go."""
    for secret in WebhookSecret.objects.all():
        WebhookSecret.objects.filter(pk=secret.pk).update(encrypted=reencrypt(secret.encrypted))

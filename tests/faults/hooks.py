"""Fill a database for the test of webhooks under faults, or have more happen: ``python -m tests.faults.hooks …``.

``prepare URL SELLERS`` makes a market with an endpoint and prints its secret to the file ``secret``; ``happen COUNT``
records events of its sellers.
"""

import sys
from pathlib import Path

import django

django.setup()

from django.utils import timezone  # noqa: E402  # needs settings

from inbox.events.models import Event  # noqa: E402  # Django is set up first
from inbox.events.services import EventDraft, create_endpoint, record_events  # noqa: E402  # Django is set up first
from sellers.models import Market, Seller  # noqa: E402  # Django is set up first


def prepare(url: str, sellers: str, secret_file: str) -> None:
    market = Market.objects.create(code="US", name="United States", time_zone="America/New_York")
    Seller.objects.bulk_create(
        Seller(market=market, external_id=f"shop-{number}", name=f"Shop {number}") for number in range(int(sellers))
    )
    _, secret = create_endpoint(market=market, name="trust", address=url, now=timezone.now())
    Path(secret_file).write_text(secret)


def happen(count: str) -> None:
    sellers = list(Seller.objects.order_by("pk"))
    for number in range(int(count)):
        seller = sellers[number % len(sellers)]
        draft = EventDraft(seller.pk, Event.Kind.VIOLATION_ISSUED, {"violation": f"v{number}"})
        record_events(market_id=seller.market_id, drafts=[draft], now=timezone.now())


{"prepare": prepare, "happen": happen}[sys.argv[1]](*sys.argv[2:])

"""What the benches of the intake work on: a market with sellers, and violations as a marketplace would send them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from policies.models import Policy, PolicyVersion
from policies.services import draft_version, publish_version
from sellers.models import Market
from violations.services import open_market

NOW = datetime.now(UTC).replace(microsecond=0)
OPENED = NOW - timedelta(days=365 * 5)
SELLERS = int(os.environ.get("BENCH_SELLERS", 200_000))
ENTRIES = int(os.environ.get("BENCH_LEDGER_ENTRIES", 5_000_000))
POINTS = (0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 6, 8)
FACTS = (
    "At 00:14:20 the host said that the cream heals eczema within a week, and held up a photo of a healed arm. "
    "The listing names no active ingredient and no study. The claim was repeated at 00:31:05, after two buyers had "
    'asked for it in the comments; the pinned comment says "guaranteed".'
)

MEMBERS = """
INSERT INTO sellers_seller (market_id, external_id, name, kind, city, signed_up_to_sell, created_at)
    SELECT %(market)s, 'shop-' || lpad(n::text, 7, '0'), 'Shop ' || n, 'shop', '', true, %(opened)s
    FROM generate_series(0, %(sellers)s - 1) AS n;
INSERT INTO sellers_member (seller_id, user_id, created_at)
    SELECT seller.id, person.id, %(opened)s
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM sellers_seller) AS seller
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_user) AS person USING (n);
"""


def make_market() -> Market:
    """A market whose sellers have a member each, and a policy for each number of points."""
    market = open_market(
        code="US", name="United States", time_zone="America/New_York", books_closed_until=NOW - timedelta(days=7)
    )
    people = (User(email=f"person{n}@example.com", password="!") for n in range(SELLERS))
    User.objects.bulk_create(people, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, {"market": market.pk, "opened": OPENED, "sellers": SELLERS})
    for number, points in enumerate(POINTS):
        policy = Policy.objects.create(code=f"policy-{number}", name=f"Policy {number}", topic="Claims")
        version = draft_version(
            policy=policy,
            now=OPENED,
            requirement="Say only what you can prove.",
            breach="The claim could not be proved, and buyers were led to rely on it.",
            wording="Say only what you can prove about a product.",
            severity="moderate",
            points=points,
        )
        publish_version(version=version, effective_from=OPENED, published_by=None, now=OPENED - timedelta(days=60))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return market


# Five years of violations in the order of time, each with its assessment; every seller has as many as any other.
HISTORY = """
INSERT INTO violations_violation (
    id, market_id, seller_id, policy_version_id, external_id, fingerprint, issued_at, recorded_at, source,
    decided_points, decided_until, decided_market, decided_zone, decision, facts, detection, detector, automated,
    policy_section, explanation, appeal_until, void_reason, content_kind, content_title, content_url, policy_name
)
SELECT n, %(market)s, %(seller)s + n * 7919 %% %(sellers)s, version.id, 'old-' || lpad(n::text, 9, '0'),
    repeat('0', 64), at, at, 'bench', version.points, at + interval '180 days', 'Market', 'UTC',
    '', %(facts)s, 'automated', 'bench', true, '', 'The claim could not be proved.', at + interval '30 days', '', '',
    '', '', 'Policy'
FROM generate_series(1, %(entries)s::bigint) AS n
CROSS JOIN LATERAL (SELECT %(opened)s + (%(until)s - %(opened)s) * (n::float / %(entries)s) AS at) AS moment
JOIN (SELECT id, points, row_number() OVER (ORDER BY id) - 1 AS place FROM policies_policyversion WHERE points > 0)
    AS version ON version.place = n %% %(versions)s
ORDER BY n;
INSERT INTO violations_pointsentry (
    id, seller_id, violation_id, kind, source, points, effective_at, expires_at, recorded_at, reason
)
SELECT v.id, v.seller_id, v.id, 'assessment', 'violation', version.points, v.issued_at,
    v.issued_at + interval '180 days', v.recorded_at, 'Policy'
FROM violations_violation AS v JOIN policies_policyversion AS version ON version.id = v.policy_version_id
ORDER BY v.id;
SELECT setval(pg_get_serial_sequence('violations_violation', 'id'), %(entries)s),
    setval(pg_get_serial_sequence('violations_pointsentry', 'id'), %(entries)s);
"""
TABLES = ["violations_violation", "violations_pointsentry"]
PLAIN_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = ANY(%s) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def fill_ledger(market: Market) -> None:
    """Give the market's sellers a history of `ENTRIES` violations. Indexes are built afterwards, which is quicker."""
    versions = PolicyVersion.objects.filter(points__gt=0).count()
    first = market.sellers.order_by("id").values_list("id", flat=True)[0]
    known = {"market": market.pk, "seller": first, "sellers": SELLERS, "facts": FACTS, "entries": ENTRIES}
    known |= {"versions": versions, "opened": OPENED, "until": market.books_closed_until}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # The rows are sound: no trigger need see them.
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute(PLAIN_INDEXES, [TABLES])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(HISTORY, known)
        for _, definition in indexes:
            cursor.execute(definition)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def make_items(batch: str, count: int) -> list[dict[str, Any]]:
    """Violations as the API takes them; one seller in fifty has half of them, so that milestones are reached."""
    random = Random(batch)
    return [_item(random, f"{batch}-{number:07}") for number in range(count)]


def _item(random: Random, external_id: str) -> dict[str, Any]:
    often = random.random() < 0.5
    seller = random.randrange(SELLERS // 50) * 50 if often else random.randrange(SELLERS)
    issued_at = NOW - timedelta(seconds=random.randrange(86_400 * 3))
    item = {
        "external_id": external_id,
        "seller": f"shop-{seller:07}",
        "policy": f"policy-{random.randrange(len(POINTS))}",
        "issued_at": issued_at.isoformat(),
        "facts": f"{FACTS} ({external_id})",
        "detection": random.choice(["staff", "automated", "notice"]),
        "automated": random.random() < 0.5,
    }
    if item["detection"] == "automated":
        item |= {"detector": random.choice(["claims-model", "price-watch"]), "detector_version": "4.2"}
    if random.random() < 0.8:
        item |= {
            "content_kind": random.choice(["live", "video"]),
            "content_id": f"content-{external_id}",
            "content_title": "Sunday LIVE: skin care that works",
            "content_url": f"https://shop.example/content/{external_id}",
            "content_published_at": (issued_at - timedelta(hours=3)).isoformat(),
            "position": random.randrange(3600),
        }
    return item

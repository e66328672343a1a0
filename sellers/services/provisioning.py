"""Sellers and their content, as the marketplace knows them. A batch takes the same statements however long it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from django.db import connection, transaction
from django.utils.translation import gettext as _

from kit.database.inserting import insert_rows, next_ids
from kit.outcomes import Outcome, Result

from ..models import Content, Market, Seller
from .recording import lock_sellers

Record = TypeVar("Record", Seller, Content)


@dataclass(frozen=True)
class SellerDraft:
    """A selling account as the marketplace knows it. What is ``None`` or empty stays as it is."""

    external_id: str
    name: str
    kind: str = ""
    city: str = ""
    signed_up_to_sell: bool | None = None


@dataclass(frozen=True)
class ContentDraft:
    """A LIVE, video or listing under the marketplace's own id. What is ``None`` or empty stays as it is."""

    kind: str
    external_id: str
    title: str
    url: str = ""
    published_at: datetime | None = None


@transaction.atomic
def put_sellers(*, market: Market, drafts: Sequence[SellerDraft], now: datetime) -> list[Outcome]:
    """Provision sellers of one market and bring those that are there up to date; an answer for each, in order.

    Drafts of the same external id apply one after the other.
    """
    wanted = {draft.external_id: draft for draft in reversed(drafts)}  # the first of each
    known = Seller.objects.filter(market=market, external_id__in=wanted).values_list("external_id", flat=True)
    created = _insert_sellers(market, [wanted[id_] for id_ in sorted(wanted.keys() - set(known))], now)
    # Locked after inserting, so one that somebody else provisioned meanwhile is found and brought up to date.
    sellers = lock_sellers(market=market, external_ids=wanted)
    changed: dict[int, Seller] = {}
    outcomes = []
    for draft in drafts:
        seller = sellers[draft.external_id]
        outcomes.append(Outcome(draft.external_id, _apply(draft, seller, created, changed), seller.pk))
    _update(Seller, changed.values(), ["name", "kind", "city", "signed_up_to_sell"])
    return outcomes


def _insert_sellers(market: Market, drafts: Sequence[SellerDraft], now: datetime) -> set[int]:
    """Insert sellers, in the order of external ids, and give the ids that these have if nobody else was faster."""
    ids = next_ids(Seller, len(drafts))
    Seller.objects.bulk_create(
        (Seller(pk=pk, market=market, created_at=now, **_said(draft)) for pk, draft in zip(ids, drafts, strict=True)),
        ignore_conflicts=True,
    )
    return set(ids)


@transaction.atomic
def put_content(*, market: Market, drafts: Sequence[tuple[str, ContentDraft]], now: datetime) -> list[Outcome]:
    """Add content of sellers of one market and bring what is there up to date. An answer for each, in order.

    ``drafts`` are pairs of the seller's external id and the content. Refused if that seller is not in the market. Also
    if the content is to go live more than ``PUBLISHED_AHEAD`` from ``now``.
    """
    # Whoever writes content holds its seller's lock, so what is not found here is new.
    sellers = lock_sellers(market=market, external_ids=(seller for seller, _draft in drafts))
    placed = [(sellers.get(seller), draft) for seller, draft in drafts]
    wanted = {  # the first of each
        _key(seller, draft): draft for seller, draft in reversed(placed) if seller and not _is_far_ahead(draft, now)
    }
    content = find_content(wanted)
    fresh = [key for key in wanted if key not in content]
    ids = next_ids(Content, len(fresh))
    for key, pk in zip(fresh, ids, strict=True):
        content[key] = Content(pk=pk, seller_id=key[0], **vars(wanted[key]))
    Content.objects.bulk_create(content[key] for key in fresh)
    created, changed, outcomes = set(ids), dict[int, Content](), list[Outcome]()
    for (seller_external_id, draft), (seller, _place) in zip(drafts, placed, strict=True):
        if seller is None:
            outcomes.append(unknown_seller(draft.external_id, seller_external_id, market))
        elif _is_far_ahead(draft, now):
            reason = _("It lies more than %(days)s days ahead.") % {"days": PUBLISHED_AHEAD.days}
            outcomes.append(Outcome(draft.external_id, Result.REFUSED, None, "published_at", reason))
        else:
            found = content[_key(seller, draft)]
            outcomes.append(Outcome(draft.external_id, _apply(draft, found, created, changed), found.pk))
    _update(Content, changed.values(), ["title", "url", "published_at"])
    return outcomes


PUBLISHED_AHEAD = timedelta(days=366)
"""How long before it goes live content may be announced; a later date is a slip."""


def _is_far_ahead(draft: ContentDraft, now: datetime) -> bool:
    return draft.published_at is not None and draft.published_at > now + PUBLISHED_AHEAD


ContentKey = tuple[int, str, str]
"""A seller's id in the portal, the kind of content, and its external id."""


def _key(seller: Seller, draft: ContentDraft) -> ContentKey:
    return seller.pk, draft.kind, draft.external_id


def find_content(keys: Collection[ContentKey]) -> dict[ContentKey, Content]:
    """Content by key, in one query; what is not there is left out."""
    found = Content.objects.filter(
        seller_id__in={seller_id for seller_id, _, _ in keys},
        external_id__in={external_id for _, _, external_id in keys},
    )
    return {(c.seller_id, c.kind, c.external_id): c for c in found}


class KnownContent(NamedTuple):
    """What the portal knows of a piece of content; ``id`` is ``None`` for one that is not there yet."""

    id: int | None
    kind: str
    external_id: str
    title: str
    url: str
    published_at: datetime | None

    def completed(self, draft: ContentDraft) -> KnownContent:
        """The same with what was left out so far. What is known stays as it is."""
        if (self.url or not draft.url) and (self.published_at or not draft.published_at):
            return self
        return self._replace(url=self.url or draft.url, published_at=self.published_at or draft.published_at)


def known_content(keys: Collection[ContentKey]) -> dict[ContentKey, KnownContent]:
    """What the portal knows of content, by key, in one query without models; what is not there is left out."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_CONTENT, [[key[part] for key in keys] for part in range(3)])
        return {(row[1], row[2], row[3]): KnownContent(row[0], *row[2:]) for row in cursor.fetchall()}


KNOWN_CONTENT = """
SELECT id, seller_id, kind, external_id, title, url, published_at FROM sellers_content
JOIN unnest(%s::bigint[], %s::text[], %s::text[]) AS wanted (seller_id, kind, external_id)
USING (seller_id, kind, external_id)
"""


def keep_content(content: Mapping[ContentKey, KnownContent], *, before: Mapping[ContentKey, KnownContent]) -> None:
    """Write what was not known of content ``before``: insert what is new, complete what is there.

    The caller holds the sellers' locks, and gave each that is new its id (``next_ids``).
    """
    insert_rows(Content, [_content_row(key, known) for key, known in content.items() if key not in before])
    completed = [known for key, known in content.items() if key in before and known != before[key]]
    if completed:
        with connection.cursor() as cursor:
            parts = [[getattr(known, name) for known in completed] for name in ("id", "url", "published_at")]
            cursor.execute(COMPLETE_CONTENT, parts)


COMPLETE_CONTENT = """
UPDATE sellers_content c SET url = told.url, published_at = told.published_at
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS told (id, url, published_at) WHERE c.id = told.id
"""


def _content_row(key: ContentKey, known: KnownContent) -> dict[str, Any]:
    return {"seller_id": key[0], **known._asdict()}


def unknown_seller(external_id: str, seller_external_id: str, market: Market) -> Outcome:
    """The refusal of a draft about a seller that is not in the market."""
    reason = _("No seller %(seller)s in market %(code)s.") % {
        "seller": repr(seller_external_id),
        "code": market.code,
    }
    return Outcome(external_id, Result.REFUSED, None, "seller", reason)


def _said(draft: SellerDraft | ContentDraft) -> dict[str, Any]:
    return {name: value for name, value in vars(draft).items() if value not in (None, "")}


def _apply(draft: SellerDraft | ContentDraft, record: Record, created: set[int], changed: dict[int, Record]) -> Result:
    """Bring a record up to a draft. The first draft of one that was created now is what it was created from."""
    if record.pk in created:
        created.remove(record.pk)
        return Result.CREATED
    news = {name: value for name, value in _said(draft).items() if getattr(record, name) != value}
    if not news:
        return Result.PRESENT
    for name, value in news.items():
        setattr(record, name, value)
    changed[record.pk] = record
    return Result.CHANGED


def _update(model: type[Record], records: Collection[Record], fields: list[str]) -> None:
    """Write records that are there and locked, in one statement: an upsert is much faster than ``bulk_update``."""
    model._default_manager.bulk_create(
        sorted(records, key=lambda record: record.pk), update_conflicts=True, unique_fields=["id"], update_fields=fields
    )

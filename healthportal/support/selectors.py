"""Everything that a seller's page for staff shows, in as many queries for any seller."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from inbox.models import EmailDelivery
from kit.database.reading import read_together
from sellers.models import Seller
from violations.selectors import Explanation, explain
from workshops.models import Workshop
from workshops.selectors import open_workshops_for

from .cells import Reader, Table
from .emails import add_emails, address_table, addresses_of, emails_of, reads_of
from .sections import MESSAGES, Section, sections_for

OPEN_WORKSHOPS = 3


@dataclass(frozen=True)
class SellerFile:
    """What staff see of a seller as of a moment: where it stands, and the newest of everything that they may see.

    ``workshops`` are the nearest that the seller could sign up for.
    """

    explanation: Explanation
    tables: Sequence[Table]
    workshops: Sequence[Workshop]


def get_seller_file(*, seller: Seller, reader: Reader, as_of: datetime) -> SellerFile:
    """Read everything (3 queries, however much there is)."""
    sections = sections_for(reader)
    reads = [section.read(seller, as_of)[: section.shown + 1] for section in sections]
    addresses = addresses_of(seller)
    workshops = open_workshops_for(seller=seller, as_of=as_of)[:OPEN_WORKSHOPS]
    explanation = explain(seller=seller, as_of=as_of, now=as_of, beside=[*reads, *addresses, workshops])
    tables: list[Table] = []
    for section, read in zip(sections, reads, strict=True):
        tables += _tables(section, list(read), addresses, reader, as_of)
    return SellerFile(explanation, tables, list(workshops))


def _tables(
    section: Section, found: Sequence[Any], addresses: Sequence[QuerySet[Any, Any]], reader: Reader, now: datetime
) -> Iterator[Table]:
    """A section's table; below that of messages the one of the addresses that their emails go to."""
    if section is MESSAGES:
        _read_emails(found)
    yield Table(
        slug=section.slug,
        title=section.title,
        heads=section.heads,
        rows=[section.row(one, reader, now) for one in found[: section.shown]],
        empty=section.empty,
        all_of=section.model if section.listed and found else None,
        is_more=len(found) > section.shown,
        about=section.about,
    )
    if section is MESSAGES and reader.may_see(EmailDelivery):
        counted, unreachable = addresses
        yield address_table(counted, unreachable, reader)


def _read_emails(messages: Sequence[Any]) -> None:
    """Who read the messages that are shown, and what became of their emails (1 query)."""
    people, emails = reads_of(messages), emails_of(messages)
    read_together(people, emails)
    add_emails(messages, people, emails)

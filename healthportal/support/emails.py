"""Whether a seller's people get the emails: of each message, and at each address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from accounts.models import UnreachableAddress, User
from inbox.models import EmailDelivery, Message, MessageRead
from sellers.models import Seller

from .cells import Cell, Reader, Row, Table

LATEST_MESSAGES = 50
"""Of how many of a seller's newest messages the emails are counted."""

STATES = EmailDelivery.State

SHOWN_STATES = [STATES.SENT, STATES.PENDING, STATES.DEAD, STATES.DROPPED]


@dataclass(frozen=True)
class EmailsOfMessage:
    """Who read a message, and what became of the emails that carry it."""

    readers: Sequence[str]
    states: Counter[str]

    @property
    def words(self) -> str:
        said = [f"{STATES(state).label}: {self.states[state]}" for state in STATES.values if self.states[state]]
        return "; ".join(said) or _("none")


def reads_of(messages: Sequence[Message]) -> QuerySet[Any, Any]:
    reads = MessageRead.objects.filter(message__in=[one.pk for one in messages]).select_related("user")
    return reads.order_by("read_at", "pk")


def emails_of(messages: Sequence[Message]) -> QuerySet[Any, Any]:
    deliveries = EmailDelivery.objects.filter(message__in=[one.pk for one in messages]).order_by()
    return deliveries.values_list("message", "state").annotate(count=Count("pk"))


def add_emails(messages: Sequence[Any], reads: Iterable[MessageRead], emails: Iterable[tuple[int, str, int]]) -> None:
    """Give each message its ``emails`` (no query)."""
    counted = [(message, Counter({state: count})) for message, state, count in emails]
    for one in messages:
        readers = [str(read.user) for read in reads if read.message_id == one.pk]
        one.emails = EmailsOfMessage(readers, sum((found for pk, found in counted if pk == one.pk), Counter()))


def addresses_of(seller: Seller) -> tuple[QuerySet[Any, Any], QuerySet[Any, Any]]:
    """The emails of a seller's newest messages by address and state, and those of its members' that are unreachable."""
    latest = Message.objects.filter(seller=seller).values("pk")[:LATEST_MESSAGES]
    emails = EmailDelivery.objects.filter(message__in=latest).order_by("user__email")
    counted = emails.values_list("user__email", "state").annotate(count=Count("pk"))
    people = User.objects.filter(memberships__seller=seller).values("email")
    return counted, UnreachableAddress.objects.filter(email__in=people).order_by("email")


def address_table(
    counted: Iterable[tuple[str, str, int]], unreachable: Iterable[UnreachableAddress], reader: Reader
) -> Table:
    """A row for each address: how many emails are in which state, and what came back from it."""
    by_address: dict[str, Counter[str]] = {}
    for email, state, count in counted:
        by_address.setdefault(email, Counter())[state] += count
    back = {one.email: one for one in unreachable}
    emails = sorted(by_address.keys() | back.keys())
    return Table(
        slug="addresses",
        title=_("Emails by address"),
        heads=[_("Email address"), *(state.label for state in SHOWN_STATES), _("Came back")],
        rows=[_address_row(email, by_address.get(email, Counter()), back.get(email), reader) for email in emails],
        empty=_("No email carried a message yet."),
        about=_("Of the newest %(count)s messages.") % {"count": LATEST_MESSAGES},
    )


def _address_row(email: str, states: Counter[str], back: UnreachableAddress | None, reader: Reader) -> Row:
    return [Cell(email), *(Cell(str(states[state])) for state in SHOWN_STATES), _returned(back, reader)]


def _returned(one: UnreachableAddress | None, reader: Reader) -> Cell:
    if one is None:
        return Cell(_("Nothing"))
    if one.since is None:
        return reader.link(one, _("Could not be taken for a while"), quiet=one.said)
    return reader.link(one, one.get_reason_display(), quiet=one.said)

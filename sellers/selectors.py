"""Who may act for whom: people for sellers, and the marketplace's systems for a market; and who did what."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import UnreachableAddress, User
from kit.database.prepared_reads import PreparedRead, id_parameter

from . import rules
from .models import (
    ApiToken,
    Brand,
    Invitation,
    InvitationQuerySet,
    Market,
    Member,
    MemberUpload,
    MemberUploadLine,
    Seller,
    SellerQuerySet,
)


def sellers_of(user: User) -> SellerQuerySet:
    """The sellers that a person may act for, by name."""
    return Seller.objects.for_member(user).select_related("market__brand")


_sellers_of_person = PreparedRead(lambda: sellers_of(id_parameter("person")))


def read_sellers_of(user: User) -> list[Seller]:
    """The same, for every page: from the primary, so that who was removed acts for nobody at once (1 query)."""
    return _sellers_of_person.read(using=DEFAULT_DB_ALIAS, person=user.pk)


def only_market() -> Market | None:
    """The market of a portal that has one, with its brand; none if it has several, or none yet."""
    markets = Market.objects.select_related("brand").order_by("pk")[:2]
    return markets[0] if len(markets) == 1 else None


def senders() -> tuple[tuple[int, str, str], ...]:
    """From whom emails and calendar files are, by market: its id, the sender and the name of its brand."""
    return tuple(Brand.objects.order_by("market").values_list("market", "sender_name", "name"))


def members_of(seller: Seller) -> QuerySet[Member]:
    """The members of a seller with their people, and ``is_unreached`` by emails; those who came first first."""
    came_back = UnreachableAddress.objects.filter(email=OuterRef("user__email"), since__isnull=False)
    members = Member.objects.filter(seller=seller).annotate(is_unreached=Exists(came_back))
    return members.select_related("user").order_by("created_at", "pk")


def open_invitations(seller: Seller) -> InvitationQuerySet:
    """A seller's invitations that nobody accepted or withdrew, the latest first; some may have expired."""
    return seller.invitations.open().select_related("invited_by").order_by("-sent_at", "-pk")


def find_invitation(secret: str, *, as_of: datetime) -> Invitation | None:
    """The invitation with this secret, if it can be accepted at that moment."""
    usable = Invitation.objects.open().filter(expires_at__gt=as_of)
    found = usable.filter(secret_hash=Invitation.hash_of(secret))
    return found.select_related("seller__market", "invited_by").first()


def find_token(secret: str, *, as_of: datetime) -> ApiToken | None:
    """The API token with this secret, with its market; none if there is none, it is revoked, or it expired by then."""
    tokens = tokens_in_use(as_of=as_of).filter(secret_hash=ApiToken.hash_of(secret))
    return tokens.select_related("market").first()


def tokens_in_use(*, as_of: datetime) -> QuerySet[ApiToken]:
    """The API tokens that are neither revoked nor expired at a moment."""
    return ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=as_of), revoked_at=None)


def tokens_expiring(*, as_of: datetime) -> QuerySet[ApiToken]:
    """Those in use that expire soon, or expired lately and were not revoked: whoever calls with them needs others."""
    soon = Q(expires_at__gt=as_of - rules.TOKEN_REMINDER, expires_at__lte=as_of + rules.TOKEN_REMINDER)
    return ApiToken.objects.filter(soon, revoked_at=None)


class Outcomes(Counter[str]):
    """How many lines of an upload of members have which outcome."""

    @property
    def to_send(self) -> int:
        """People who would be invited."""
        return self[MemberUploadLine.Outcome.INVITE] + self[MemberUploadLine.Outcome.AGAIN]

    @property
    def shown(self) -> list[tuple[str, int]]:
        """Each outcome in words, those of no line too."""
        return [(str(outcome.label), self[outcome.value]) for outcome in MemberUploadLine.Outcome]


def outcomes_of(upload: MemberUpload) -> Outcomes:
    """What becomes, or became, of the lines of an upload (1 query)."""
    counted = upload.lines.order_by().values_list("outcome").annotate(count=Count("pk"))
    return Outcomes(dict(counted))

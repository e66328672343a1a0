"""The links by which somebody leaves emails of a kind, without signing in (RFC 8058)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import User
from sellers.models import Member

from .models import Digest, EmailDelivery, Message, Unsubscription

SIGNER = signing.Signer(salt="inbox.unsubscribe")  # without the time: the same email has the same link


@dataclass(frozen=True)
class SubscriptionLinks:
    """Absolute addresses: where a member chooses, and where one unsubscribes (empty for kinds that are always sent)."""

    choose: str
    unsubscribe: str


@dataclass(frozen=True)
class Subscription:
    """One kind of emails to one member."""

    member: Member
    kind: Message.Kind


def subscription_links(delivery: EmailDelivery) -> SubscriptionLinks:
    """The links of an email."""
    message = delivery.message
    return _links(message.seller_id, delivery.user_id, message.kind, settings.BASE_URL)


@lru_cache(maxsize=8)  # an email asks more than once
def _links(seller_id: int, user_id: int, kind: str, base_url: str) -> SubscriptionLinks:
    choose = base_url + reverse("inbox:emails", kwargs={"seller_id": seller_id})
    if kind not in Unsubscription.KINDS:
        return SubscriptionLinks(choose=choose, unsubscribe="")
    token = SIGNER.sign_object([seller_id, user_id, kind])
    return SubscriptionLinks(choose=choose, unsubscribe=base_url + reverse("unsubscribe", kwargs={"token": token}))


def read_token(token: str) -> Subscription | None:
    """What the token of a link is about; ``None`` if it is not ours, or the person acts for the seller no longer."""
    try:
        seller_id, user_id, kind = SIGNER.unsign_object(token)
    except signing.BadSignature:
        return None
    member = Member.objects.select_related("seller", "user").filter(seller_id=seller_id, user_id=user_id).first()
    return Subscription(member=member, kind=Message.Kind(kind)) if member else None


DIGEST_SIGNER = signing.Signer(salt="inbox.digest")


def digest_links(digest: Digest, *, seller_id: int) -> SubscriptionLinks:
    """The links of a weekly digest: where to choose for one of its sellers, and where to leave it for all of them."""
    choose = settings.BASE_URL + reverse("inbox:emails", kwargs={"seller_id": seller_id})
    leave = reverse("leave_digest", kwargs={"token": DIGEST_SIGNER.sign_object([digest.user_id])})
    return SubscriptionLinks(choose=choose, unsubscribe=settings.BASE_URL + leave)


def whose_digest(token: str) -> User | None:
    """The person whose digest the token of a link is about; ``None`` if it is not ours, or they cannot sign in."""
    try:
        (user_id,) = DIGEST_SIGNER.unsign_object(token)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=user_id, is_active=True).first()

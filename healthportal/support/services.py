"""Viewing as a seller, and telling the seller where its market wants that."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from sellers.models import Seller, SellerViewing
from sellers.services import begin_viewing, keep_books_open


@transaction.atomic
def view_as_seller(*, seller: Seller, reason: str, now: datetime, viewed_by: User) -> SellerViewing:
    """Let somebody of the staff look at a seller's pages, as ``begin_viewing`` does, and tell the seller.

    Raises what ``begin_viewing`` raises.
    """
    tells = seller.market.tells_of_viewings
    if tells:
        keep_books_open(market_ids=[seller.market_id])
    viewing = begin_viewing(seller=seller, reason=reason, now=now, begun_by=viewed_by)
    if tells:
        draft = MessageDraft(
            seller_id=seller.pk,
            kind=Message.Kind.NOTICE,
            template=Message.Template.VIEWED_BY_STAFF,
            about_kind="viewing",
            about_id=viewing.pk,
            data={"began_at": now.isoformat()},
        )
        post_messages(market=seller.market, drafts=[draft], now=now)
    return viewing

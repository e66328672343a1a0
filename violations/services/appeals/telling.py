"""Telling a seller what became of an appeal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from sellers.models import Seller

from ...models import Appeal
from ..concerns import concern_of


def tell(
    seller: Seller, appeal: Appeal, *, template: Message.Template, facts: Mapping[str, object], now: datetime
) -> None:
    """Post a message about an appeal, with what every message about one says."""
    draft = MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.APPEAL,
        template=template,
        about_kind="appeal",
        about_id=appeal.pk,
        data={"policy": str(appeal.violation.policy), "number": appeal.reference, **_label(appeal), **facts},
        concerns=concern_of(appeal.violation),
    )
    post_messages(market=seller.market, drafts=[draft], now=now)


def _label(appeal: Appeal) -> dict[str, str]:
    """What the reason of a decision is called, if it has one that decisions are counted by."""
    return {"label": appeal.reason_label} if appeal.reason_label else {}

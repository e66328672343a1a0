"""The API for messages to sellers (docs/api.md). Parses items; the service posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from kit.api.batches import BATCH_RESPONSES, answer_batch, batch_body
from kit.api.items import Item, Problem
from kit.api.values import Choice, Id, Text, length_of
from kit.texts.limits import BODY
from kit.texts.validators import language_fault
from sellers.models import Content, Seller
from sellers.token_auth import ApiRequest

from .models import Message
from .services import NoticeDraft, post_notices

router = Router(tags=["Messages"])


class Language(Text):
    """The tag of a language."""

    def fault(self, text: str) -> str:
        return super().fault(text) or language_fault(text)


class MessageItem(Item):
    external_id: Annotated[str, Id(length_of(Message, "external_id"))]
    seller: Annotated[str, Id(length_of(Seller, "external_id"))]
    subject: Annotated[str, Text(length_of(Message, "notice_subject"))]
    body: Annotated[str, Text(BODY, multiline=True)]
    language: Annotated[str, Language(length_of(Message, "notice_language"))] = ""
    content_kind: Annotated[str, Choice(choices=Content.Kind.values)] = ""
    content_id: Annotated[str, Id(length_of(Content, "external_id"))] = ""

    @classmethod
    def problems_between(cls, given: Mapping[str, object]) -> Iterator[Problem]:
        """Content is named by both, or not at all."""
        absent = {"content_kind", "content_id"} - given.keys()
        if len(absent) == 1:
            yield Problem(absent.pop(), _("Content needs its kind and id."))


def notice_draft(values: Mapping[str, object]) -> NoticeDraft:
    """The message that an item describes. Raises ``BadRow``."""
    item = MessageItem.read(values)
    return NoticeDraft(
        external_id=item.external_id,
        seller_external_id=item.seller,
        subject=item.subject,
        body=item.body,
        content=(item.content_kind, item.content_id) if item.content_id else None,
        language=item.language,
    )


@router.post(
    "/messages",
    response=BATCH_RESPONSES,
    openapi_extra=batch_body(MessageItem),
    operation_id="post_messages",
    summary="Tell sellers something: in their inbox, and to each member by email",
)
def messages(request: ApiRequest) -> HttpResponse:
    """The external id makes it safe to send again: one seller gets one message under it."""
    return answer_batch(
        request,
        read=notice_draft,
        write=lambda drafts: post_notices(market=request.auth.market, drafts=drafts, now=timezone.now()),
    )

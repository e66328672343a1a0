"""The API for messages to sellers (docs/api.md). Parses items; the service posts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from kit.api.batches import BATCH_RESPONSES, answer_batch, batch_body
from kit.api.items import Column, RowReader, length_of
from kit.texts.limits import BODY
from sellers.models import Content, Seller
from sellers.token_auth import ApiRequest

from .models import LANGUAGE_TAG, Message
from .services import NoticeDraft, post_notices

router = Router(tags=["Messages"])

COLUMNS = (
    Column("external_id", kind="id", required=True, max_length=length_of(Message, "external_id")),
    Column("seller", kind="id", required=True, max_length=length_of(Seller, "external_id")),
    Column("subject", required=True, max_length=length_of(Message, "notice_subject")),
    Column("body", required=True, multiline=True, max_length=BODY),
    Column("language", max_length=length_of(Message, "notice_language")),
    Column("content_kind", kind="choice", choices=Content.Kind.values),
    Column("content_id", kind="id", max_length=length_of(Content, "external_id")),
)
FIELDS = {column.name: column for column in COLUMNS}


def notice_draft(values: Mapping[str, object]) -> NoticeDraft:
    """The message that an item describes. Raises ``BadRow``."""
    row = RowReader(values, FIELDS)
    kind, content_id = row.choice("content_kind"), row.text("content_id")
    if row.holds("content_kind") != row.holds("content_id"):
        row.refuse("content_id" if row.holds("content_kind") else "content_kind", _("Content needs its kind and id."))
    language = row.text("language")
    if language and not re.fullmatch(LANGUAGE_TAG, language):
        row.refuse("language", _("Not a language tag, such as en, th or pt-BR."))
    draft = NoticeDraft(
        external_id=row.text("external_id"),
        seller_external_id=row.text("seller"),
        subject=row.text("subject"),
        body=row.text("body"),
        content=(kind, content_id) if content_id else None,
        language=language,
    )
    row.check()
    return draft


@router.post(
    "/messages",
    response=BATCH_RESPONSES,
    openapi_extra=batch_body(COLUMNS),
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

"""The API for sellers and their content (docs/api.md). Parses items; the services write."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.utils import timezone
from ninja import Router

from kit.api.batches import BATCH_RESPONSES, answer_batch, batch_body
from kit.api.items import Column, RowReader, length_of

from .models import Content, Seller
from .services import ContentDraft, SellerDraft, put_content, put_sellers
from .token_auth import ApiRequest

router = Router(tags=["Sellers"])

SELLER_COLUMNS = (
    Column("external_id", kind="id", required=True, max_length=length_of(Seller, "external_id")),
    Column("name", required=True, max_length=length_of(Seller, "name")),
    Column("kind", kind="choice", choices=Seller.Kind.values),
    Column("city", max_length=length_of(Seller, "city")),
    Column("signed_up_to_sell", kind="truth"),
)
CONTENT_COLUMNS = (
    Column("external_id", kind="id", required=True, max_length=length_of(Content, "external_id")),
    Column("seller", kind="id", required=True, max_length=length_of(Seller, "external_id")),
    Column("kind", required=True, kind="choice", choices=Content.Kind.values),
    Column("title", required=True, max_length=length_of(Content, "title")),
    Column("url", kind="address", max_length=length_of(Content, "url")),
    Column("published_at", kind="moment"),
)
SELLER_FIELDS = {column.name: column for column in SELLER_COLUMNS}
CONTENT_FIELDS = {column.name: column for column in CONTENT_COLUMNS}


def seller_draft(values: Mapping[str, object]) -> SellerDraft:
    """The seller that an item describes. Raises ``BadRow``."""
    row = RowReader(values, SELLER_FIELDS)
    draft = SellerDraft(
        external_id=row.text("external_id"),
        name=row.text("name"),
        kind=row.choice("kind"),
        city=row.text("city"),
        signed_up_to_sell=row.truth("signed_up_to_sell"),
    )
    row.check()
    return draft


def content_draft(values: Mapping[str, object]) -> tuple[str, ContentDraft]:
    """The external id of the seller that an item names, and the content it describes. Raises ``BadRow``."""
    row = RowReader(values, CONTENT_FIELDS)
    draft = ContentDraft(
        external_id=row.text("external_id"),
        kind=row.choice("kind"),
        title=row.text("title"),
        url=row.address("url"),
        published_at=row.moment("published_at"),
    )
    seller = row.text("seller")
    row.check()
    return seller, draft


@router.put(
    "/sellers",
    response=BATCH_RESPONSES,
    openapi_extra=batch_body(SELLER_COLUMNS),
    operation_id="put_sellers",
    summary="Provision sellers, and bring those that are there up to date",
)
def sellers(request: ApiRequest) -> HttpResponse:
    """What an item leaves out stays as it is; a new seller is a shop that is signed up to sell."""
    return answer_batch(
        request,
        read=seller_draft,
        write=lambda drafts: put_sellers(market=request.auth.market, drafts=drafts, now=timezone.now()),
    )


@router.put(
    "/content",
    response=BATCH_RESPONSES,
    openapi_extra=batch_body(CONTENT_COLUMNS),
    operation_id="put_content",
    summary="Add LIVEs, videos and listings, and bring those that are there up to date",
)
def content(request: ApiRequest) -> HttpResponse:
    """What an item leaves out stays as it is."""
    return answer_batch(
        request,
        read=content_draft,
        write=lambda drafts: put_content(market=request.auth.market, drafts=drafts, now=timezone.now()),
    )

"""The API for sellers and their content (docs/api.md). Parses items; the services write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Router

from kit.api.batches import BATCH_RESPONSES, answer_batch, batch_body
from kit.api.items import Item
from kit.api.values import Address, Boolean, Choice, Id, Moment, Text, length_of

from .items import MemberItem
from .models import Content, Seller
from .services import ContentDraft, SellerDraft, member_draft, put_content, put_members, put_sellers
from .token_auth import ApiRequest

router = Router(tags=["Sellers"])


class SellerItem(Item):
    external_id: Annotated[str, Id(length_of(Seller, "external_id"))]
    name: Annotated[str, Text(length_of(Seller, "name"))]
    kind: Annotated[str, Choice(choices=Seller.Kind.values)] = ""
    city: Annotated[str, Text(length_of(Seller, "city"), may_be_blank=True)] = ""
    signed_up_to_sell: Annotated[bool | None, Boolean()] = None


class ContentItem(Item):
    external_id: Annotated[str, Id(length_of(Content, "external_id"))]
    seller: Annotated[str, Id(length_of(Seller, "external_id"))]
    kind: Annotated[str, Choice(choices=Content.Kind.values)]
    title: Annotated[str, Text(length_of(Content, "title"))]
    url: Annotated[str, Address(length_of(Content, "url"))] = ""
    published_at: Annotated[datetime | None, Moment()] = None


def seller_draft(values: Mapping[str, object]) -> SellerDraft:
    """The seller that an item describes. Raises ``BadRow``."""
    return SellerDraft(**dict(SellerItem.read(values)))


def content_draft(values: Mapping[str, object]) -> tuple[str, ContentDraft]:
    """The external id of the seller that an item names, and the content it describes. Raises ``BadRow``."""
    said = dict(ContentItem.read(values))
    return said.pop("seller"), ContentDraft(**said)


@router.put(
    "/sellers",
    response=BATCH_RESPONSES,
    openapi_extra=batch_body(SellerItem),
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
    openapi_extra=batch_body(ContentItem),
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


@router.put(
    "/members",
    response=BATCH_RESPONSES,
    openapi_extra=batch_body(MemberItem),
    operation_id="put_members",
    summary="Invite people by email to act for sellers",
)
def members(request: ApiRequest) -> HttpResponse:
    """Each gets an email with a link that is good for a week. Who is a member, or was invited, is there already."""
    return answer_batch(
        request,
        read=member_draft,
        write=lambda drafts: put_members(market=request.auth.market, drafts=drafts, now=timezone.now()),
    )

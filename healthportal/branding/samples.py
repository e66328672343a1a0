"""Something to look at in a brand: what sellers would see, made by what makes the real thing. Nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.languages import spoken
from kit.addresses import portal_url
from kit.emails.templates import render_email
from sellers.brands import brand_of, reply_headers, sender_of
from sellers.models import Brand, Market
from workshops.certificate_documents import certificate_pdf
from workshops.models import Certificate, Signup, Workshop

MADE_AT = datetime(2026, 1, 15, 9, tzinfo=UTC)


def market_in(brand: Brand) -> Market:
    """The brand's market as it would be with that brand."""
    market = Market.objects.get(pk=brand.market_id)
    market.brand = brand
    return market


def sample_email(market: Market) -> str:
    """The HTML of an email to a seller of the market, which says from whom it would be."""
    with translation.override(spoken(market.language)):
        return render_email("message.html", _email_context(market))


def _email_context(market: Market) -> dict[str, Any]:
    page = portal_url("/")
    facts = {"sender": sender_of(market), "reply": reply_headers(market).get("Reply-To") or sender_of(market)}
    said = _("This email comes from `%(sender)s`, and an answer goes to `%(reply)s`. It has a [link](%(page)s).")
    message = SimpleNamespace(
        subject=_("An email to a seller"),
        seller=_("A shop"),
        lead=said % {**facts, "page": page},
        action=_("Open it in the portal"),
        notice_language="",
    )
    return {
        "message": message,
        "said": message.lead,
        "brand": brand_of(market),
        "link": page,
        "links": {"choose": page, "unsubscribe": page},
    }


def sample_document(market: Market) -> bytes:
    """A certificate as a PDF."""
    with translation.override(spoken(market.language)), timezone.override(market.zone):
        workshop = Workshop(
            market=market, time_zone=market.time_zone, language=market.language,
            starts_at=MADE_AT, ends_at=MADE_AT + timedelta(hours=2),
        )  # fmt: skip
        return certificate_pdf(
            Certificate(
                signup=Signup(workshop=workshop), title=_("A workshop"), name=_("Somebody who was there"),
                place=market.name, code="ABCDEFGH23456789", issued_at=MADE_AT,
            )
        )  # fmt: skip

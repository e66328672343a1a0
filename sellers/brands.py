"""How the portal looks to somebody: in the brand of a market, or in its own look where there is none.

A page about a seller, or with a seller's menu, has the brand of the seller's market. Pages for visitors have the
portal's own look, or if there is one market only, that market's.
"""

from __future__ import annotations

from base64 import b64encode
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from kit.brands import EmailColours, ShownBrand, ShownLogo
from kit.colours import BLACK, WHITE, mixed

from .models import Brand, BrandLogo, Market
from .palettes import palette_of
from .stylesheets import style_address


def brand_of(market: Market | None) -> ShownBrand:
    """The brand that sellers of a market see; the portal's own look if it has none."""
    brand = stored_brand(market)
    return shown_brand(brand) if brand is not None else ShownBrand(portal_name())


def stored_brand(market: Market | None) -> Brand | None:
    """One query, unless it was read with the market (``market__brand``)."""
    return getattr(market, "brand", None)


def portal_name() -> str:
    """What the portal is called where no brand says otherwise."""
    return _("Account health")


def shown_brand(brand: Brand) -> ShownBrand:
    has_colours = bool(brand.accent)
    return ShownBrand(
        name=brand.name or portal_name(),
        is_own=True,
        logo=_shown_logo(brand),
        style=style_address(brand.accent, brand.accent_dark) if has_colours else "",
        support=brand.support_url,
        footer=brand.footer,
        email=_email_colours(brand.accent, brand.accent_dark) if has_colours else EmailColours(),
    )


def _shown_logo(brand: Brand) -> ShownLogo | None:
    """One that is not kept yet, of a preview, is its own address."""
    if brand.logo_id is None:
        return None
    unkept = "logo" in brand._state.fields_cache and brand.logo is not None and brand.logo._state.adding
    address = _data_address(brand.logo) if unkept else reverse("sellers:brand_logo", args=[brand.logo_id])
    return ShownLogo(address, brand.logo_width, brand.logo_height)


def _data_address(logo: BrandLogo | None) -> str:
    return f"data:image/png;base64,{b64encode(logo.content).decode()}" if logo is not None else ""


@lru_cache(maxsize=200)  # each email of a brand has them
def _email_colours(accent: str, accent_dark: str) -> EmailColours:
    palette = palette_of(accent, accent_dark)
    light, dark = palette.light, palette.dark
    return EmailColours(
        link=light.accent,
        button=light.accent,
        button_line=mixed(light.accent, WHITE, 0.4),
        bar=mixed(light.accent, WHITE, 0.5),
        dark_link=dark.accent,
        dark_button=dark.accent,
        dark_on_button=dark.on,
        dark_bar=mixed(dark.accent, BLACK, 0.5),
    )


# --- From whom emails come


def sender_of(market: Market | None) -> str:
    """The sender of emails about sellers of a market, with the portal's own address: its domain vouches for it."""
    brand = stored_brand(market)
    name = (brand.sender_name or brand.name) if brand is not None else ""
    if not name:
        return settings.DEFAULT_FROM_EMAIL
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}>'


def reply_headers(market: Market | None) -> dict[str, str]:
    """The header that says where an answer goes, if a brand says so."""
    brand = stored_brand(market)
    return {"Reply-To": brand.reply_to} if brand is not None and brand.reply_to else {}


# --- On paper


def paper_brand(market: Market | None) -> dict[str, Any]:
    """What a document (``kit.documents``) needs of a brand; empty where the portal's own look is meant."""
    brand = stored_brand(market)
    if brand is None:
        return {}
    logo = brand.logo
    return {
        "name": brand.name or portal_name(),
        "accent": brand.accent,
        "footer": brand.footer,
        "logo": list(bytes(logo.content)) if logo is not None else [],
    }

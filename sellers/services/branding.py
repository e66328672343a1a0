"""What the sellers of a market see of the marketplace: its name, logo and colours, and from whom emails come."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.services import Actor, record
from audit.snapshots import snapshot
from kit.colours import TEXT_CONTRAST
from kit.documents.pictures import NoPicture, NotAPicture, Picture, picture_of
from kit.outcomes import Refused

from .. import brand_wording, palettes
from ..models import LOGO_HEIGHT, LOGO_WIDTH, Brand, BrandLogo, Market
from .guards import refuse_beyond_scope
from .markets import refuse_invalid

MAX_SENT_BYTES = 1_000_000
"""Of a logo as it is sent: it is shown a few lines high."""


@dataclass(frozen=True)
class BrandDraft:
    """A brand that nobody sees yet, with its logo made anew; both can be shown."""

    brand: Brand
    logo: BrandLogo | None


@transaction.atomic
def set_brand(
    *,
    market: Market,
    changes: Mapping[str, str],
    set_by: Actor,
    now: datetime,
    logo: bytes | None = None,
    removes_logo: bool = False,
) -> Brand:
    """Give a market a brand, or change some fields of the one that it has.

    ``logo`` is a picture as it was sent. Without one the logo stays, unless it is removed. An empty colour for the dark
    becomes the nearest shade of the light one that can be read there.

    Raises ``Refused``, naming the field:

    - for a colour in which nobody could read (WCAG 2.2, 1.4.3)
    - for what is no logo
    - for a value that does not fit

    Raises ``BeyondScope`` to staff who do not work for the market.
    """
    refuse_beyond_scope(person=set_by, market_id=market.pk)
    brand = Brand.objects.select_for_update(no_key=True).filter(market=market).first()
    before = snapshot(brand)
    draft = draft_brand(brand or Brand(market=market), changes=changes, logo=logo, removes_logo=removes_logo)
    if draft.logo is not None:
        BrandLogo.objects.bulk_create([draft.logo], ignore_conflicts=True)
    draft.brand.save()
    record(by=set_by, action="change" if brand else "add", about=draft.brand, before=before, now=now)
    return draft.brand


def draft_brand(
    brand: Brand, *, changes: Mapping[str, str], logo: bytes | None = None, removes_logo: bool = False
) -> BrandDraft:
    """A brand as it would be. Writes nothing; raises ``Refused`` as ``set_brand`` does."""
    for name in Brand.TEXTS:
        if name in changes:
            setattr(brand, name, changes[name].strip())
    brand.accent, brand.accent_dark = brand.accent.lower(), brand.accent_dark.lower()
    refuse_invalid(brand, Brand.TEXTS)
    _settle_colours(brand)
    found = _logo_of(logo) if logo is not None else None
    if found is not None:
        picture, kept = found
        brand.logo, brand.logo_width, brand.logo_height = kept, picture.width, picture.height
    elif removes_logo:
        brand.logo, brand.logo_width, brand.logo_height = None, 0, 0
    return BrandDraft(brand, found[1] if found else None)


def _settle_colours(brand: Brand) -> None:
    """Both colours or none; each can be read where it stands."""
    if not brand.accent:
        if brand.accent_dark:
            raise Refused(brand_wording.no_colour_without_the_light_one(), field="accent")
        return
    if (ratio := palettes.light_contrast(brand.accent)) < TEXT_CONTRAST:
        nearest = palettes.nearest_light(brand.accent)
        raise Refused(brand_wording.too_pale(brand.accent, ratio=ratio, nearest=nearest), field="accent")
    if not brand.accent_dark:
        brand.accent_dark = palettes.nearest_dark(brand.accent)
    if (ratio := palettes.dark_contrast(brand.accent_dark)) < TEXT_CONTRAST:
        nearest = palettes.nearest_dark(brand.accent_dark)
        raise Refused(brand_wording.too_dark(brand.accent_dark, ratio=ratio, nearest=nearest), field="accent_dark")


def _logo_of(sent: bytes) -> tuple[Picture, BrandLogo]:
    """The logo that some bytes are, made anew in the size in which it is kept."""
    try:
        if len(sent) > MAX_SENT_BYTES:
            raise NotAPicture(NoPicture.TOO_LARGE)
        picture = picture_of(sent, within=(LOGO_WIDTH, LOGO_HEIGHT), as_kind="PNG")
    except NotAPicture as why:
        raise Refused(brand_wording.no_logo(why.reason), field="picture") from None
    digest = hashlib.sha256(picture.content).hexdigest()[:32]
    return picture, BrandLogo(digest=digest, content=picture.content)

"""Brands: what is taken, who sees which, and what stays as it was."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar
from PIL import Image
from pypdf import PdfReader

from audit.models import AuditEntry
from inbox.delivery import compose
from inbox.digests import compose_digest
from inbox.models import Digest, EmailDelivery, Message
from inbox.services import MessageDraft, post_messages, unsubscribe
from kit.colours import TEXT_CONTRAST, contrast, mixed
from kit.emails.encoding import as_bytes
from kit.outcomes import Refused
from sellers import palettes
from sellers.brands import brand_of, paper_brand, sender_of
from sellers.models import Brand, BrandLogo, Market, Seller
from sellers.services import set_brand
from sellers.stylesheets import style_address
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.pages import signed_in_seller
from tests.quizzes.test_pictures import MOVING, claiming, image
from tests.sellers.branding import a_logo, brand
from tests.violations.test_documents import made, read
from tests.workshops.test_feedback import been
from workshops.calendars import workshop_file
from workshops.certificate_documents import certificate_pdf
from workshops.services import issue_certificate

pytestmark = pytest.mark.django_db

PLUM, PINK = "#7a1f5c", "#f0a4d8"
colours = st.integers(min_value=0, max_value=0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.fixture
def market() -> Market:
    found: Market = MarketFactory(books_closed_until=LONG_AGO)
    return found


# --- Colours


@pytest.mark.django_db(False)
@given(colours)
@example("#ffffff")
@example("#000000")
@example("#ffcc00")
def test_the_nearest_shade_can_be_read_and_is_the_colour_itself_where_that_can(colour: str) -> None:
    light, dark = palettes.nearest_light(colour), palettes.nearest_dark(colour)
    assert palettes.light_contrast(light) >= TEXT_CONTRAST
    assert palettes.dark_contrast(dark) >= TEXT_CONTRAST
    assert (light == colour) == (palettes.light_contrast(colour) >= TEXT_CONTRAST)
    assert (dark == colour) == (palettes.dark_contrast(colour) >= TEXT_CONTRAST)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == 21
    assert contrast("#777777", "#777777") == 1
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"


def test_the_surfaces_are_those_of_the_style_sheet_and_of_emails() -> None:
    portal = Path("kit/pages/static/portal/portal.css").read_text()
    email = "".join(Path(f"templates/emails/{name}").read_text() for name in ("style.css", "base.html.jinja"))
    short = {"#fff": "#ffffff"}
    for name in ("paper", "surface", "sunk", "raised"):
        found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", portal)
        assert found, name
        assert short.get(found[1], found[1]) in palettes.LIGHT_SURFACES
        assert found[2] in palettes.DARK_SURFACES
    assert f"--ink-soft: light-dark({palettes.QUIET_LIGHT}, {palettes.QUIET_DARK})" in portal
    for sheet in re.findall(r"\.sheet \{[^}]*background: (#\w+)", email):
        assert sheet in palettes.LIGHT_SURFACES + palettes.DARK_SURFACES


def test_the_admin_has_the_tokens_of_the_portal() -> None:
    portal, admin = (Path(f"kit/pages/static/portal/{name}.css").read_text() for name in ("portal", "admin"))
    tokens = re.findall(r"^  (--[a-z-]+: (?:light-dark\(#|-apple)[^;]*;)$", admin, re.MULTILINE)
    assert len(tokens) == 14
    assert [token for token in tokens if token not in portal] == []


def test_colour_that_cannot_be_read_is_refused_with_its_ratio_and_the_nearest_that_can(market: Market) -> None:
    with pytest.raises(Refused, match=r"#ffcc00 has a contrast of 1\.3 : 1 .* 4\.5 : 1\. .* is #[0-9a-f]{6}\.") as why:
        brand(market, accent="#FFCC00")
    assert why.value.field == "accent"
    nearest = re.search(r"is (#\w+)\.$", str(why.value))
    assert nearest
    assert brand(market, accent=nearest[1]).accent == nearest[1]


def test_colour_of_the_dark_is_the_nearest_that_can_be_read_there_or_is_refused(market: Market) -> None:
    assert brand(market, accent=PLUM).accent_dark == palettes.nearest_dark(PLUM) != PLUM
    with pytest.raises(Refused, match="On dark pages #7a1f5c has a contrast of") as why:
        brand(market, accent=PLUM, accent_dark=PLUM)
    assert why.value.field == "accent_dark"
    with pytest.raises(Refused, match="light pages too"):
        brand(market, accent="", accent_dark=PINK)


@pytest.mark.parametrize("text", ["red", "#12345", "#1234567", "#12345g", "url(#a)", "#123456;color:red"])
def test_what_is_no_colour_is_refused(market: Market, text: str) -> None:
    with pytest.raises(Refused) as why:
        brand(market, accent=text)
    assert why.value.field == "accent"


# --- Logos


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_logo_is_made_anew_as_a_small_png(market: Market, kind: str) -> None:
    found = brand(market, logo=a_logo(kind) + b"<script>alert(1)</script>")
    assert (found.logo_width, found.logo_height) == (384, 96)
    assert found.logo is not None
    content = bytes(found.logo.content)
    assert b"script" not in content
    with Image.open(BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (384, 96))


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"", "is empty"),
        (b"x" * 1_000_001, "larger than 1 MB"),
        (claiming(20_000, 20_000), "more pixels"),
        (image("GIF"), "no PNG"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "no PNG"),
        (MOVING.getvalue(), "moves"),
        (a_logo()[:-200], "cut off"),
    ],
)
def test_what_is_no_logo_is_refused_for_its_reason(market: Market, sent: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        brand(market, name="Glow", logo=sent)
    assert refused.value.field == "picture"
    assert not Brand.objects.exists()


def test_logo_stays_unless_it_is_removed_and_emails_that_left_still_show_it(market: Market, client: Client) -> None:
    first = brand(market, logo=a_logo())
    address = reverse("sellers:brand_logo", args=[first.logo_id])
    assert brand(market, name="Glow").logo_id == first.logo_id
    assert brand(market, removes_logo=True).logo is None
    assert client.get(address).status_code == 200
    other: Market = MarketFactory()
    assert brand(other, logo=a_logo()).logo_id == first.logo_id
    assert BrandLogo.objects.count() == 1


# --- What is kept


def test_brand_and_its_changes_are_in_the_trail(market: Market) -> None:
    by = UserFactory(is_staff=True)
    for changes in ({"name": "Glow"}, {"name": "Glow Market", "footer": "Glow Ltd"}):
        set_brand(market=market, changes=changes, set_by=by, now=NOW)
    change, add = AuditEntry.objects.filter(kind="sellers.brand", person=by)
    assert (add.action, change.action) == ("add", "change")
    assert {"field": "name", "from": "Glow", "to": "Glow Market"} in change.changes


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "A\nBcc: eve@example.com"}, "name"),
        ({"sender_name": "A\r\nBcc: eve@example.com"}, "sender_name"),
        ({"sender_name": "A\x00B"}, "sender_name"),
        ({"reply_to": "a@example.com\nBcc: eve@example.com"}, "reply_to"),
        ({"reply_to": "a@example.com, eve@example.com"}, "reply_to"),
        ({"support_url": "javascript:alert(1)"}, "support_url"),
        ({"footer": "a\nb"}, "footer"),
        ({"name": "x" * 41}, "name"),
    ],
)
def test_hostile_values_are_refused(market: Market, changes: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as why:
        brand(market, **changes)
    assert why.value.field == field


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"accent": PLUM}, "brand_colours_are_two"),
        ({"accent": "red", "accent_dark": PINK}, "brand_colours_are_two"),
        ({"logo_width": 3}, "brand_logo_has_its_size"),
        ({"name": "\u200b"}, "brand_name_can_be_seen"),
        ({"sender_name": " "}, "brand_sender_can_be_seen"),
    ],
)
def test_the_database_refuses_what_no_form_lets_through(market: Market, values: dict[str, Any], rule: str) -> None:
    brand(market, name="Glow")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Brand.objects.update(**values)


def test_the_database_refuses_a_logo_that_is_large_and_a_second_brand(market: Market) -> None:
    with pytest.raises(IntegrityError, match="brand_logo_is_small"), transaction.atomic():
        BrandLogo.objects.create(digest="x", content=b"x" * 200_001)
    brand(market, name="Glow")
    with pytest.raises(IntegrityError, match="market_id"), transaction.atomic():
        Brand.objects.create(market=market)


# --- Pages


def page_of(client: Client, seller: Seller) -> str:
    return client.get(seller.get_absolute_url()).text


def test_without_a_brand_nothing_changes(client: Client) -> None:
    page = page_of(client, signed_in_seller(client))
    assert "/brand/" not in page
    assert "<span>Account <b>health</b></span>" in page
    assert "· Account health</title>" in page


def test_pages_of_a_seller_are_in_the_brand_of_its_market(client: Client) -> None:
    seller = signed_in_seller(client)
    told = brand(
        seller.market,
        name="Glow & Co",
        accent=PLUM,
        support_url="https://help.example/",
        footer="Glow Ltd",
        logo=a_logo(),
    )
    page = page_of(client, seller)
    assert "· Glow &amp; Co</title>" in page
    assert f'<link rel="stylesheet" href="{style_address(PLUM, told.accent_dark)}">' in page
    assert f'src="{reverse("sellers:brand_logo", args=[told.logo_id])}" width="384" height="96"' in page
    assert '<a href="https://help.example/" rel="noreferrer">Support</a>' in page
    assert "<bdi>Glow Ltd</bdi>" in page


def test_pages_that_are_kept_are_drawn_anew_when_the_brand_is_another(client: Client) -> None:
    seller = signed_in_seller(client)
    for name in ("Glow", "Shine"):
        brand(seller.market, name=name)
        assert f"· {name}</title>" in page_of(client, seller)
        assert f"<bdi>{name}</bdi>" in page_of(client, seller)
    Brand.objects.all().delete()
    assert "· Account health</title>" in page_of(client, seller)


def test_a_person_with_sellers_of_two_markets_sees_each_in_its_own(client: Client) -> None:
    one = signed_in_seller(client)
    other: Seller = MemberFactory(user=one.members.get().user).seller
    assert one.market_id != other.market_id
    brand(one.market, name="Glow")
    brand(other.market, name="Shine")
    assert "· Glow</title>" in page_of(client, one)
    assert "· Shine</title>" in page_of(client, other)
    assert "· Shine</title>" in client.get(reverse("policies:list")).text, "its menu is the one that the page has"


def test_visitors_see_the_brand_of_the_only_market_and_of_several_none(client: Client, market: Market) -> None:
    brand(market, name="Glow", accent=PLUM)
    for address in (reverse("policies:list"), reverse("account_login"), "/no-such-page"):
        assert "· Glow</title>" in client.get(address).text
    MarketFactory()
    assert "· Account health</title>" in client.get(reverse("policies:list")).text


@pytest.mark.parametrize("is_in", [False, True])
def test_style_sheet_and_logo_are_kept_by_browsers_for_good(client: Client, market: Market, is_in: bool) -> None:
    if is_in:
        signed_in_seller(client)
    told = brand(market, accent=PLUM, accent_dark=PINK, logo=a_logo())
    sheet = client.get(style_address(PLUM, PINK))
    assert f"--brand: light-dark({PLUM}, {PINK});" in sheet.text
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    logo = client.get(reverse("sellers:brand_logo", args=[told.logo_id]))
    assert logo.headers["Content-Type"] == "image/png"
    for answer in (sheet, logo):
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_style_sheet_says_nothing_that_no_brand_says(client: Client) -> None:
    good = style_address(PLUM, PINK)
    assert client.get(good).status_code == 200
    for address in (good.replace("7a1f5c", "7a1f5d"), good.replace("f0a4d8", "red;}"), "/brand/a-b-c.css"):
        assert client.get(address).status_code == 404
    assert client.get("/brand/0123.png").status_code == 404


# --- Emails


def email_to(market: Market, **fields: Any) -> tuple[EmailMessage, str]:
    """The email that a seller of the market gets, as it arrives, and its HTML."""
    EmailDelivery.objects.all().delete()
    member = MemberFactory(seller__market=market, **fields)
    issue(member.seller, PolicyFactory())
    sent = compose(EmailDelivery.objects.get(), now=NOW)
    arrived = message_from_bytes(as_bytes(sent), policy=policy.default)
    assert isinstance(arrived, EmailMessage)
    return arrived, str(sent.alternatives[0].content)


def test_email_comes_in_the_brand_from_the_address_of_the_portal(market: Market, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Account health <portal@portal.example>"
    told = brand(
        market, name="Glow", sender_name="Glow für Händler", reply_to="help@glow.example", accent=PLUM,
        footer="Glow Ltd", support_url="https://help.example/", logo=a_logo(),
    )  # fmt: skip
    arrived, html = email_to(market)
    (sender,) = arrived["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Glow für Händler", "portal@portal.example")
    assert arrived["Reply-To"] == "help@glow.example"
    assert f'src="{settings.BASE_URL}/brand/{told.logo_id}.png"' in html
    assert f"background: {PLUM}" in html
    assert f"color: {told.accent_dark} !important" in html
    text = arrived.get_body(("plain",))
    assert text is not None
    said = text.get_content()
    assert "-- \nGlow · Glow Ltd\nSupport: https://help.example/\n" in said.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "name",
    ['"Eve" <eve@example.com>', "Eve, Ann", "a@b (c)", "\\", '"', "متجر", "<script>", "Ann; <x@y>;", "=?utf-8?q?a?="],
)
def test_no_name_of_a_sender_is_another_address(market: Market, settings: Any, name: str) -> None:
    settings.DEFAULT_FROM_EMAIL = "portal@portal.example"
    brand(market, sender_name=name)
    arrived, _html = email_to(market)
    assert [one.addr_spec for one in arrived["From"].addresses] == ["portal@portal.example"]
    assert arrived["Reply-To"] is None


def test_without_a_brand_emails_are_as_they_were(market: Market, settings: Any) -> None:
    arrived, html = email_to(market)
    assert arrived["From"] == settings.DEFAULT_FROM_EMAIL
    for said in ("a { color: #0d5763", "background: #0d5763", "a { color: #86cdd8 !important", "#14707f !important"):
        assert said in html or said.replace("a { ", "").strip() in html
    assert '<p class="brand"' not in html


def test_digest_of_several_markets_is_the_portals_own() -> None:
    user = UserFactory()
    members = [MemberFactory(user=user, seller__market=MarketFactory(books_closed_until=LONG_AGO)) for _ in range(2)]
    for number, member in enumerate(members):
        unsubscribe(member=member, kind=Message.Kind.POLICY, in_digest=True)
        brand(member.seller.market, name=f"Glow {number}")
        draft = MessageDraft(seller_id=member.seller_id, kind="policy", subject="A policy changes", body="Soon.")
        post_messages(market=member.seller.market, drafts=[draft], now=NOW)
    digest = Digest(user=user, starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=1), pk=1)
    assert "Glow" not in compose_digest(digest, now=NOW).from_email
    members[1].delete()
    email = compose_digest(digest, now=NOW)
    assert email.from_email.startswith('"Glow 0"')
    assert "Glow 0" in email.body


# --- Documents and calendars


def test_documents_are_in_the_brand_and_say_the_same() -> None:
    seller: Seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))
    violation = issue(seller, PolicyFactory())
    plain = read(made(violation))
    brand(seller.market, name="Glow Market", footer="Glow Ltd, Hamburg", accent=PLUM, logo=a_logo())
    violation.seller.market.refresh_from_db()
    branded = made(type(violation).objects.get())
    assert read(branded).replace("Glow Ltd, Hamburg ", "").replace("Glow Market", "Account health") == plain
    file = PdfReader(BytesIO(branded))
    assert file.metadata is not None
    assert file.metadata.author == "Glow Market"
    assert len(file.pages[0].images) == 1


def test_certificate_and_calendar_are_from_the_brand(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "portal@portal.example"
    signup = been()
    workshop = signup.workshop
    brand(workshop.market, name="Glow Market", sender_name='Glow "Events"')
    certificate = issue_certificate(signup=signup, user=signup.user, now=timezone.now())
    assert "Glow Market" in read(certificate_pdf(certificate))
    (event,) = Calendar.from_ical(workshop_file(type(workshop).objects.get())).events
    assert str(event["ORGANIZER"]) == "mailto:portal@portal.example"
    assert "Glow" in event["ORGANIZER"].params["CN"]


def test_feed_is_made_anew_when_a_brand_is_another(client: Client) -> None:
    soon = timezone.now() + timedelta(days=7)
    workshop = WorkshopFactory(starts_at=soon, ends_at=soon + timedelta(hours=3))
    address = reverse("workshops:feed")
    before = client.get(address)
    brand(workshop.market, name="Glow")
    after = client.get(address)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert 'CN="Glow"' in after.text


def test_name_that_no_font_has_is_written_all_the_same(market: Market) -> None:
    brand(market, name="Glow \U0001f9ff \ue000")
    assert paper_brand(Market.objects.get())["name"].startswith("Glow")
    signup = been()
    brand(signup.workshop.market, name="Glow \U0001f9ff \ue000")
    assert "Glow" in read(certificate_pdf(issue_certificate(signup=signup, user=signup.user, now=timezone.now())))


def test_names_of_a_brand_are_words_and_no_markup(client: Client) -> None:
    seller = signed_in_seller(client)
    brand(seller.market, name="<b>Glow</b>", footer="<script>alert(1)</script>")
    page = page_of(client, seller)
    assert "<b>Glow</b>" not in page
    assert "<script>alert" not in page
    assert brand_of(Market.objects.get()).name == "<b>Glow</b>"
    assert sender_of(Market.objects.get()).startswith('"<b>Glow</b>" <')

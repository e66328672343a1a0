"""The staff pages of brands: what the form says of colours and logos, and looking before anything is saved."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from audit.models import AuditEntry
from healthportal.roles import AUDITOR, OPERATOR, REVIEWER
from sellers.models import Brand, BrandLogo, Market
from tests.factories import MarketFactory
from tests.pages import staff_client
from tests.sellers.branding import a_logo, brand

pytestmark = pytest.mark.django_db

PLUM = "#7a1f5c"
ADD = reverse("admin:sellers_brand_add")


@pytest.fixture
def market() -> Market:
    found: Market = MarketFactory(name="Thailand", code="TH")
    return found


@pytest.fixture
def operator() -> Client:
    return staff_client(OPERATOR)


def sent(**fields: Any) -> dict[str, Any]:
    texts = ("name", "accent", "accent_dark", "support_url", "sender_name", "reply_to", "footer")
    return dict.fromkeys(texts, "") | fields


def a_file(content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.png", content or a_logo(), "image/png")


def change_page(found: Brand) -> str:
    return reverse("admin:sellers_brand_change", args=[found.pk])


def test_operator_gives_a_market_a_brand_and_takes_it_back(operator: Client, market: Market) -> None:
    answer = operator.post(ADD, sent(market=market.pk, name="Glow", accent=PLUM, picture=a_file()))
    assert answer.status_code == 302
    found = Brand.objects.get()
    assert (found.market, found.name, found.accent, found.logo_width) == (market, "Glow", PLUM, 384)
    page = operator.get(change_page(found)).text
    assert " : 1 on light pages" in page
    assert f'src="{reverse("sellers:brand_logo", args=[found.logo_id])}"' in page
    assert operator.post(change_page(found), sent(name="Shine", accent=PLUM, removes_logo="on")).status_code == 302
    found.refresh_from_db()
    assert (found.name, found.logo) == ("Shine", None)
    delete = reverse("admin:sellers_brand_delete", args=[found.pk])
    assert operator.post(delete, {"post": "yes"}).status_code == 302
    assert not Brand.objects.exists()
    entries = AuditEntry.objects.filter(kind="sellers.brand").values_list("action", flat=True)
    assert sorted(entries) == ["add", "change", "delete"]


def test_form_says_the_ratio_and_the_nearest_shade_and_keeps_what_was_typed(operator: Client, market: Market) -> None:
    page = operator.post(ADD, sent(market=market.pk, name="Glow", accent="#ffcc00")).text
    assert "#ffcc00 has a contrast of 1.3 : 1" in page
    assert "The nearest shade that has it is #" in page
    assert 'value="Glow"' in page
    assert "On dark pages" in operator.post(ADD, sent(market=market.pk, accent=PLUM, accent_dark=PLUM)).text
    assert not Brand.objects.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg/>", "The file is no PNG, JPEG or WebP."),
        (b"x" * 1_000_001, "larger than 1 MB"),
        (a_logo()[:-99], "cut off"),
    ],
)
def test_file_that_is_no_logo_is_refused_beside_its_field(
    operator: Client, market: Market, content: bytes, why: str
) -> None:
    answer = operator.post(ADD, sent(market=market.pk, picture=a_file(content)))
    assert why in str(answer.context["adminform"].form.errors["picture"])


def test_second_brand_of_a_market_is_refused(operator: Client, market: Market) -> None:
    brand(market, name="Glow")
    answer = operator.post(ADD, sent(market=market.pk, name="Shine"))
    assert answer.context["adminform"].form.errors["market"]


@pytest.mark.parametrize("what", ["page", "email", "document"])
def test_preview_shows_what_is_in_the_form_and_saves_nothing(operator: Client, market: Market, what: str) -> None:
    form = sent(
        market=market.pk, name="Glow <Market>", accent=PLUM, picture=a_file(), footer="Glow Ltd", sender_name="Care",
        reply_to="care@glow.example",
    )  # fmt: skip
    answer: Any = operator.post(reverse(f"admin:sellers_brand_preview_{what}_new"), form)
    assert answer.status_code == 200
    if what == "document":
        file = PdfReader(BytesIO(answer.content))
        said = file.pages[0].extract_text()
        assert "Glow <Market>" in said
        assert "Glow Ltd" in said
        assert len(file.pages[0].images) == 1
    else:
        assert "Glow &lt;Market&gt;" in answer.text
        assert "data:image/png;base64," in answer.text
        assert "7a1f5c" in answer.text
    if what == "email":
        assert "care@glow.example" in answer.text
        assert "script" not in answer.headers["Content-Security-Policy"]
    assert not Brand.objects.exists()
    assert not BrandLogo.objects.exists()
    assert not AuditEntry.objects.filter(kind="sellers.brand").exists()


def test_preview_of_a_brand_that_is_there_has_its_logo_and_leaves_it_as_it_is(operator: Client, market: Market) -> None:
    found = brand(market, name="Glow", logo=a_logo())
    address = reverse("admin:sellers_brand_preview_page", args=[found.pk])
    page = operator.post(address, sent(name="Shine")).text
    assert "· Shine</title>" in page
    assert f'src="{reverse("sellers:brand_logo", args=[found.logo_id])}"' in page
    assert "brand-logo" not in operator.post(address, sent(name="Shine", removes_logo="on")).text
    found.refresh_from_db()
    assert found.name == "Glow"


def test_preview_of_a_form_with_errors_says_them(operator: Client, market: Market) -> None:
    address = reverse("admin:sellers_brand_preview_page_new")
    answer = operator.post(address, sent(market=market.pk, accent="#ffffff"))
    assert answer.status_code == 422
    assert "#ffffff has a contrast of 1.0 : 1" in answer.text
    assert operator.get(address).status_code == 403


@pytest.mark.parametrize(("role", "status"), [(AUDITOR, 200), (REVIEWER, 403)])
def test_other_roles_look_at_brands_or_do_not(role: str, status: int, market: Market) -> None:
    found = brand(market, name="Glow", accent=PLUM)
    client = staff_client(role)
    assert client.get(change_page(found)).status_code == status
    assert client.post(change_page(found), sent(name="Shine")).status_code == 403
    assert client.post(reverse("admin:sellers_brand_preview_page", args=[found.pk]), sent()).status_code == 403


def test_market_leads_to_its_brand(admin_client: Client, market: Market) -> None:
    page = admin_client.get(reverse("admin:sellers_market_change", args=[market.pk])).text
    assert f"{reverse('admin:sellers_brand_changelist')}?market__id__exact={market.pk}" in page

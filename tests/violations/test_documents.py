"""The statement of reasons as a PDF: what it says, how it is tagged, what it does with hostile text, who gets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pypdf import PdfReader

from healthportal.roles import AUDITOR, POLICY_EDITOR
from kit.documents.markdown_tree import literal_blocks
from kit.documents.rendering import pdf
from policies.models import Policy
from sellers.models import Seller
from sellers.services import ContentDraft, put_content
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    issue,
    person_in,
)
from tests.pages import ago, signed_in_seller
from tests.violations.appealing import DENIAL, appeal_against
from violations.documents import _statement, statement_pdf
from violations.models import Violation
from violations.selectors import get_violation
from violations.services import deny_appeal, void_violation

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    market = MarketFactory(
        name="United States", code="US", time_zone="America/Los_Angeles", books_closed_until=LONG_AGO
    )
    seller: Seller = SellerFactory(market=market, name="Glow Beauty", external_id="shop-77120")
    return seller


def made(violation: Violation, *, days: float = 0) -> bytes:
    now = NOW + timedelta(days=days)
    found = get_violation(seller=violation.seller, violation_id=violation.pk, as_of=now)
    return statement_pdf(found, seller=violation.seller, now=now)


def read(pdf: bytes) -> str:
    """Its words, with whatever breaks lines taken for a space."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    return " ".join(" ".join(pages).replace("\u200b", "").split())


def roles_of(pdf: bytes) -> set[str]:
    """The kinds of tags in a PDF."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            found.add(str(node.get("/S", "")))
            if "/K" in node:
                walk(node["/K"])

    walk(PdfReader(BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"])
    return found


def statement_url(violation: Violation, seller: Seller | None = None) -> str:
    kwargs = {"seller_id": (seller or violation.seller).pk, "violation_id": violation.pk}
    return reverse("violations:statement", kwargs=kwargs)


# --- What it says


def test_statement_says_everything_that_a_statement_of_reasons_must(seller: Seller, settings: Any) -> None:
    settings.BASE_URL = "https://portal.example"
    live = ContentDraft(kind="live", external_id="live-991", title="Sunday LIVE", url="https://shop.example/live/991")
    violation = issue(
        seller,
        PolicyFactory(name="Misleading claims", code="claims", points=12),
        external_id="VIO-4711",
        facts="The host said the cream **heals** eczema.",
        detection="notice",
        automated=True,
        content=live,
        position_seconds=845,
    )
    words = read(made(violation))
    for said in [
        "Statement of reasons Misleading claims",
        "For Glow Beauty Seller id shop-77120 Market United States",
        f"Reference VIO-4711 Violation {violation.pk}",
        "Issued 18 Nov 2026, 04:00 PST Recorded 18 Nov 2026, 04:00 PST",
        "12 points count in the market",
        "Restriction: no new listings and campaigns, from 18 Nov 2026, 04:00 PST until 25 Nov 2026, 04:00 PST, because",
        "The host said the cream heals eczema.",
        "LIVE Sunday LIVE Id live-991 Position 00:14:05 into the LIVE Link https://shop.example/live/991",
        "Reported by a third party. An automated system decided, without a person.",
        "The policy it breaks Misleading claims Version 1, in force since",
        "Version 1, in force since 31 Dec 2019. Moderate: 12 points.",
        "What the policy asks: Say only what you can prove.",
        "https://portal.example/policies/claims/versions/1/",
        "Why that is so The claim could not be proved.",
        "You can appeal until 18 Dec 2026, 04:00 PST. Open the violation’s page (its address is below), choose",
        "turn to seller support of United States. Give the reference VIO-4711.",
        f"https://portal.example/s/{seller.pk}/violations/{violation.pk}/",
        "Stands as of 18 Nov 2026, 04:00 PST It stands. 12 of 12 points count, until 17 May 2027.",
        "Page 1 of 1",
    ]:
        assert said in words


@pytest.mark.parametrize("section", ["", "2.1 Health"])
def test_statement_stays_when_policy_and_content_are_renamed(client: Client, section: str) -> None:
    seller = signed_in_seller(client)
    policy, content = PolicyFactory(name="Misleading claims", points=2), ContentDraft("live", "1", "Sunday LIVE")
    violation = issue(seller, policy, content=content, policy_section=section)
    page, before = reasons_of(client, violation), made(violation, days=1)
    Policy.objects.update(name="Renamed", topic="Renamed")
    renamed = replace(content, title="Renamed", url="https://renamed.example/", published_at=LONG_AGO)
    put_content(market=seller.market, drafts=[(seller.external_id, renamed)], now=NOW)
    assert made(violation, days=1) == before
    assert reasons_of(client, violation) == page
    assert "Misleading claims" in page


def reasons_of(client: Client, violation: Violation) -> str:
    """What the page of a violation says until its points."""
    text = client.get(violation.get_absolute_url()).text
    heading, reasons = text.index("<h1"), text.index('id="reasons"')
    return text[heading : text.index("</h1>")] + text[reasons : text.index('id="points"')]


def test_statement_names_the_section_if_one_was_named(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(name="Misleading claims"), policy_section="2.1 Health")
    assert "Misleading claims, section “2.1 Health” Version 1" in read(made(violation))


def test_statement_says_that_it_was_voided_since(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=12))
    void_violation(violation=violation, reason="The claim was true.", voided_by=None, now=NOW + timedelta(days=1))
    words = read(made(violation, days=2))
    assert "Voided as of 20 Nov 2026, 04:00 PST It was voided on 19 Nov 2026, 04:00 PST: nothing of it counts" in words
    assert "The reason: The claim was true." in words
    assert "The violation was voided: there is nothing left to appeal." in words
    assert "It was lifted on 19 Nov 2026, 04:00 PST." in words


def test_statement_sets_what_staff_wrote_as_markdown(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(), decision="A **warning**.", explanation="It *harms* buyers.")
    void_violation(violation=violation, reason="It was **true**.", voided_by=None, now=NOW + timedelta(days=1))
    words = read(made(violation, days=2))
    for said in ["A warning.", "It harms buyers.", "The reason: It was true."]:
        assert said in words


def test_statement_after_its_time(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=2), content=None)
    words = read(made(violation, days=181))
    assert "It stands. Its points no longer count." in words
    assert "You could appeal until 18 Dec 2026, 04:00 PST. That was done on the violation’s page" in words
    assert "It concerns the account, not a piece of content." in words


def test_statement_without_points(seller: Seller) -> None:
    assert "It stands. It assesses no points." in read(made(issue(seller, PolicyFactory(points=0))))


def test_statement_tells_of_the_appeal(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=2))
    appeal_against(violation, now=NOW + timedelta(days=1))
    words = read(made(violation, days=2))
    assert "An appeal was filed on 19 Nov 2026, 04:00 PST; it waits for a decision." in words
    assert "The time to appeal lasts until 18 Dec 2026, 04:00 PST. You appealed, as said above. The person who" in words
    void_violation(violation=violation, reason="Our mistake.", voided_by=None, now=NOW + timedelta(days=2))
    assert "An appeal was filed on 19 Nov 2026, 04:00 PST; the voiding settled it." in read(made(violation, days=3))


def test_statement_sends_nobody_to_appeal_again(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=2))
    appeal = appeal_against(violation, now=NOW + timedelta(days=1))
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=NOW + timedelta(days=2))
    words = read(made(violation, days=3))
    assert "You appealed, as said above; that is decided." in words
    assert "File an appeal" not in words


# --- How it is made


def test_statement_is_tagged_titled_and_in_a_language(seller: Seller) -> None:
    pdf = made(issue(seller, PolicyFactory(name="Claims"), external_id="V1", facts="- one\n\n| a |\n|---|\n| b |"))
    reader = PdfReader(BytesIO(pdf))
    root: Any = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Statement of reasons: Claims, V1"
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  # pypdf has its own booleans
    assert roles_of(pdf) >= {"/Document", "/H1", "/H2", "/P", "/L", "/LI", "/Table", "/TH", "/TD", "/Link"}
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp


@pytest.mark.parametrize("language", ["pt-br", "zh-hans"])
def test_statement_is_in_a_language_of_a_country_and_in_its_letters(seller: Seller, language: str) -> None:
    seller.market.language = language
    with translation.override(language):
        root = PdfReader(BytesIO(made(issue(seller, PolicyFactory())))).trailer["/Root"]
    assert root["/Lang"] == language.partition("-")[0]


def test_statement_is_the_same_bytes_at_the_same_moment(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory())
    assert made(violation, days=1) == made(violation, days=1)


@pytest.mark.parametrize(("market", "width"), [("US", 612), ("TH", 595)])
def test_statement_is_on_the_paper_of_the_market(market: str, width: int) -> None:
    seller = SellerFactory(market=MarketFactory(code=market, books_closed_until=LONG_AGO))
    page = PdfReader(BytesIO(made(issue(seller, PolicyFactory())))).pages[0]
    assert int(page.mediabox.width) == width


def test_statement_of_a_text_in_any_language(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(), facts="ผิดนโยบาย\n\nПравила, 规则, ルール, 규칙\n\nעברית")
    words = read(made(violation))
    for said in ["ผิดนโยบาย", "Правила", "规则", "ルール", "규칙"]:
        assert said in words


HOSTILE = [
    '#read("/etc/passwd")',
    '#eval("1 + 1")',
    "#panic()",
    '#import "@preview/cetz:0.3.0"',
    "[#set text(red)] ]]] $x^2$ \\u{41} // no comment /* nor this */",
    "#sys.inputs.data",
    '"); panic("',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_statement_shows_source_code_as_text(seller: Seller, text: str) -> None:
    content = ContentDraft(kind="video", external_id=text[:60], title=text)
    violation = issue(seller, PolicyFactory(), facts=f"```\n{text}\n```", explanation=text, content=content)
    words = read(made(violation))
    assert words.count(" ".join(text.split())) == 3 + (len(text) <= 60)


def test_statement_holds_whatever_is_written_into_it(seller: Seller) -> None:
    text = (
        "👩‍💻 z̸̡̢̛̗a͚͙ \u202e \ue000 \x01 \U0010ffff " + "w" * 1500 + " ###### deep\n\n###### deep\n\n" + "> " * 30 + "quoted"
    )
    violation = get_violation(seller=seller, violation_id=issue(seller, PolicyFactory()).pk, as_of=NOW)
    violation.facts = violation.explanation = text  # which no service would keep
    words = read(statement_pdf(violation, seller=seller, now=NOW))
    assert "[woman][personal computer]" in words
    assert "[U+E000] [U+0001]" in words
    assert words.count("w") > 3_000  # in the facts and in the explanation


def test_statement_asks_three_queries_however_much_happened(seller: Seller, django_assert_num_queries: Any) -> None:
    violation = issue(seller, PolicyFactory(points=48))
    found = get_violation(seller=seller, violation_id=violation.pk, as_of=NOW)
    seller = Seller.objects.select_related("market__brand").get()  # as a page has it
    with django_assert_num_queries(3):
        statement_pdf(found, seller=seller, now=NOW)


# --- Who gets it


def test_member_downloads_the_statement(client: Client) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=1), external_id="VIO/4711 x")
    response = client.get(statement_url(violation))
    assert response.status_code == 200
    assert response.content.startswith(b"%PDF-1.7")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="statement-of-reasons-vio4711-x.pdf"'
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert statement_url(violation) in client.get(violation.get_absolute_url()).text


def test_statement_of_somebody_else_is_404(client: Client) -> None:
    mine = signed_in_seller(client)
    violation = issue(SellerFactory(market=mine.market), PolicyFactory(), now=ago(days=1))
    assert client.get(statement_url(violation)).status_code == 404
    assert client.get(statement_url(violation, mine)).status_code == 404


def test_statement_asks_visitors_to_sign_in(client: Client, seller: Seller) -> None:
    assert client.get(statement_url(issue(seller, PolicyFactory()))).status_code == 302


def test_staff_download_the_statement_from_the_admin(client: Client, seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(), external_id="V1")
    url = reverse("admin:violations_violation_statement", args=[violation.pk])
    client.force_login(person_in(AUDITOR))
    response = client.get(url)
    assert response.headers["Content-Disposition"] == 'attachment; filename="statement-of-reasons-v1.pdf"'
    assert "04:00 PST" in read(response.content)
    assert url in client.get(reverse("admin:violations_violation_change", args=[violation.pk])).text
    assert client.get(reverse("admin:violations_violation_statement", args=[violation.pk + 1])).status_code == 404
    client.force_login(person_in(POLICY_EDITOR))
    assert client.get(url).status_code == 403
    assert violation.issued_at <= timezone.now()


@pytest.mark.parametrize("facts", ["*" * 200 + "seen" + "*" * 200, "> " * 200 + "seen", "- a\n" * 1_200 + "- seen"])
def test_statement_of_any_facts_can_be_laid_out(facts: str) -> None:
    violation = issue(SellerFactory(), PolicyFactory(), facts=facts)
    assert "seen" in read(made(violation))


def test_statement_that_cannot_be_laid_out_is_of_plain_text(caplog: pytest.LogCaptureFixture) -> None:
    violation = issue(SellerFactory(), PolicyFactory(), facts="*seen*")
    found = get_violation(seller=violation.seller, violation_id=violation.pk, as_of=NOW)
    data = _statement(found, violation.seller, NOW)
    deep: dict[str, Any] = {"kind": "text", "text": "seen"}
    for _ in range(300):
        deep = {"kind": "strong", "inlines": [deep]}
    broken = data | {"facts": [{"kind": "paragraph", "inlines": [deep]}]}
    document = pdf("statement.typ", broken, created_at=NOW, fallback=data | {"facts": literal_blocks("*seen*")})
    assert "*seen*" in read(document)
    assert "plain text" in caplog.text


def test_statement_shows_the_evidence_as_it_was(seller: Seller) -> None:
    content = ContentDraft(kind="live", external_id="L-1", title="Sunday glow", published_at=NOW - timedelta(days=3))
    violation = issue(seller, PolicyFactory(points=2), content=content)
    renamed = replace(content, title="Monday glow", url="https://shop.example/2", published_at=NOW + timedelta(days=1))
    put_content(market=seller.market, drafts=[(seller.external_id, renamed)], now=NOW)
    said = read(made(violation, days=2))
    assert "Sunday glow" in said
    assert "Monday glow" not in said
    assert "shop.example/2" not in said


def test_statement_says_of_points_that_are_over_when_told_that_none_counts(seller: Seller) -> None:
    said = read(made(issue(seller, PolicyFactory(points=2), issued_at=NOW - timedelta(days=200), now=NOW)))
    assert "They would have counted until" in said
    assert "Its points were over before it was told: none of them counts." in said

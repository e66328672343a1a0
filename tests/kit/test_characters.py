"""What nobody sees tells no two ids apart, and says nothing to anybody; Python and Postgres agree about it."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from kit.outcomes import Refused
from kit.texts.characters import FORBIDDEN_IN_IDS, UNUSABLE, VISIBLE, composed, has_visible
from kit.texts.faults import fault_in_id, fault_in_text
from kit.texts.validators import validate_id, validate_line, validate_text, validate_visible
from sellers.models import ApiToken, Content, Seller
from sellers.services import create_api_token
from tests.factories import NOW, ContentFactory, MarketFactory, SellerFactory

HIDDEN = [
    "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u200f", "\U000e0041", "\ufe0f",
    "\u2800", "\u3164", "\u115f", "\uffa0", "\u180e", "\u034f", "\u00a0", "\u3000", "\u2028", "\u0085", "\t", "\n",
    "\x01", "\x7f", "\x90", "\ufdd0", "\uffff", "\U0001fffe",
]  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN, ids=lambda text: f"U+{ord(text):04X}")
def test_what_nobody_sees_is_in_no_id(hidden: str) -> None:
    assert fault_in_id(f"V-9{hidden}1")
    assert not has_visible(f" {hidden}{hidden}")
    assert has_visible(f"a{hidden}")


@pytest.mark.parametrize("text", ["V 1", "V-1", "café", "ร้าน-7", "متجر", "店舗", "shop/17?x#y", "a.b:c", "🛍"])
def test_ids_are_in_any_script(text: str) -> None:
    assert fault_in_id(composed(text)) == ""
    assert has_visible(text)


def test_id_is_in_the_composed_form() -> None:
    decomposed = unicodedata.normalize("NFD", "café")
    assert fault_in_id(decomposed) == "It is not in the composed form of Unicode (NFC)."
    assert composed(decomposed) == "café"


TODHRI = "\U000105d2\u0307"
"""Of Unicode 16, in which the two are written as one character: Postgres knows it, Python 3.11 does not."""


@pytest.mark.django_db
def test_id_is_composed_in_what_postgres_knows_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT normalize(chr(code), NFD) FROM generate_series(128, 200000) AS code "
            "WHERE code NOT BETWEEN 55296 AND 57343 AND normalize(chr(code), NFD) <> chr(code)"
        )
        taken = [text for (text,) in cursor.fetchall() if not fault_in_id(composed(text))]
        cursor.execute("SELECT id FROM unnest(%s) AS id WHERE id IS NOT NFC NORMALIZED", [[*map(composed, taken)]])
        assert cursor.fetchall() == []
    assert len(taken) > 12_000


@pytest.mark.django_db
def test_id_with_a_character_that_the_portal_does_not_know_is_refused_in_words() -> None:
    assert unicodedata.category(TODHRI[0]) == "Cn", "a newer Python knows it: take one that it does not know"
    assert fault_in_id(f"V-{TODHRI}") == "The portal does not know the character U+105D2: no id can hold it."
    with pytest.raises(Refused, match=r"U\+105D2"):
        create_api_token(market=MarketFactory(), name=TODHRI, created_by=None, now=NOW)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a\x00", "A NUL character (0x00) at character 2."),
        ("\x9bm", "A control character (0x9B) at character 1."),
        ("a\ud800", "Half of a surrogate pair (U+D800) at character 2."),
        ("a\udcff", "The byte 0xFF at character 2 is not UTF-8."),
        ("\ufffe", "No character (U+FFFE) at character 1."),
        ("Two lines\n\tand a family \U0001f468\u200d\U0001f469, می\u200cخواهم, \u200fשלום", ""),
    ],
)
def test_text_may_hold_what_letters_and_emoji_are_joined_by(text: str, fault: str) -> None:
    assert fault_in_text(text) == fault


def test_no_letter_mark_digit_or_sign_is_taken_for_hidden() -> None:
    """All that the database of Unicode calls format, control or space is, apart from the signs that are seen."""
    hidden = re.compile(FORBIDDEN_IN_IDS)
    seen = {
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in {"Cf", "Cc", "Zs", "Zl", "Zp"}
    }
    missed = [letter for letter in seen if not hidden.match(letter) and letter not in "\x00 "]
    # Signs that enclose or precede the numbers after them, and hieroglyphs' joiners, are drawn.
    assert {unicodedata.category(letter) for letter in missed} == {"Cf"}
    assert {unicodedata.name(letter).split()[0] for letter in missed} <= {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN"}


@pytest.mark.django_db
@pytest.mark.parametrize("pattern", [FORBIDDEN_IN_IDS, VISIBLE])
def test_postgres_reads_the_patterns_alike(pattern: str) -> None:
    codes = [code for code in range(1, 0x30000) if not 0xD800 <= code < 0xE000] + list(range(0xE0000, 0xE1100))
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM unnest(%s::int[]) AS code WHERE chr(code) ~ %s ORDER BY 1", [codes, pattern])
        found = [code for (code,) in cursor.fetchall()]
    assert found == [code for code in codes if re.search(pattern, chr(code))]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["feed\u200b", "fe\u202eed", "a\nb", "\u2060", "cafe\u0301\u200b"])
def test_token_has_a_name_of_its_own(name: str) -> None:
    with pytest.raises(Refused) as refused:
        create_api_token(market=MarketFactory(), name=name, created_by=None, now=NOW)
    assert refused.value.field == "name"


@pytest.mark.django_db
def test_token_of_a_decomposed_name_has_the_composed_one() -> None:
    token, _ = create_api_token(market=MarketFactory(), name="cafe\u0301", created_by=None, now=NOW)
    assert token.name == "café"


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["x\u200b", "cafe\u0301", "a\u00a0b", "a\tb", "\ufeffx"])
def test_database_keeps_no_id_that_looks_like_another(value: str) -> None:
    seller, content = SellerFactory(), ContentFactory()
    token, _ = create_api_token(market=seller.market, name="feed", created_by=None, now=NOW)
    for rows, changes, name in [
        (Seller.objects.filter(pk=seller.pk), {"external_id": value}, "seller_external_id_is_one"),
        (Content.objects.filter(pk=content.pk), {"external_id": value}, "content_external_id_is_one"),
        (ApiToken.objects.filter(pk=token.pk), {"name": value}, "api_token_name_is_one"),
        (Seller.objects.filter(pk=seller.pk), {"name": "\u200b \u2800"}, "seller_name_can_be_seen"),
        (Content.objects.filter(pk=content.pk), {"title": "\u200b"}, "content_title_can_be_seen"),
    ]:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**changes)


@pytest.mark.django_db
def test_form_of_a_model_names_the_character() -> None:
    seller = SellerFactory.build(market=MarketFactory(), external_id="glow\u200b")
    with pytest.raises(ValidationError, match="U\\+200B"):
        seller.full_clean()


def test_the_fast_search_of_ascii_finds_what_the_whole_one_finds() -> None:
    for code in range(128):
        text = f"a{chr(code)}b"
        assert bool(fault_in_text(text)) == bool(UNUSABLE.search(text)), code


@pytest.mark.parametrize(
    ("validate", "fine", "refused", "words"),
    [
        (validate_id, "V-1", "V\u200b1", "U+200B"),
        (validate_text, "two\nlines", "a\x07", "0x07"),
        (validate_line, "one line", "two\nlines", "line break"),
        (validate_visible, " a ", " \u200b", "seen"),
    ],
)
def test_forms_refuse_in_the_same_words(validate: Callable[[str], None], fine: str, refused: str, words: str) -> None:
    validate(fine)
    with pytest.raises(ValidationError) as error:
        validate(refused)
    assert words in error.value.messages[0]

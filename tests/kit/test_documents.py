"""What documents are made of: letters that fonts have, Markdown as data, and templates that stay in their folder."""

import re
from pathlib import Path

import pytest

from kit.documents.fonts import LONGEST_WORD, bracketed_name, name_all_but_latin, name_missing_glyphs
from kit.documents.markdown_tree import in_one_line, markdown_blocks
from kit.documents.rendering import ROOT


def text(words):
    return {"kind": "text", "text": words}


# --- Letters


@pytest.mark.parametrize(
    "words",
    [
        "Plain words, 100 % of them – “quoted”.",
        "Żółć Ωμέγα Привет",
        "ผิดนโยบายสินค้า",
        "日本語 中文 한국어",
        "مرحبا עברית",
        "हिन्दी",
        "two\nlines",
    ],
)
def test_document_text_keeps_what_a_font_has(words):
    assert name_missing_glyphs(words) == words


def test_document_text_names_what_no_font_has():
    assert name_missing_glyphs("Great 😀 deal") == "Great [grinning face] deal"
    assert name_missing_glyphs("\ue000\x01") == "[U+E000][U+0001]"


def test_document_text_keeps_joiners_where_letters_join():
    assert name_missing_glyphs("می\u200cخواهم") == "می\u200cخواهم"
    assert name_missing_glyphs("👩\u200d💻 x") == "[woman][personal computer] x"


def test_document_text_drops_what_turns_the_direction_of_text():
    assert name_missing_glyphs("\u202eevil\u202c \u2066x\u2069") == "evil x"


def test_document_text_gives_long_words_places_to_break_at():
    word = "x" * (LONGEST_WORD + 1)
    assert name_missing_glyphs(word).replace("\u200b", "") == word
    assert max(len(piece) for piece in name_missing_glyphs(word).split("\u200b")) < LONGEST_WORD
    assert name_missing_glyphs("x" * LONGEST_WORD) == "x" * LONGEST_WORD


def test_document_text_names_marks_that_no_font_can_set_on_their_letter():
    assert name_missing_glyphs("e\u0301") == "\u00e9"
    assert name_missing_glyphs("a\U0001e8d0") == "a[mende kikakui combining number teens]"


def test_in_latin_names_everything_else():
    assert name_all_but_latin("Crème ไ") == "Crème [thai character sara ai maimalai]"


def test_name_of_a_character_without_one_is_its_number():
    assert bracketed_name("\U000f0000") == "[U+F0000]"


# --- Markdown


def test_markdown_becomes_a_tree_of_data():
    assert markdown_blocks(
        "## Seen\n\n*Here* and **there**,\n`#read`\n\n1. one\n2. two\n\n> said\n\n---\n\n    #code()\n"
    ) == [
        {"kind": "heading", "inlines": [text("Seen")]},
        {
            "kind": "paragraph",
            "inlines": [
                {"kind": "emphasis", "inlines": [text("Here")]},
                text(" and "),
                {"kind": "strong", "inlines": [text("there")]},
                text(","),
                text(" "),
                {"kind": "code", "text": "#read"},
            ],
        },
        {
            "kind": "list",
            "start": 1,
            "items": [[{"kind": "paragraph", "inlines": [text(word)]}] for word in ("one", "two")],
        },
        {"kind": "quote", "blocks": [{"kind": "paragraph", "inlines": [text("said")]}]},
        {"kind": "rule"},
        {"kind": "code", "text": "#code()"},
    ]


def test_markdown_table_has_its_head_as_the_first_row():
    assert markdown_blocks("| a | b |\n|---|---|\n| 1 | ~~2~~ |") == [
        {
            "kind": "table",
            "rows": [[[text("a")], [text("b")]], [[text("1")], [{"kind": "struck", "inlines": [text("2")]}]]],
        }
    ]


def test_markdown_link_shows_its_address():
    shop = {"kind": "link", "inlines": [text("Shop")], "href": "https://shop.example/%C3%A4"}
    assert markdown_blocks("[Shop](https://shop.example/ä)")[0]["inlines"] == [
        shop,
        text(" (https://shop.example/%C3%A4)"),
    ]


def test_markdown_link_to_nowhere_keeps_its_words():
    for href in ("ftp://a.example", "/etc/passwd", "https:x"):
        assert markdown_blocks(f"[Shop]({href})")[0]["inlines"] == [text("Shop")]


def test_markdown_link_that_browsers_would_run_is_text():
    for source in ("[x](javascript:alert(1))", "[x](file:///etc/passwd)"):
        assert markdown_blocks(source)[0]["inlines"] == [text(source)]


def test_markdown_picture_is_its_description_with_a_link():
    shot = {"kind": "link", "inlines": [text("Shot")], "href": "https://a.example/b.png"}
    assert markdown_blocks("![Shot](https://a.example/b.png)")[0]["inlines"][0] == shot
    assert markdown_blocks("![](b.png)")[0]["inlines"] == [text("picture")]


def test_markdown_shows_html_as_text():
    assert markdown_blocks("<b>x</b>")[0]["inlines"] == [text("<b>x</b>")]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", ""),
        (
            "It was a **quote**, see [the tape](https://shop.example/t).",
            "It was a quote, see the tape (https://shop.example/t).",
        ),
        ("One\ntwo  \nthree\n\n## Four\n\n- a\n- b `c`\n\n> said", "One two three Four a b c said"),
        ("| a | b |\n|---|---|\n| *1* | ~~2~~ |\n\n---\n\n```\ncode\n```", "a b 1 2 code"),
        ("<b>x</b>", "<b>x</b>"),
    ],
)
def test_words_are_what_is_read_in_one_line(source: str, said: str):
    assert in_one_line(source) == said


# --- Templates


@pytest.mark.parametrize("template", sorted(ROOT.glob("*.typ")), ids=lambda path: path.name)
def test_template_uses_nothing_but_its_folder(template: Path):
    """Packages would be fetched from the network; ``eval`` and ``read`` would run or open what data names."""
    source = template.read_text()
    imports = re.findall(r'#import\s+"([^"]+)"', source)
    assert set(imports) <= {path.name for path in ROOT.glob("*.typ")}
    assert len(imports) == len(re.findall(r"\b(?:import|include)\b", source))
    assert not re.search(r"\b(eval|read|csv|yaml|toml|xml|image|plugin)\s*\((?!bytes\()", source)

"""What pages, emails and documents make of any Markdown."""

import html
import json
import re

import css_inline
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.documents.markdown_tree import in_one_line, markdown_blocks
from kit.markdown.html import absolute_address, render
from kit.markdown.parsing import MAX_PARTS, escaped, parse
from kit.markdown.text import as_text

HOSTILE = {
    "400 stars": "*" * 200 + "a" + "*" * 200,
    "60 KB of stars": "*" * 30_000 + "a" + "*" * 30_000,
    "underscores": "_" * 2_000 + "a" + "_" * 2_000,
    "tildes": "~~a" * 1_600,
    "120 KB of bullets": "- a\n" * 30_000,
    "lists in lists": "".join("  " * depth + "- a\n" for depth in range(100)),
    "numbers in a line": "1. " * 300 + "a",
    "quotes in quotes": ">" * 5_000 + "a",
    "links in links": "[a](" * 2_000 + "b" + ")" * 2_000,
    "brackets": "[" * 5_000 + "a" + "]" * 5_000,
    "pictures in pictures": "![" * 1_000 + "a" + "](b)" * 1_000,
    "500 columns": "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n" + "|b\n" * 1_000,
    "rows without end": "|a|b|c|\n|-|-|-|\n" + "|d\n" * 3_000,
    "marks on one letter": "a" + "\u0301" * 9_999,
    "no address": "[a](http://[) ![b](//[) <http://[::1>",
}


def depth_of(tree: object) -> int:
    """Without recursion, which is what deep trees break."""
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [
            inner
            for one in level
            if isinstance(one, list | dict)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return depth


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shallow_small_and_complete_everywhere(source: str) -> None:
    tree, page = markdown_blocks(source), render(source)
    assert depth_of(tree) < 100  # half of what typst reads
    assert sum(1 + len(token.children or ()) for token in parse(source)) <= max(MAX_PARTS, len(source))
    json.dumps(tree)
    css_inline.inline(f"<html><body>{render(source, absolute=True)}</body></html>")
    letters = re.sub(r"[^a-d]", "", re.sub(r"\]\([^)]*\)", "", source))
    for said in (html.unescape(re.sub("<[^>]*>", "", page)), in_one_line(source), as_text(source, address=str)):
        assert said.count("a") >= min(letters.count("a"), 1)


@given(st.text(alphabet="ab*_~`[]()!>|-+#1. \n\\<&:/", max_size=200))
def test_any_text_can_be_shown_everywhere(source: str) -> None:
    assert depth_of(markdown_blocks(source)) < 100
    render(source)
    in_one_line(source)
    as_text(source, address=absolute_address)


def test_emphasis_beyond_the_depth_keeps_its_words() -> None:
    source = "".join(f"*{n} _" for n in range(9)) + "deep" + "_ *" * 9
    assert "deep" in in_one_line(source)
    assert render("**bold** and *slanted*") == "<p><strong>bold</strong> and <em>slanted</em></p>\n"


@pytest.mark.parametrize(
    "data",
    [
        "[win](https://evil.example)",
        "**bold**",
        "<b>",
        "a_b_c",
        "1. first",
        "- item",
        "+ item",
        "# head",
        "***",
        "===",
        "~~x~~",
        "`code`",
        "&amp; &copy;",
        "back\\slash",
        "a | b",
        "https://a.example/x_y_z",
        "![p](https://e.example/p.png)",
        "<a@b.example>",
        "a\r\n\r\n# b",
        "1) x",
        "Plain, (really)! 100% & more?",
    ],
)
def test_data_in_markdown_says_what_it_says(data: str) -> None:
    said = " ".join(data.split())
    for source in (escaped(data), f"- {escaped(data)}", f"Your **{escaped(data)}** is"):
        page = render(source)
        assert said in html.unescape(re.sub("<[^>]*>", "", page))
        assert not re.search("<(a|em|h2|hr|code|del|img)[ >]", page)
        assert said in in_one_line(source)
        assert said in as_text(source, address=str)


@given(st.text(alphabet="ab*_~`[]()!>|-+#1.) \\<&:/=", min_size=1, max_size=30))
def test_any_data_in_markdown_says_what_it_says(data: str) -> None:
    said = " ".join(data.split())
    assert in_one_line(f"Your {escaped(data)}.") == f"Your {said}."
    assert in_one_line(escaped(data)) == said


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("![A cup](https://e.example/c.png)", '<a href="https://e.example/c.png" rel="nofollow noopener">A cup</a>'),
        ("![](c.png)", '<a href="c.png">picture</a>'),
        ("[![A cup](/c.png)](/shop/)", '<a href="/shop/">A cup</a>'),
    ],
)
def test_picture_is_a_link_to_it(source: str, page: str) -> None:
    assert render(source) == f"<p>{page}</p>\n"


def test_task_list_says_what_is_done() -> None:
    source = "- [ ] Write\n- [x] Read\n- [y] Other\n"
    assert render(source) == (
        '<ul>\n<li class="task"><span class="box" aria-hidden="true">☐</span> '
        '<span class="visually-hidden">To do: </span>Write</li>\n'
        '<li class="task"><span class="box" aria-hidden="true">☑</span> '
        '<span class="visually-hidden">Done: </span>Read</li>\n<li>[y] Other</li>\n</ul>\n'
    )
    assert in_one_line(source) == "[ ] Write [x] Read [y] Other"
    assert as_text(source, address=str) == "- [ ] Write\n- [x] Read\n- [y] Other"


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("/policies/", "http://localhost:8000/policies/"),
        ("policies/", "http://localhost:8000/policies/"),
        ("?a=1", "http://localhost:8000/?a=1"),
        ("//other.example/a", "http://other.example/a"),
        ("https://other.example/a", "https://other.example/a"),
        ("mailto:ann@example.com", "mailto:ann@example.com"),
        ("#part", ""),
        ("", ""),
    ],
)
def test_links_of_emails_are_absolute(href: str, address: str) -> None:
    assert absolute_address(href) == address
    page = render(f"[words]({href})", absolute=True)
    assert re.findall(r'href="([^"]*)"', page) == ([address] if address else [])
    assert "words" in page
    assert as_text(f"[words]({href})", address=absolute_address) == (f"words ({address})" if address else "words")


def test_text_of_an_email_is_laid_out_as_people_write() -> None:
    source = (
        "# Head\n\nOne *two*\nthree [four](/five) \\*six\\*\n\n1. a\n2. b\n   - c\n\n> quoted\n> twice\n\n"
        "```\ncode\n```\n\n|a|b|\n|-|-|\n|c|d|\n\n---\nEnd"
    )
    assert as_text(source, address=absolute_address) == (
        "Head\n\nOne *two*\nthree four (http://localhost:8000/five) *six*\n\n1. a\n2. b\n   - c\n\n"
        "> quoted\n> twice\n\n    code\n\na | b\nc | d\n\n---\n\nEnd"
    )

"""Words in templates go through gettext: none stands there untranslated, in text, attributes or includes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, Token, TokenType

from tests.apps import ROOT

TEMPLATES = ROOT / "templates"

EXAMPLES = "healthportal/styleguide.html"
"""A page for developers, in English."""

ATTRIBUTES = {"alt", "aria-description", "aria-label", "data-label", "placeholder", "title"}
BLOCKS = {"blocktranslate": "endblocktranslate", "comment": "endcomment"}
OF_ATTRIBUTES = {"body_class", "bodyclass", "coltype", "form_attributes"}
"""Blocks that stand within the tag of an element."""

SOMETHING = "\ue000"
"""Stands for what a tag or a variable writes."""

CHOSEN_ELEMENT = re.compile(f"(</?){SOMETHING}")
LETTER = re.compile(r"[^\W\d_]")
ENTITY = re.compile(r"&#?\w+;")
GIVEN = re.compile(r"""\b(\w+)=("[^"]*"|'[^']*')""")
"""A text that a tag is given as it is, and under which name; ``_("…")`` is none."""
ELEMENT = re.compile(r"""["']h\d["']""")

NOT_WORDS = {
    "action", "class", "code", "decision", "href", "icon", "icon_name", "id", "key", "kind", "level", "method", "name",
    "prefix", "tone", "value", "where",
}  # fmt: skip
COUNTED = re.compile(r"\|(?:pluralize|counted)\b")
TYPST_COMMENT = re.compile(r"//.*")
TYPST_WORDS = re.compile(r'"[^"\n]*[A-Z][a-z]+[^"\n]*"|\[\s*\*?[A-Za-z][^\]\n#]*')
TYPST_NAMES = re.compile(r'"(?:Noto|DejaVu) [\w ]+"|regex\("[^"]*"\)')
FALLBACK = re.compile(r"""\|(?:default|default_if_none|yesno|add):(["'])([^"'#]*[A-Za-z][^"']*)\1""")
KEYS = re.compile(r"(arrow-right|choice|h2|inbox|info|neutral|[\w/]+\.html(,[\w/]+\.html)*)$")
"""What a filter falls back to that nobody reads: tones, icons, elements, templates."""


class Words(HTMLParser):
    """Collects what people read of a page: text, and attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self.is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_code = tag in {"kbd", "script", "style"}
        self.found += [value for name, value in attrs if name in ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self.is_code = False

    def handle_data(self, data: str) -> None:
        if not self.is_code:
            self.found.append(data)


def faults_of(source: str, *, is_html: bool) -> Iterator[str]:
    """The words of a template that a translator would not get."""
    tokens = list(_outside_of_translations(Lexer(source).tokenize()))
    yield from (fault for token in tokens if token.token_type != TokenType.TEXT for fault in _faults_of_tag(token))
    rest = "".join(token.contents if token.token_type == TokenType.TEXT else SOMETHING for token in tokens)
    yield from (" ".join(words.split()) for words in _words(rest, is_html=is_html) if LETTER.search(words))


def _outside_of_translations(tokens: list[Token]) -> Iterator[Token]:
    until = None
    for token in tokens:
        tag = token.contents.split()[0] if token.token_type == TokenType.BLOCK else None
        if until is None and token.token_type != TokenType.COMMENT:
            yield token
            until = _end_of(tag, token)
        elif tag == until:
            until = None


def _end_of(tag: str | None, token: Token) -> str | None:
    """The tag up to which nothing is to be translated, if one begins that."""
    if tag == "block" and token.split_contents()[1] in OF_ATTRIBUTES:
        return "endblock"
    return BLOCKS.get(tag or "")


def _faults_of_tag(token: Token) -> Iterator[str]:
    said = token.contents
    given = [(name, text) for name, text in GIVEN.findall(said) if name not in NOT_WORDS]
    yield from (f"{name}={text}" for name, text in given if LETTER.search(text) and not ELEMENT.fullmatch(text))
    if COUNTED.search(said) or any(not KEYS.match(text) for _, text in FALLBACK.findall(said)):
        yield said


def _words(text: str, *, is_html: bool) -> list[str]:
    if not is_html:
        return [text]
    parser = Words()
    parser.feed(CHOSEN_ELEMENT.sub(r"\1x", ENTITY.sub(SOMETHING, text)))
    parser.close()
    return parser.found


def typst_faults_of(source: str) -> list[str]:
    """The words of a document's template: they come in as data, translated."""
    code = TYPST_NAMES.sub("", TYPST_COMMENT.sub("", source))
    return TYPST_WORDS.findall(code)


def _templates() -> Iterator[Path]:
    for path in sorted(TEMPLATES.rglob("*")):
        name = path.relative_to(TEMPLATES)
        if path.suffix in {".html", ".jinja", ".md", ".txt"} and str(name) != EXAMPLES:
            yield path


@pytest.mark.parametrize("path", list(_templates()), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_words_of_a_template_go_through_gettext(path: Path) -> None:
    assert list(faults_of(path.read_text(), is_html=".html" in path.suffixes)) == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.typ")), ids=lambda path: path.name)
def test_words_of_a_document_come_in_as_data(path: Path) -> None:
    assert typst_faults_of(path.read_text()) == []


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ('<p>{% translate "Read" %} {{ title }} &middot; 24</p>', False),
        ("<p>{% blocktranslate %}Read <b>{{ title }}</b>{% endblocktranslate %}</p>", False),
        ("{% comment %}Why{% endcomment %}{# Why #}<style>p { margin: 0 }</style>", False),
        ('<a class="button" href="/x" aria-label="{% translate \'Read\' %}">1</a>', False),
        ('{% include "x.html" with title=_("Read") tone="info" only %}', False),
        ("<p>Read {{ title }}</p>", True),
        ('{% translate "Read" %} it', True),
        ('<a href="/x" aria-label="Read">1</a>', True),
        ('<td data-label="{{ x }} weeks">1</td>', True),
        ('{% include "x.html" with title="Read" only %}', True),
        ('{% chart rows title="Read" %}', True),
        ("{{ number }}{{ number|pluralize }}", True),
        ('{{ number|counted:"point" }}', True),
        ('{{ label|default:"Read" }}', True),
    ],
)
def test_words_that_bypass_gettext_are_found(template: str, fault: bool) -> None:
    assert bool(list(faults_of(template, is_html=True))) == fault


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("#heading(level: 1, words.title) // The title", False),
        ('#set text(font: ("Noto Sans",)); #small[#data.day, #data.zone]', False),
        ("#heading(level: 1)[What to do]", True),
        ("#par[*Nothing* is left]", True),
        ('#page-of(title: "Weekly report for " + data.seller)', True),
    ],
)
def test_words_that_stand_in_a_document_are_found(source: str, fault: bool) -> None:
    assert bool(typst_faults_of(source)) == fault

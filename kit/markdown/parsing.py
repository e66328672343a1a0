"""Markdown, parsed once for pages, emails and documents: CommonMark with tables, struck text and task lists.

Whatever a text holds, what comes out is shallow and small. So everything can walk through it, also the native code that
lays out PDFs and emails. Markup beyond the depth is left out and its words stay; a text whose blocks are nested deeper,
or that is larger than any person writes, is plain paragraphs. Raw HTML is text. A picture is a link with its
description: no page and no email loads what is somewhere else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_DEPTH = 20
"""Of blocks in blocks: ten lists in each other. It is where the parser would begin to leave text out."""

MAX_INLINE_DEPTH = 8
"""Of emphasis, struck text and links in each other."""

MAX_PARTS = 12_000
"""Of a whole text. A page of prose has about a hundred."""

MAX_CHARACTERS = 50_000
"""What parsing takes grows with them: half a second at worst."""

MAX_CELLS = 3_000
"""Of a table. Rows are filled up to the number of columns, so that few characters can make very many."""

EMPTY_LINES = re.compile(r"\n[ \t]*\n")
ACTIVE = re.compile(r"[\\`*_\[\]<>#|~&]")
LEADING = re.compile(r"^(\d*)([-+=.)])")
"""What makes a list, a heading or a line when a block begins with it."""
TASK = re.compile(r"\[([ xX])\]\s+")

parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_DEPTH}).enable(["table", "strikethrough"])
_plain = MarkdownIt("zero", {"breaks": True}).enable(["newline"])


def parse(source: str) -> list[Token]:
    """The tokens of a text, in the order in which they are read.

    Beyond CommonMark's, an item of a task list begins with a token ``task``. Its content is ``x`` if it is done.
    """
    tokens = None if _is_large(source) else parser.parse(source)
    if tokens is None or _is_excessive(tokens):
        tokens = _plain.parse(source)
    for index, token in enumerate(tokens):
        if token.children:
            token.children = _shallow(_without_pictures(token.children))
            if index >= 2 and tokens[index - 2].type == "list_item_open":
                _mark_task(token.children, tokens[index - 2])
    return tokens


def first_paragraph(source: str) -> str:
    """The Markdown of the first paragraph of a text that stands in nothing else; empty if there is none."""
    tokens = parse(source)
    starts = (index for index, token in enumerate(tokens) if token.type == "paragraph_open" and not token.level)
    start = next(starts, None)
    return "" if start is None else tokens[start + 1].content


def escaped(text: object) -> str:
    """Data as Markdown that says exactly this: a name or a title in a sentence is no markup, whoever wrote it."""
    return LEADING.sub(r"\1\\\2", ACTIVE.sub(r"\\\g<0>", " ".join(str(text).split())))


def _is_large(source: str) -> bool:
    return len(source) > MAX_CHARACTERS or any(_cells(block) > MAX_CELLS for block in EMPTY_LINES.split(source))


def _cells(block: str) -> int:
    """How many cells these lines have at most if they are a table."""
    lines = block.split("\n")
    return len(lines) * max(line.count("|") for line in lines)


def _is_excessive(tokens: Sequence[Token]) -> bool:
    parts = sum(1 + len(token.children or ()) for token in tokens)
    return parts > MAX_PARTS or any(token.level >= MAX_DEPTH - 1 for token in tokens)


def _shallow(tokens: Sequence[Token]) -> list[Token]:
    """Inline tokens without the markup that is nested too deep."""
    kept: list[Token] = []
    opened: list[bool] = []
    for token in tokens:
        is_kept = True
        if token.nesting == 1:
            is_kept = len(opened) < MAX_INLINE_DEPTH
            opened.append(is_kept)
        elif token.nesting == -1:
            is_kept = opened.pop()
        if is_kept:
            kept.append(token)
    return kept


def _without_pictures(tokens: Sequence[Token]) -> list[Token]:
    """Inline tokens with a link to each picture instead of it; inside of a link, with its words alone."""
    kept: list[Token] = []
    links = 0
    for token in tokens:
        links += token.nesting if token.type.startswith("link_") else 0
        kept += _described(token, is_linked=links > 0) if token.type == "image" else [token]
    return kept


def _described(picture: Token, *, is_linked: bool) -> list[Token]:
    words = Token("text", "", 0, content=picture.content or "picture")
    if is_linked:
        return [words]
    opening = Token("link_open", "a", 1, attrs={"href": str(picture.attrs.get("src", ""))})
    return [opening, words, Token("link_close", "a", -1)]


def _mark_task(inlines: list[Token], item: Token) -> None:
    """Turn the box at the start of a list's item into a token of its own."""
    first = inlines[0]
    if first.type == "text" and (box := TASK.match(first.content)):
        first.content = first.content[box.end() :]
        inlines.insert(0, Token("task", "", 0, content=box[1].strip().lower()))
        item.attrs["class"] = "task"

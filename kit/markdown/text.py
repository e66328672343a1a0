"""Markdown as the text of an email: what it says, with the marks that people write by hand and addresses in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from .parsing import parse

Address = Callable[[str], str]
"""Makes the address of a link absolute; empty for one that leads nowhere."""


def as_text(source: str, *, address: Address) -> str:
    """The text of ``source``."""
    writer = _Writer(address)
    for token in parse(source):
        writer.take(token)
    return "\n".join(writer.page.lines)


@dataclass
class Page:
    """Lines, and what stands before the next one: for each list's item and quote that is open, its first line's and
    its further lines'."""

    lines: list[str] = field(default_factory=list)
    margins: list[tuple[str, str]] = field(default_factory=list)
    needs_gap: bool = False

    def begin(self, first: str, further: str = "") -> None:
        self.margins.append((first, further or " " * len(first)))

    def end(self) -> None:
        self.margins.pop()

    def write(self, text: str, *, is_tight: bool = False) -> None:
        """Write a block, after an empty line unless it is ``is_tight``."""
        if self.lines and (self.needs_gap or not is_tight):
            self.lines.append("")
        self.needs_gap = False
        for line in text.split("\n"):
            self.lines.append(("".join(first for first, _ in self.margins) + line).rstrip())
            self.margins = [(further, further) for _, further in self.margins]


class _Writer:
    """Writes block after block: each token goes to the method that is named after its type."""

    def __init__(self, address: Address) -> None:
        self.address, self.page = address, Page()
        self.numbers: list[int | None] = []
        self.cells: list[str] = []
        self.is_tight = self.in_table = False

    def take(self, token: Token) -> None:
        if (method := getattr(self, f"_{token.type}", None)) is not None:
            method(token)

    def _paragraph_open(self, token: Token) -> None:
        self.is_tight = token.hidden

    def _bullet_list_open(self, token: Token) -> None:
        self.page.needs_gap |= not self.numbers
        self.numbers.append(int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None)

    _ordered_list_open = _bullet_list_open

    def _bullet_list_close(self, token: Token) -> None:
        self.numbers.pop()
        self.page.needs_gap |= not self.numbers

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Token) -> None:
        self.page.begin(_bullet(self.numbers))

    def _blockquote_open(self, token: Token) -> None:
        self.page.begin("> ", "> ")

    def _list_item_close(self, token: Token) -> None:
        self.page.end()

    _blockquote_close = _list_item_close

    def _table_open(self, token: Token) -> None:
        self.in_table, self.is_tight = token.nesting == 1, False

    _table_close = _table_open

    def _tr_close(self, token: Token) -> None:
        self.page.write(" | ".join(self.cells), is_tight=self.is_tight)
        self.cells, self.is_tight = [], True

    def _inline(self, token: Token) -> None:
        text = _inline(token.children or [], self.address)
        if self.in_table:
            self.cells.append(text)
            return
        self.page.write(text, is_tight=self.is_tight)
        self.is_tight = False

    def _fence(self, token: Token) -> None:
        self.page.write("\n".join(f"    {line}" for line in token.content.rstrip("\n").split("\n")))

    _code_block = _fence

    def _hr(self, token: Token) -> None:
        self.page.write("---")


def _bullet(numbers: list[int | None]) -> str:
    if (number := numbers[-1]) is None:
        return "- "
    numbers[-1] = number + 1
    return f"{number}. "


def _inline(tokens: Sequence[Token], address: Address) -> str:
    said: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "link_open":
                links.append((address(str(token.attrs.get("href", ""))), len(said)))
            case "link_close":
                href, start = links.pop()
                said += [f" ({href})"] if href and href != "".join(said[start:]) else []
            case "softbreak" | "hardbreak":
                said.append("\n")
            case "task":
                said.append(f"[{token.content or ' '}] ")
            case "code_inline":
                said.append(token.content)
            case "text":
                said.append(token.content)
            case _:
                said.append(token.markup)
    return "".join(said)

"""Markdown as the text of an email: what it says, with the marks that people write by hand and addresses in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from .parsing import parse

Address = Callable[[str], str]
"""Makes the address of a link absolute; empty for one that leads nowhere."""


def as_text(source: str, *, address: Address) -> str:  # noqa: C901  # one case for each kind of token
    """The text of ``source``."""
    page, numbers, cells = Page(), list[int | None](), list[str]()
    is_tight, in_table = False, False
    for token in parse(source):
        match token.type:
            case "paragraph_open":
                is_tight = token.hidden
            case "bullet_list_open" | "ordered_list_open":
                page.needs_gap |= not numbers
                numbers.append(int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None)
            case "bullet_list_close" | "ordered_list_close":
                numbers.pop()
                page.needs_gap |= not numbers
            case "list_item_open":
                page.begin(_bullet(numbers))
            case "blockquote_open":
                page.begin("> ", "> ")
            case "list_item_close" | "blockquote_close":
                page.end()
            case "table_open" | "table_close":
                in_table, is_tight = token.nesting == 1, False
            case "tr_close":
                page.write(" | ".join(cells), is_tight=is_tight)
                cells, is_tight = [], True
            case "inline" if in_table:
                cells.append(_inline(token.children or [], address))
            case "inline":
                page.write(_inline(token.children or [], address), is_tight=is_tight)
                is_tight = False
            case "fence" | "code_block":
                page.write("\n".join(f"    {line}" for line in token.content.rstrip("\n").split("\n")))
            case "hr":
                page.write("---")
    return "\n".join(page.lines)


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

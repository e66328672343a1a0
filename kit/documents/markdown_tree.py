"""Markdown as a tree of plain data, for templates of documents.

A block is ``{"kind": …}``, and has beside its kind:

- ``paragraph`` and ``heading``: ``inlines``
- ``list``: ``items``, each a list of blocks, and ``start``, null for bullets
- ``quote``: ``blocks``
- ``code``: ``text``
- ``table``: ``rows`` of cells, which are lists of inlines; the first row is the head
- ``rule``: nothing

An inline is one of these:

- ``text`` and ``code``: ``text``
- ``strong``, ``emphasis`` and ``struck``: ``inlines``
- ``link``: ``inlines``, ``href``
- ``break``: nothing
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.encoding import iri_to_uri
from markdown_it.tree import SyntaxTreeNode

from ..markdown.parsing import parse

Node = dict[str, Any]
INLINE_KINDS = {"strong": "strong", "em": "emphasis", "s": "struck"}
LINKED = {"http", "https", "mailto"}


def markdown_blocks(source: str) -> list[Node]:
    """The blocks of a Markdown text. Raw HTML is text; a picture is its description with a link to it."""
    return _blocks(SyntaxTreeNode(parse(source)).children)


def literal_blocks(source: str) -> list[Node]:
    """The blocks of a text whose Markdown is shown as it was written."""
    return [
        {"kind": "paragraph", "inlines": [{"kind": "text", "text": paragraph}]} for paragraph in source.split("\n\n")
    ]


def in_one_line(source: str) -> str:
    """The words of a Markdown text in one line, for where there is room for no more than a sentence."""
    return " ".join(" ".join(_texts(markdown_blocks(source))).split())


def _texts(nodes: Sequence[Node]) -> list[str]:
    """The text of each of these blocks, in the order in which they are read."""
    found: list[str] = []
    for node in nodes:
        if "inlines" in node:
            found.append(_text(node["inlines"]))
        for blocks in node.get("items", [node.get("blocks", [])]):
            found += _texts(blocks)
        found += [_text(cell) for row in node.get("rows", []) for cell in row]
        found += [node["text"]] if "text" in node else []
    return found


def _text(inlines: Sequence[Node]) -> str:
    return "".join(
        " " if inline["kind"] == "break" else inline.get("text") or _text(inline.get("inlines", []))
        for inline in inlines
    )


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> list[Node]:
    return [block for node in nodes if (block := _block(node)) is not None]


def _block(node: SyntaxTreeNode) -> Node | None:
    match node.type:
        case "paragraph" | "heading":
            return {"kind": node.type, "inlines": _inlines(node.children[0].children)}
        case "bullet_list" | "ordered_list":
            start = node.attrs.get("start", 1) if node.type == "ordered_list" else None
            return {"kind": "list", "start": start, "items": [_blocks(item.children) for item in node.children]}
        case "blockquote":
            return {"kind": "quote", "blocks": _blocks(node.children)}
        case "fence" | "code_block":
            return {"kind": "code", "text": node.content.rstrip("\n")}
        case "table":
            rows = [row for part in node.children for row in part.children]
            return {
                "kind": "table",
                "rows": [[_inlines(cell.children[0].children) for cell in r.children] for r in rows],
            }
        case "hr":
            return {"kind": "rule"}
    return None


def _inlines(nodes: Sequence[SyntaxTreeNode]) -> list[Node]:
    return [inline for node in nodes for inline in _inline(node)]


def _inline(node: SyntaxTreeNode) -> list[Node]:
    match node.type:
        case "strong" | "em" | "s":
            return [{"kind": INLINE_KINDS[node.type], "inlines": _inlines(node.children)}]
        case "code_inline":
            return [{"kind": "code", "text": node.content}]
        case "softbreak":
            return [{"kind": "text", "text": " "}]
        case "hardbreak":
            return [{"kind": "break"}]
        case "link":
            return _link(_inlines(node.children), str(node.attrs.get("href", "")))
        case "task":
            return [{"kind": "text", "text": f"[{node.content or ' '}] "}]
    return [{"kind": "text", "text": node.content}]


def _link(inlines: list[Node], href: str) -> list[Node]:
    """On paper a link needs its address; one that leads nowhere from here keeps its words only."""
    try:
        parts = urlsplit(href)
    except ValueError:  # no address at all, such as http://[
        return inlines
    if parts.scheme not in LINKED or (parts.scheme != "mailto" and not parts.netloc):
        return inlines
    link = {"kind": "link", "inlines": inlines, "href": iri_to_uri(href)}
    words = "".join(inline.get("text", "") for inline in inlines)
    shown = href.removeprefix("mailto:")
    return [link] if words == shown else [link, {"kind": "text", "text": f" ({shown})"}]

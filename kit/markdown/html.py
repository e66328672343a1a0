"""Markdown as HTML that is safe to show on pages and in emails, cleaned of everything else."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from .parsing import parse, parser

_TAGS = nh3.ALLOWED_TAGS - {"style", "map", "area", "img"}
_ATTRIBUTES = {
    **{f"h{level}": {"id"} for level in range(2, 7)},
    "a": {"href", "title", "rel"},
    "li": {"class"},
    "ol": {"start"},
    "span": {"class", "aria-hidden"},
    "td": {"class"},
    "th": {"class"},
}


def render(source: str, *, shift: int = 1, absolute: bool = False) -> SafeString:
    """The HTML of ``source``.

    Headings move down by ``shift`` levels, for the page has its own h1. They carry an id made from their words, so that
    a section can be linked to. Links to other sites get ``rel="nofollow noopener"``. Raw HTML is shown as text, a
    picture as a link to it. Where there is no page around it, links are ``absolute``, and one within the text is its
    words.
    """
    tokens = parse(source)
    seen: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + shift, 6)}"
        if token.type == "heading_open":
            token.attrs["id"] = _anchor(tokens[index + 1].content, seen)
        if token.type in {"th_open", "td_open"}:
            _align_by_class(token)
        for child in token.children or ():
            if child.type == "link_open":
                _lead(child, absolute=absolute)
    html = _renderer.render(tokens, parser.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None)
    clean = clean.replace("<table>", '<div class="table-scroll" role="region" aria-label="Table" tabindex="0"><table>')
    return mark_safe(clean.replace("</table>", "</table></div>"))  # noqa: S308  # nh3 cleaned it


def absolute_address(href: str) -> str:
    """Where a link leads for a reader who is not on the portal's pages; empty if it leads nowhere."""
    if not href or href.startswith("#"):
        return ""
    try:
        return urljoin(f"{settings.BASE_URL}/", href)
    except ValueError:  # no address at all, such as http://[
        return ""


def _lead(link: Token, *, absolute: bool) -> None:
    href = str(link.attrs.get("href", ""))
    if absolute:
        href = absolute_address(href)
        link.attrs = {**link.attrs, "href": href} if href else {}
    if _is_external(href):
        link.attrs["rel"] = "nofollow noopener"


def _anchor(words: str, seen: dict[str, int]) -> str:
    slug = slugify(words, allow_unicode=True) or "section"
    seen[slug] = seen.get(slug, 0) + 1
    return slug if seen[slug] == 1 else f"{slug}-{seen[slug]}"


def _align_by_class(token: Token) -> None:
    """The parser aligns by inline style, which the Content-Security-Policy refuses."""
    if "right" in str(token.attrs.pop("style", "")):
        token.attrs["class"] = "num"


def _is_external(href: str) -> bool:
    try:
        return bool(urlsplit(href).netloc)
    except ValueError:
        return True


class _Renderer(RendererHTML):
    """With a box for each item of a task list. Its state stands in words for who does not see it."""

    def task(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        box, words = ("☑", "Done:") if tokens[index].content else ("☐", "To do:")
        return f'<span class="box" aria-hidden="true">{box}</span> <span class="visually-hidden">{words} </span>'


_renderer = _Renderer()

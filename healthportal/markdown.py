"""Markdown written by staff, as HTML that is safe to show: CommonMark with tables, cleaned of everything else."""

from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

_TAGS = nh3.ALLOWED_TAGS - {"style", "map", "area"}
_ATTRIBUTES = {
    **{f"h{level}": {"id"} for level in range(2, 7)},
    "a": {"href", "title", "rel"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"class"},
    "th": {"class"},
}


def render(source: str, *, shift: int = 1) -> SafeString:
    """The HTML of ``source``.

    Headings move down by ``shift`` levels (the page has its own h1) and carry an id made from their words, so that a
    section can be linked to. Links to other sites get ``rel="nofollow noopener"``. Raw HTML is shown as text.
    """
    tokens = _parser.parse(source)
    seen: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + shift, 6)}"
        if token.type == "heading_open":
            token.attrs["id"] = _anchor(tokens[index + 1].content, seen)
        if token.type in {"th_open", "td_open"}:
            _align_by_class(token)
        for child in token.children or ():
            if child.type == "link_open" and _is_external(str(child.attrs.get("href", ""))):
                child.attrs["rel"] = "nofollow noopener"
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None)
    clean = clean.replace("<table>", '<div class="table-scroll" role="region" aria-label="Table" tabindex="0"><table>')
    return mark_safe(clean.replace("</table>", "</table></div>"))  # noqa: S308  # nh3 cleaned it


def _anchor(words: str, seen: dict[str, int]) -> str:
    slug = slugify(words, allow_unicode=True) or "section"
    seen[slug] = seen.get(slug, 0) + 1
    return slug if seen[slug] == 1 else f"{slug}-{seen[slug]}"


def _align_by_class(token: Token) -> None:
    """The parser aligns by inline style, which the Content-Security-Policy refuses."""
    if "right" in str(token.attrs.pop("style", "")):
        token.attrs["class"] = "num"


def _is_external(href: str) -> bool:
    return bool(urlsplit(href).netloc)

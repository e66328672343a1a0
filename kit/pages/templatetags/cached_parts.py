"""The tag around the cached parts of a page (``kit.pages.cached_pages``). It is a builtin."""

from __future__ import annotations

from django import template
from django.template import Context
from django.template.base import NodeList, Parser, Token
from django.utils.safestring import SafeString

from kit.pages.cached_pages import cached_part

register = template.Library()


class CachedPart(template.Node):
    child_nodelists = ("nodelist",)

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        return cached_part(context.get("request"), self.name, lambda: self.nodelist.render(context))


@register.tag
def cached(parser: Parser, token: Token) -> CachedPart:
    """``{% cached "main" %}…{% endcached %}``: on cached pages, drawn anew only if something changed."""
    _, name = token.split_contents()
    nodelist = parser.parse(("endcached",))
    parser.delete_first_token()
    return CachedPart(name.strip('"'), nodelist)

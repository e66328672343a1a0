"""The parts of a page that are kept as they were drawn (``kit.pages.kept``). Its tag is a builtin."""

from __future__ import annotations

from django import template
from django.template import Context
from django.template.base import NodeList, Parser, Token
from django.utils.safestring import SafeString

from kit.pages.kept import part_of

register = template.Library()


class KeptPart(template.Node):
    child_nodelists = ("nodelist",)

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        return part_of(context.get("request"), self.name, lambda: self.nodelist.render(context))


@register.tag
def kept(parser: Parser, token: Token) -> KeptPart:
    """``{% kept "main" %}…{% endkept %}``: drawn anew only if something changed, on pages that are kept."""
    _, name = token.split_contents()
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptPart(name.strip('"'), nodelist)

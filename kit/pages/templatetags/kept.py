"""The parts of a page that are kept as they were drawn (``kit.pages.kept``). Its tag is a builtin."""

from __future__ import annotations

from django import template
from django.template import Context
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.safestring import SafeString

from kit.pages.kept import kept_for as keep_for
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


class KeptFor(template.Node):
    child_nodelists = ("nodelist",)

    def __init__(self, name: str, inputs: FilterExpression, nodelist: NodeList) -> None:
        self.name = name
        self.inputs = inputs
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        inputs = self.inputs.resolve(context)
        return keep_for(context["request"], self.name, inputs, lambda: self.nodelist.render(context))


@register.tag
def kept_for(parser: Parser, token: Token) -> KeptFor:
    """``{% kept_for "rows" state %}…{% endkept_for %}``: drawn anew only if ``state`` is another.

    It has to hold all that is said in between, but for the language: it is shared by all who see the same.
    """
    _, name, inputs = token.split_contents()
    nodelist = parser.parse(("endkept_for",))
    parser.delete_first_token()
    return KeptFor(name.strip('"'), parser.compile_filter(inputs), nodelist)

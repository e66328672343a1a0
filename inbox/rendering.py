"""What a message says, written out from its facts whenever it is shown or sent. Asks the database nothing.

A template of ``templates/messages/`` has three blocks: ``subject``, ``action``, which is what the link says, and
``body``, which is Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django.template import Context, Template, engines
from django.template.loader_tags import BlockNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils import timezone, translation

from kit.time_zones import zone_or_utc

Data = Mapping[str, Any]
"""Plain values: numbers, moments as ISO text, names as they were. ``zone`` names the time zone of its moments."""


class About(NamedTuple):
    """What a message of a seller is about."""

    seller_id: int
    id: int
    data: Data


FACT = re.compile(r"%\(\w+\)s")
"""Where a fact stands in a sentence."""

LINKS: dict[str, Callable[[About], str]] = {}
"""The page of what a message is about, by its kind. Each app adds those of its own when the portal starts."""


def render_part(part: str, *, template: str, data: Data) -> str:
    """One block of a message's template, in the language that is active and the time zone that the facts name."""
    source = _template(template)
    context = Context(dict(data), autoescape=False, use_l10n=False)
    zone = timezone.override(zone_or_utc(data["zone"])) if "zone" in data else nullcontext()
    with zone, context.render_context.push_state(source), context.bind_template(source):
        return _block(source, part).nodelist.render(context).removeprefix("\n").removesuffix("\n")


def fixed_words(part: str, *, template: str) -> str:
    """What a block says whatever the facts are, in the language that is active."""
    nodes = _block(_template(template), part).nodelist
    whole = [str(node.filter_expression.var) for node in nodes.get_nodes_by_type(TranslateNode)]  # type: ignore[attr-defined]  # its type says less
    for node in cast(list[BlockTranslateNode], nodes.get_nodes_by_type(BlockTranslateNode)):
        whole += [node.render_token_list(tokens)[0] for tokens in (node.singular, node.plural or [])]
    return " ".join(FACT.sub(" ", translation.gettext(text)) for text in whole if text)  # marked in the template


def _template(name: str) -> Template:
    template: Template = engines["django"].get_template(f"messages/{name}.md").template  # type: ignore[attr-defined]  # no stub
    return template


@lru_cache(maxsize=200)  # those that are loaded stay the same
def _block(template: Template, name: str) -> BlockNode:
    blocks = cast(list[BlockNode], template.nodelist.get_nodes_by_type(BlockNode))
    return next(block for block in blocks if block.name == name)

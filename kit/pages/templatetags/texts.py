"""Markdown and names. Its filters are builtins (see the settings)."""

from django import template
from django.utils.safestring import SafeString

from kit.markdown import html
from kit.markdown.text import as_text
from kit.texts.characters import isolated

from ...documents.markdown_tree import in_one_line

register = template.Library()


@register.filter
def markdown(source: str | None, shift: int = 1) -> SafeString:
    """Markdown as safe HTML; put it into ``<div class="prose">``."""
    return html.render(source or "", shift=shift)


@register.filter
def email_markdown(source: str) -> SafeString:
    """Markdown as safe HTML with absolute links, for emails."""
    return html.render(source, absolute=True)


@register.filter
def markdown_text(source: str) -> str:
    """Markdown as text with absolute links, for the text of emails."""
    return as_text(source, address=html.absolute_address)


@register.filter(name="isolated")
def isolated_text(text: object) -> str:
    """A name or a title in plain text."""
    return isolated(str(text))


@register.filter
def in_words(source: str | None) -> str:
    """The words of a Markdown text in one line, for a sentence or a timeline."""
    return in_one_line(source or "")

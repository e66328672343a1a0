"""The templates of emails, in Jinja: for a million emails a week that takes a quarter of what Django's templates take.

Mail programs read styles at elements only. So each template gets those of ``style.css`` at its elements when it is
loaded. What is put in later has them by the filter ``styled``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import css_inline
from django.template.loader import render_to_string
from django.utils.html import linebreaks, urlize
from django.utils.translation import get_language, get_language_bidi, gettext, ngettext
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from ..pages.templatetags.dates import shown_zone
from ..pages.templatetags.numbers import points
from ..pages.templatetags.texts import email_markdown, isolated_text, markdown_text

STYLE = "style.css"

STATEMENT = re.compile(r"\{[%#].*?[%#]\}", re.DOTALL)
COMMENT = re.compile(r"(?:<|&lt;)!--(\{[%#].*?[%#]\})--(?:>|&gt;)", re.DOTALL)
"""A statement as a comment, which may stand anywhere in HTML; as text within a title."""


def environment(loader: FileSystemLoader, **options: Any) -> Environment:
    """What Django's settings name for these templates."""
    options |= {"undefined": StrictUndefined, "keep_trailing_newline": True, "extensions": ["jinja2.ext.i18n"]}
    options |= {"loader": StyledLoader(loader.searchpath), "autoescape": select_autoescape([".html.jinja"])}
    emails = Environment(**options)  # noqa: S701  # what is HTML is escaped
    emails.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    emails.globals |= {"language": get_language, "direction": direction, "shown_zone": shown_zone}
    emails.filters |= {
        "email_markdown": email_markdown,
        "isolated": isolated_text,
        "markdown_text": markdown_text,
        "paragraphs": paragraphs,
        "points": points,
        "styled": styled,
    }
    return emails


def direction() -> str:
    """In which direction the language that is active is written."""
    return "rtl" if get_language_bidi() else "ltr"


def render_email(name: str, context: dict[str, Any]) -> str:
    """An email, or its text, in the language and the time zone that are active: ``report.html``."""
    return render_to_string(f"{name}.jinja", context, using="emails")


class StyledLoader(FileSystemLoader):
    """Templates from files; those of HTML with their styles at their elements."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, filename, is_up_to_date = super().get_source(environment, template)
        if template.endswith(".html.jinja"):
            source = with_styles(source, super().get_source(environment, STYLE)[0])
        return source, filename, is_up_to_date


def with_styles(source: str, style: str) -> str:
    """A template with styles at its elements; each statement stands between elements, not within one."""
    html = STATEMENT.sub(r"<!--\g<0>-->", source)
    if "<html" in html:  # its style sheet is for media, which no element has
        styled = css_inline.inline(html, extra_css=style, keep_style_tags=True)
    else:
        styled = css_inline.inline_fragment(html, style)
    return COMMENT.sub(r"\1", styled)


def paragraphs(text: str) -> str:
    """A text as safe HTML, its addresses as links."""
    return linebreaks(urlize(text, nofollow=True, autoescape=True))


def styled(html: str, brand: Any) -> Markup:
    """Safe HTML with the styles of emails of a brand at its elements."""
    return Markup(css_inline.inline_fragment(str(html), _style_of(brand)))  # noqa: S704  # it was safe


@lru_cache(maxsize=100)
def _style_of(brand: Any) -> str:
    return render_to_string(STYLE, {"brand": brand}, using="emails")

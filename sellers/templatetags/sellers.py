"""Whose pages are shown, and what the person may do there. Builtins of every template (see the settings)."""

from typing import Any

from django import template
from django.template import Context

from ..access import LAST_SELLER
from ..wording import role_words, why_not

register = template.Library()

register.filter(role_words)
register.filter("may_not", why_not)


@register.simple_tag(takes_context=True)
def current_seller(context: Context) -> Any:
    """The seller whose pages are shown; on other pages the one used last, else the person's first."""
    request = context.get("request")
    seller = getattr(request, "seller", None)
    if seller is not None or request is None or not context.get("member_sellers"):
        return seller
    sellers = list(context["member_sellers"])
    last = request.session.get(LAST_SELLER)
    return next((one for one in sellers if one.pk == last), sellers[0])

"""The main menu. Its tags are builtins (see the settings)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kit.pages.cached_pages import cached_fragment
from sellers.models import Seller
from sellers.templatetags.sellers import current_seller
from violations.selectors import StandingLine, standings_of

register = template.Library()

INBOX = "inbox:list"
CHOICES = 8
"""Sellers that the menu lists; a page has all of them."""

SELLER_PAGES = (
    ("dashboard", _("Dashboard"), "layout-dashboard"),
    ("violations:list", _("Violations"), "triangle-alert"),
    ("violations:ledger", _("Points ledger"), "scroll-text"),
    ("reports:list", _("Reports"), "file-text"),
    ("quizzes:list", _("Quizzes"), "graduation-cap"),
    ("workshops:seller_list", _("Workshops"), "calendar-days"),
    (INBOX, _("Inbox"), "inbox"),
    ("sellers:members", _("Members"), "users"),
)


BELONGS_TO = {"violations:appeal_list": "violations:list"}
"""Pages that are no entry of the main menu, and the entry below which somebody looks for them."""


PUBLIC_PAGES = (
    ("policies:list", _("Policies"), "book-open"),
    ("workshops:list", _("Workshops"), "calendar-days"),
)


@dataclass(frozen=True)
class NavLink:
    name: str
    label: str
    icon: str
    url: str
    current: str = ""
    count: int = 0


@register.simple_tag(takes_context=True)
def bars(context: Context) -> SafeString:
    """What stands beside a page and above it, for a signed-in person; both hold the menu, which is drawn once.

    It is drawn from what is at hand on every page, and kept for that; not if it says where other sellers stand.
    """
    if len(context["member_sellers"]) > 1:
        return _draw_bars(context)
    request, seller = context["request"], current_seller(context)
    whose = (seller.pk, seller.name, str(seller.market)) if seller else None
    brand = (context["brand"].name, context["brand"].logo)
    person = (request.user.email, request.user.is_staff)
    inputs = (request.path, person, whose, brand, str(context.get("unread_count") or 0))
    return cached_fragment(request, "bars", inputs, lambda: _draw_bars(context))


def _draw_bars(context: Context) -> SafeString:
    """What the menu calls something is forgotten after it: the page may call something else so."""
    assert context.template is not None  # noqa: S101  # a page is being drawn
    menu, around = (context.template.engine.get_template(f"healthportal/{name}.html") for name in ("menu", "bars"))
    with context.push():
        context["drawn_menu"] = menu.render(context)
        return around.render(context)


@register.inclusion_tag("healthportal/nav.html", takes_context=True)
def portal_nav(context: Context) -> dict[str, Any]:
    """The main menu: a seller's pages for a member, the public ones for everybody."""
    seller = current_seller(context)
    links: list[NavLink] = []
    path = context["request"].path
    if seller is not None:
        links += _links(SELLER_PAGES, seller_id=seller.pk)
        path = _menu_path(path, seller_id=seller.pk)
    links += _links(PUBLIC_PAGES[:1] if links else PUBLIC_PAGES)
    nearest = max((link.url for link in links if path.startswith(link.url)), key=len, default="")
    unread = context.get("unread_count") or 0
    here = "page" if context["request"].path == nearest else "true"
    return {
        "links": [
            replace(link, current=here if link.url == nearest else "", count=unread if link.name == INBOX else 0)
            for link in links
        ]
    }


@register.simple_tag(takes_context=True)
def seller_choices(context: Context, seller: Seller) -> list[StandingLine]:
    """Where the person's sellers stand, the current one first: as many as a menu holds (3 queries)."""
    others = [other for other in context["member_sellers"] if other.pk != seller.pk]
    return standings_of([seller, *others][:CHOICES], as_of=timezone.now())


def _menu_path(path: str, *, seller_id: int) -> str:
    """The path of the menu's entry that a page belongs to, if not by its own path."""
    if path.startswith(reverse("workshops:list")):
        return reverse("workshops:seller_list", kwargs={"seller_id": seller_id})
    for name, entry in BELONGS_TO.items():
        if path.startswith(reverse(name, kwargs={"seller_id": seller_id})):
            return reverse(entry, kwargs={"seller_id": seller_id})
    return path


def _links(pages: Iterable[tuple[str, Promise, str]], **kwargs: object) -> list[NavLink]:
    links = []
    for name, label, icon_name in pages:
        try:
            links.append(NavLink(name, str(label), icon_name, reverse(name, kwargs=kwargs)))
        except NoReverseMatch:
            continue
    return links

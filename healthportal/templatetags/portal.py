"""Template tags and filters that every template may use (they are builtins, see the settings).

docs/components.md shows each with an example.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.contrib.messages import ERROR
from django.contrib.messages.storage.base import BaseStorage
from django.forms import BaseForm, BaseFormSet
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django_filters import FilterSet
from lucide.templatetags.lucide import lucide

from healthportal import charts
from healthportal import markdown as markdown_html
from sellers import formatting
from sellers.access import LAST_SELLER
from sellers.characters import isolated
from sellers.documents import prose
from sellers.markdown_text import as_text

register = template.Library()

TONE_ICONS = {
    "good": "circle-check",
    "info": "info",
    "warn": "triangle-alert",
    "bad": "octagon-alert",
    "neutral": "circle-dot",
}
MESSAGE_TONES = {"debug": "neutral", "info": "info", "success": "good", "warning": "warn", "error": "bad"}


# --- Words and numbers


@register.filter
def markdown(source: str | None, shift: int = 1) -> SafeString:
    """Markdown as safe HTML; put it into ``<div class="prose">``."""
    return markdown_html.render(source or "", shift=shift)


@register.filter
def email_markdown(source: str) -> SafeString:
    """Markdown as safe HTML with absolute links, for emails."""
    return markdown_html.render(source, absolute=True)


@register.filter
def markdown_text(source: str) -> str:
    """Markdown as text with absolute links, for the text of emails."""
    return as_text(source, address=markdown_html.absolute_address)


@register.filter(name="isolated")
def isolated_text(text: object) -> str:
    """A name or a title in plain text."""
    return isolated(str(text))


@register.filter
def in_words(source: str | None) -> str:
    """The words of a Markdown text in one line, for a sentence or a timeline."""
    return prose.words(source or "")


@register.filter
def signed(value: int) -> str:
    """A change: ``+2``, ``−1`` (a true minus) or ``0``."""
    if value > 0:
        return f"+{value}"
    return number(value)


@register.filter
def number(value: int) -> str:
    """A number with a true minus sign."""
    return f"{formatting.MINUS}{-value}" if value < 0 else str(value)


@register.filter
def negated(value: int) -> int:
    """The other sign: what a gain takes off, what expired points no longer add."""
    return -value


@register.filter
def points(value: int) -> str:
    """``1 point``, ``3 points``, ``−1 point``."""
    return f"{number(value)} {'point' if abs(value) == 1 else 'points'}"


@register.filter
def signed_points(value: int) -> str:
    """``+2 points``, ``−1 point``."""
    return f"{signed(value)} {'point' if abs(value) == 1 else 'points'}"


# --- Time, always in the active time zone (a seller page activates the market's)


@register.filter
def local_datetime(value: datetime | None) -> str:
    """``14 Nov 2026, 18:05 PST``."""
    return "" if value is None else formatting.moment_words(value, zone=_zone())


@register.filter
def local_time(value: datetime | None) -> str:
    """``18:05 PST``."""
    return "" if value is None else formatting.clock_words(value, zone=_zone())


@register.filter
def local_date(value: date | None) -> str:
    """``14 Nov 2026``, the local day of a moment (a plain date stays what it is)."""
    return "" if value is None else formatting.day_words(value, zone=_zone())


@register.filter
def deadline(value: datetime | None) -> str:
    """The last moment before a deadline: ``the end of 16 Dec 2026``, or ``17 Dec 2026, 08:00 PST``."""
    return "" if value is None else formatting.deadline_words(value, zone=_zone())


@register.simple_tag
def now_words() -> str:
    """This moment: ``28 Nov 2026, 12:05 PST``."""
    return local_datetime(timezone.now())


@register.simple_tag
def shown_zone() -> str:
    """The zone in which this page shows times, as it is called now: ``PST``."""
    return formatting.zone_name(timezone.now(), zone=_zone())


@register.filter
def until_words(value: date | None, now: datetime | None = None) -> str:
    """How far away a day is: ``today``, ``tomorrow``, ``in 9 days``, ``3 days ago``; counted in local days."""
    if value is None:
        return ""
    days = (_local_day(value) - _local_day(now or timezone.now())).days
    if days in {-1, 0, 1}:
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def _local_day(value: date) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _zone() -> ZoneInfo:
    return timezone.get_current_timezone()


# --- Forms


@register.simple_tag(takes_context=True)
def if_refused(context: Context, words: str) -> str:
    """``words`` if what was sent was refused: a form with errors, whatever its name, or an error told above."""
    return words if any(_is_refused(value) for value in context.flatten().values()) else ""


def _is_refused(value: Any) -> bool:
    kind = type(value)  # isinstance would evaluate what is lazy, such as the token of a form, and with it set a cookie
    if issubclass(kind, FilterSet):
        return _is_refused(value.form)
    if issubclass(kind, BaseForm):
        return bool(value.is_bound and value.errors)
    if issubclass(kind, BaseFormSet):
        return bool(value.is_bound and value.total_error_count())
    return issubclass(kind, BaseStorage) and any(message.level >= ERROR for message in value)


# --- Looks


@register.simple_tag
def icon(name: str, size: int = 16, **attributes: object) -> str:
    """A Lucide icon that assistive technology skips: the word stands beside it."""
    classes = f"icon {attributes.pop('class', '')}".strip()
    return str(lucide(name, size=size, aria_hidden="true", focusable="false", **{"class": classes}, **attributes))


@register.filter
def tone_icon(tone: str | None) -> str:
    """The icon of a tone (good, info, warn, bad, neutral)."""
    return TONE_ICONS.get(tone or "neutral", TONE_ICONS["neutral"])


@register.filter
def message_tone(level_tag: str) -> str:
    """The tone of a Django message."""
    return MESSAGE_TONES.get(level_tag, "info")


@register.simple_tag(takes_context=True)
def query_replace(context: Context, **changes: object) -> str:
    """This page's query with ``changes``; None removes a key. Anything but ``page`` goes back to the first page."""
    query = context["request"].GET.copy()
    if set(changes) != {"page"}:
        query.pop("page", None)
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def elided(page: Any) -> list[int | str]:
    """The page numbers to show for a page of a Paginator, with gaps."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


# --- Milestones


@dataclass(frozen=True)
class TrackMark:
    """One milestone on the track. ``state`` is done (reached), here (the next one) or next (further away).

    ``x`` is its place on the line in percent; ``shown`` says whether its number has room there.
    """

    points: int
    label: str
    state: str
    left: int
    x: float
    shown: bool


@register.inclusion_tag("components/track.html")
def milestone_track(total: int, milestones: Iterable[Any]) -> dict[str, Any]:
    """The milestones on a line to scale, where the total stands on it, and the distance left to the next."""
    found = sorted((int(_read(one, "points")), str(_read(one, "label"))) for one in milestones)
    end = max([total, *(points for points, _ in found)])
    next_up = min((points for points, _ in found if points > total), default=None)
    steps: list[TrackMark] = []
    for at, label in found:
        state = "done" if total >= at else "here" if at == next_up else "next"
        x = charts.percent(at, end)
        shown = all(x - step.x >= NUMBER_WIDTH for step in steps if step.shown)
        steps.append(TrackMark(at, label, state, max(at - total, 0), x, shown))
    here_x = charts.percent(total, end)
    anchor = "start" if here_x < NUMBER_WIDTH else "end" if here_x > 100 - NUMBER_WIDTH else "middle"
    here = next((step for step in steps if step.state == "here"), None)
    return {"total": total, "end": end, "steps": steps, "here": here, "here_x": here_x, "anchor": anchor}


NUMBER_WIDTH = 8
"""What a number on the line needs of its width on a phone (percent), so that it touches no other."""


def _read(item: Any, name: str) -> Any:
    return item[name] if isinstance(item, dict) else getattr(item, name)


@register.inclusion_tag("components/stepper.html")
def stepper(step: int, count: int, noun: str = "Question") -> dict[str, Any]:
    """Where somebody is: ``Question 1 of 3``."""
    return {"step": step, "count": count, "noun": noun, "steps": range(1, count + 1)}


# --- Charts: rows are (label, value) pairs, oldest first


def _chart(kind: str, chart: charts.Chart | charts.StepChart, texts: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "chart": chart, "noun": "points", "heading": "", **texts}


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(rows: Iterable[tuple[str, float]], **texts: Any) -> dict[str, Any]:
    """Bars lying down, one a category. ``title``, ``sentence`` and ``noun`` (what is counted) say what it shows.

    ``links`` lead from categories, by label, to what was counted.
    """
    chart, links = charts.bars(rows), texts.pop("links", {})
    marks = [replace(mark, href=links.get(mark.label, "")) for mark in chart.marks]
    return _chart("bars", replace(chart, marks=marks), texts)


@register.inclusion_tag("components/column_chart.html")
def column_chart(rows: Iterable[tuple[str, float]], **texts: Any) -> dict[str, Any]:
    """Columns over time. Texts as for ``bar_chart``; ``heading`` names what the labels are ("Week")."""
    return _chart("columns", charts.columns(rows), texts)


@register.inclusion_tag("components/line_chart.html")
def line_chart(
    rows: Iterable[tuple[str, float]], references: Iterable[tuple[str, float]] = (), **texts: Any
) -> dict[str, Any]:
    """A line over time, with (label, value) references such as milestones. Texts as for ``column_chart``."""
    return _chart("line", charts.curve(rows, references), texts)


@register.inclusion_tag("components/step_chart.html")
def step_chart(
    changes: Iterable[Any],
    references: Iterable[tuple[str, float]] = (),
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    at: datetime,
    **texts: Any,
) -> dict[str, Any]:
    """A total that jumps and stays, over time past and to come. ``changes`` have ``at``, ``points`` and ``total``."""
    changes = list(changes)
    chart = charts.steps(
        [(change.at.timestamp(), change.total) for change in changes],
        start=since.timestamp(),
        end=until.timestamp(),
        now=now.timestamp(),
        at=at.timestamp(),
        references=references,
    )
    before = next((change.total for change in reversed(changes) if change.at <= since), 0)
    rows = [change for change in changes if since < change.at <= until]
    texts |= {"since": since, "until": until, "now": now, "at": at, "rows": rows, "before": before}
    return _chart("steps", chart, texts)


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Iterable[float], title: str) -> dict[str, Any]:
    """A small line without a scale, beside a number; ``title`` says what it shows."""
    return {"chart": charts.curve([("", value) for value in values]), "title": title}


# --- Navigation

SELLER_PAGES = (
    ("dashboard", "Dashboard", "layout-dashboard"),
    ("violations:list", "Violations", "triangle-alert"),
    ("violations:ledger", "Points ledger", "scroll-text"),
    ("reports:list", "Reports", "file-text"),
    ("quizzes:list", "Quizzes", "graduation-cap"),
    ("workshops:seller_list", "Workshops", "calendar-days"),
    ("inbox:list", "Inbox", "inbox"),
)
BELONGS_TO = {"violations:appeal_list": "violations:list"}
"""Pages that are no entry of the main menu, and the entry below which somebody looks for them."""

PUBLIC_PAGES = (
    ("violations:policy_list", "Policies", "book-open"),
    ("workshops:list", "Workshops", "calendar-days"),
)


@dataclass(frozen=True)
class NavLink:
    label: str
    icon: str
    url: str
    current: str = ""
    count: int = 0


@register.inclusion_tag("components/nav.html", takes_context=True)
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
    return {
        "links": [
            NavLink(
                link.label,
                link.icon,
                link.url,
                current=("page" if context["request"].path == nearest else "true") if link.url == nearest else "",
                count=unread if link.label == "Inbox" else 0,
            )
            for link in links
        ]
    }


def _menu_path(path: str, *, seller_id: int) -> str:
    """The path of the menu's entry that a page belongs to, if not by its own path."""
    if path.startswith(reverse("workshops:list")):
        return reverse("workshops:seller_list", kwargs={"seller_id": seller_id})
    for name, entry in BELONGS_TO.items():
        if path.startswith(reverse(name, kwargs={"seller_id": seller_id})):
            return reverse(entry, kwargs={"seller_id": seller_id})
    return path


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


def _links(pages: Iterable[tuple[str, str, str]], **kwargs: object) -> list[NavLink]:
    links = []
    for name, label, icon_name in pages:
        try:
            links.append(NavLink(label, icon_name, reverse(name, kwargs=kwargs)))
        except NoReverseMatch:
            continue
    return links

"""What visitors can narrow the public listing by; it all stands in the address.

Nothing is refused. A link to a city or a topic that has no workshop now shows none. A calendar program that reads such
a feed finds it empty until there is one. The page says what there is not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.countries import country_name, country_names
from kit.dates import YEARS, next_month
from kit.pages.selects import LongSelect
from kit.texts.characters import isolated
from policies.models import Policy
from sellers.models import Market

from .listing import Choices
from .models import City, Workshop

MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
OF_CITY = ("city", "country")
"""What the page of a city, and its feed, have answered already."""

LONGEST_SAID = 60
"""How much of what stands in an address the page repeats."""


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _choice(label: Any, **options: Any) -> filters.CharFilter:
    return filters.CharFilter(label=label, widget=LongSelect, **options)


class WorkshopFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """City, country, topic, month and day (in each workshop's own time zone), and whether places are left."""

    city = _choice(_lazy("City"), field_name="city__slug")
    country = _choice(_lazy("Country"), field_name="city__country")
    topic = _choice(_lazy("Topic"), field_name="policies__code")
    month = _choice(_lazy("Month"), method="in_month")
    language = _choice(_lazy("Language"))
    mode = _choice(_lazy("How"), method="how")
    market = _choice(_lazy("Market"), field_name="market__code")
    after = filters.DateFilter(label=_lazy("From"), field_name="local_day", lookup_expr="gte", widget=_day())
    before = filters.DateFilter(label=_lazy("To"), field_name="local_day", lookup_expr="lte", widget=_day())
    places_left = filters.BooleanFilter(
        label=_lazy("Places left only"), method="with_places_left", widget=forms.CheckboxInput()
    )

    class Meta:
        model = Workshop
        fields: list[str] = []

    def __init__(self, *args: Any, of_city: bool = False, of_past: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in [*(OF_CITY if of_city else ()), *(["places_left"] if of_past else ())]:
            del self.filters[name]
        self.unknown: list[str] = []

    def offer(self, choices: Choices) -> None:
        """Give the lists of the form what there is to choose from; where there is but one, there is no choice.

        What is chosen and is nothing at all is ``unknown``, in sentences.
        """
        for name, empty, options in _options(choices):
            if name in self.form.fields:
                self._offer(name, empty, options)

    def _offer(self, name: str, empty: str, options: list[tuple[str, str]]) -> None:
        chosen = "" if name in self.form.errors else self.form.cleaned_data[name]
        if chosen and chosen not in dict(options):
            options = [*options, (chosen, self._name_of(name, chosen))]
        if len(options) < 2 and not self.data.get(name):
            del self.form.fields[name]
        else:
            self.form.fields[name].widget.choices = [("", empty), *options]

    def _name_of(self, name: str, chosen: str) -> str:
        """What something is called of which there is no workshop, or that there is no such thing."""
        if found := NAMES[name](chosen):
            return found
        said = str(THERE_IS_NO[name]) % {"value": isolated(Truncator(chosen).chars(LONGEST_SAID))}
        self.unknown.append(said)
        return said

    @property
    def narrowed(self) -> dict[str, str]:
        """What the address narrows by, to be repeated in other addresses."""
        return {name: self.data[name] for name in self.filters if self.data.get(name)}

    def in_month(self, workshops: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By the local month; the moments around it let the database use an index."""
        first = _first_day(value)
        if first is None:
            return workshops.none()
        following = next_month(first)
        around = [datetime.combine(day, datetime.min.time(), tzinfo=UTC) for day in (first, following)]
        near = workshops.filter(starts_at__range=(around[0] - timedelta(days=1), around[1] + timedelta(days=1)))
        return near.filter(local_day__gte=first, local_day__lt=following)

    def how(self, workshops: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """What takes place in a room and online is both."""
        if value not in Workshop.Mode.values:
            return workshops.none()
        return workshops.filter(mode__in=[value, Workshop.Mode.BOTH])

    def with_places_left(self, workshops: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """A place is left where somebody can still take one: not in what has started."""
        if not value:
            return workshops
        return workshops.filter(places_left__gt=0, cancelled_at=None, starts_at__gt=timezone.now())


def _options(choices: Choices) -> Iterable[tuple[str, str, list[tuple[str, str]]]]:
    """Each list of the form, with what it says while nothing is chosen."""
    yield "city", _("Every city"), _counted((city.slug, city.name, count) for city, count in choices.cities)
    yield "country", _("Every country"), _counted((code, country_name(code), n) for code, n in choices.countries)
    yield "topic", _("Every topic"), _counted((policy.code, policy.name, n) for policy, n in choices.topics)
    months = [(f"{day:%Y-%m}", date_format(day, "YEAR_MONTH_FORMAT"), n) for day, n in choices.months]
    yield "month", _("Every month"), _counted(months)
    yield "language", _("Every language"), _counted((tag, language_name(tag), n) for tag, n in choices.languages)
    yield "mode", _("Either way"), _ways(dict(choices.modes))
    yield "market", _("Every market"), _counted((one.code, one.name, n) for one, n in choices.markets)


def _ways(modes: dict[str, int]) -> list[tuple[str, str]]:
    both = modes.get(Workshop.Mode.BOTH, 0)
    ways = (Workshop.Mode.IN_PERSON, Workshop.Mode.ONLINE)
    return _counted((way, str(way.label), modes.get(way, 0) + both) for way in ways if modes.get(way, 0) + both)


def _counted(options: Iterable[tuple[str, str, int]]) -> list[tuple[str, str]]:
    said = _("%(name)s (%(count)s)")
    return [(value, said % {"name": name, "count": count}) for value, name, count in options]


def language_name(tag: str) -> str:
    """What a language is called in the language of the reader, or its tag."""
    return _language(tag) or tag


def _language(tag: str) -> str:
    try:
        return str(get_language_info(tag)["name_translated"])
    except KeyError:
        return ""


def _first_day(month: str) -> date | None:
    """The first day of ``2026-11``, ``None`` of what is no month."""
    found = MONTH.fullmatch(month)
    return date(int(found[1]), int(found[2]), 1) if found and int(found[1]) in YEARS else None


def _month(value: str) -> str:
    day = _first_day(value)
    return date_format(day, "YEAR_MONTH_FORMAT") if day else ""


def _name(records: Any, **named: str) -> str:
    return str(records.filter(**named).values_list("name", flat=True).first() or "")


NAMES: dict[str, Callable[[str], str]] = {
    "city": lambda slug: _name(City.objects, slug=slug),
    "country": lambda code: country_names().get(code, ""),
    "topic": lambda code: _name(Policy.objects, code=code),
    "month": _month,
    "language": _language,
    "mode": lambda mode: str(dict(Workshop.Mode.choices).get(mode, "")),
    "market": lambda code: _name(Market.objects, code=code),
}
"""What each thing to choose is called, also if there is no workshop of it; empty if there is no such thing."""

THERE_IS_NO = {
    "city": _lazy("There is no city called “%(value)s”."),
    "country": _lazy("There is no country called “%(value)s”."),
    "topic": _lazy("There is no topic called “%(value)s”."),
    "month": _lazy("There is no month called “%(value)s”."),
    "language": _lazy("There is no language called “%(value)s”."),
    "mode": _lazy("There is no way to take part called “%(value)s”."),
    "market": _lazy("There is no market called “%(value)s”."),
}

"""What visitors can narrow the public listing by; it all stands in the address."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sellers.models import Market

from . import selectors
from .models import Workshop


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class WorkshopFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """City, market, days (in each workshop's own time zone) and whether places are left."""

    city = filters.ChoiceFilter(label=_("City"), empty_label=_("Every city"), field_name="city__slug")
    market = filters.ModelChoiceFilter(
        label=_("Market"), empty_label=_("Every market"), queryset=Market.objects.all(), to_field_name="code"
    )
    after = filters.DateFilter(label=_("From"), field_name="local_day", lookup_expr="gte", widget=_day())
    before = filters.DateFilter(label=_("To"), field_name="local_day", lookup_expr="lte", widget=_day())
    places_left = filters.BooleanFilter(
        label=_("Places left only"), method="with_places_left", widget=forms.CheckboxInput()
    )
    past = filters.CharFilter(method="keep_all", widget=forms.HiddenInput())

    class Meta:
        model = Workshop
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["city"].extra["choices"] = [(city.slug, city.label) for city in selectors.listed_cities()]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        names = set(self.filters) - {"past"}
        return any(self.data.get(name) for name in names)

    def with_places_left(self, workshops: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """A place is left where somebody can still take one: not in what has started."""
        if not value:
            return workshops
        return workshops.filter(places_left__gt=0, cancelled_at=None, starts_at__gt=timezone.now())

    def keep_all(self, workshops: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The view chooses between past and upcoming workshops."""
        return workshops

"""Cities and series."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import AuditedAdmin
from kit.backoffice.inputs import SuggestingInput
from kit.countries import country_names, zones_of
from kit.pages.checked_forms import CheckedTexts
from kit.time_zones import time_zones

from .. import selectors, wording
from ..models import City, WorkshopSeries

ADDRESS = _lazy("End of the address")


class CityForm(CheckedTexts, forms.ModelForm[City]):
    """A city. The end of its page's address is made of its name unless it is typed."""

    country = forms.ChoiceField(label=_lazy("Country"))

    class Meta:
        model = City
        fields = ["name", "country", "time_zone", "slug"]
        widgets = {"time_zone": SuggestingInput(time_zones)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "country" in self.fields:
            countries = sorted(country_names().items(), key=lambda pair: pair[1])
            self.fields["country"].choices = [("", "---------"), *countries]  # type: ignore[attr-defined]  # a ChoiceField
        if "slug" in self.fields:
            self.fields["slug"].required, self.fields["slug"].label = False, ADDRESS

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"] or slugify(self.cleaned_data.get("name", ""))
        if not slug:
            raise forms.ValidationError(_("Type how the address of its page ends, in letters from a to z."))
        if other := City.objects.filter(slug=slug).exclude(pk=self.instance.pk).first():
            raise forms.ValidationError(wording.address_of_another_city(other))
        return slug

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        same = City.objects.filter(name__iexact=data.get("name"), country=data.get("country"))
        if other := same.exclude(pk=self.instance.pk).first():
            self.add_error("name", wording.city_is_there(other))
        return data


@admin.register(City)
class CityAdmin(AuditedAdmin):
    """Where workshops take place. A city with workshops cannot be deleted."""

    form = CityForm
    list_display = ["name", "country_name", "time_zone", "address"]
    search_fields = ["name", "country", "slug"]
    search_help_text = _lazy("Name, the country's code or the end of the address")
    list_filter = ["country"]

    @admin.display(description=_lazy("Country"), ordering="country")
    def country_name(self, city: City) -> str:
        return city.country_name

    @admin.display(description=ADDRESS, ordering="slug")
    def address(self, city: City) -> str:
        return city.slug

    def save_model(self, request: HttpRequest, obj: City, form: Any, change: bool) -> None:
        """Saved, and what looks odd is said."""
        super().save_model(request, obj, form, change)
        for other in selectors.cities_like(obj):
            self.message_user(request, wording.looks_like_city(obj, other), "WARNING")
        if obj.time_zone not in zones_of(obj.country):
            self.message_user(request, wording.zone_of_another_country(obj), "WARNING")


@admin.register(WorkshopSeries)
class WorkshopSeriesAdmin(AuditedAdmin):
    """The name that holds workshops together which are one."""

    list_display = ["name"]
    search_fields = ["name"]
    search_help_text = _lazy("Name")

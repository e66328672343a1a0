"""The filters of the pages of violations and appeals; they live in the address."""

from __future__ import annotations

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kit.dates import Week
from kit.references import number_of
from policies.models import Policy, PolicyQuerySet
from sellers.models import Content

from .models import REFERENCE_LETTER, Appeal, AppealQuerySet, ViolationQuerySet
from .presentation.list_states import LIST_STATES
from .selectors import appealable, weeks_back

STATES: list[tuple[str, str | Promise]] = [
    ("standing", _("Not voided")),
    ("points", _("Has points")),
    ("appeal", _("Can be appealed")),
    ("appealed", _("Appeal open")),
    ("voided", _("Voided")),
]
PERIODS = [("1", _("This week")), ("4", _("Last 4 weeks")), ("8", _("Last 8 weeks")), ("26", _("Last 26 weeks"))]


def _states() -> list[tuple[str, str]]:
    labels = STATES + [(name, state.label) for name, state in LIST_STATES.items()]
    return [(name, str(label)) for name, label in labels]


def _policies_to_choose(request: HttpRequest) -> PolicyQuerySet:
    """The policies that the seller breached, and the one that the address names: of that there may be no violation."""
    breached = Policy.objects.filter(versions__violations__seller=request.seller)  # type: ignore[attr-defined]  # seller_view sets it
    chosen = Q(code=request.GET.get("policy", "").replace("\0", ""))
    return Policy.objects.filter(Q(pk__in=breached.values("pk")) | chosen).order_by("name")


def _names_a_week(text: str) -> None:
    """A week that has others around it: those at the ends of the calendar begin and end at no moment in some zones."""
    try:
        week = Week.parse(text)
        _ = week.previous, week.next
    except (ValueError, OverflowError) as error:
        raise ValidationError(str(error)) from None


class ViolationFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """By policy, kind of content, state, how many local weeks back (the current one included) and week of recording.

    A weekly report counts what was recorded in its week, so its numbers lead to ``?policy=…&week=2026-W46``.
    """

    policy = django_filters.ModelChoiceFilter(
        queryset=_policies_to_choose,
        field_name="policy_version__policy",
        to_field_name="code",
        empty_label=_("All policies"),
        label=_("Policy"),
    )
    content = django_filters.ChoiceFilter(
        field_name="content_kind", choices=Content.Kind.choices, empty_label=_("All content"), label=_("Content")
    )
    state = django_filters.ChoiceFilter(
        method="filter_state",
        choices=_states,
        empty_label=_("All states"),
        label=_("State"),
    )
    weeks = django_filters.ChoiceFilter(
        method="filter_weeks", choices=PERIODS, empty_label=_("Any time"), label=_("Issued")
    )
    week = django_filters.CharFilter(
        method="filter_week",
        validators=[_names_a_week],
        label=_("Recorded in week"),
        widget=forms.TextInput(attrs={"type": "week", "placeholder": "2026-W46"}),
    )

    class Meta:
        form = forms.Form

    def filter_state(self, violations: ViolationQuerySet, name: str, value: str) -> ViolationQuerySet:
        match value:
            case "points":
                return violations.some_left()
            case "appeal":
                return appealable(violations, as_of=timezone.now())
            case "appealed":
                return violations.standing().filter(appeals__state=Appeal.State.OPEN)
            case "voided":
                return violations.filter(voided_at__isnull=False)
            case state if state in LIST_STATES:
                return violations.filter(pk__in=LIST_STATES[state].ids(self.request.seller, timezone.now()))
        return violations.standing()

    def filter_weeks(self, violations: ViolationQuerySet, name: str, value: str) -> ViolationQuerySet:
        seller = self.request.seller
        first = weeks_back(int(value), seller=seller, now=timezone.now())[0]
        return violations.filter(issued_at__gte=first.starts_at(zone=seller.market.zone))

    def filter_week(self, violations: ViolationQuerySet, name: str, value: str) -> ViolationQuerySet:
        week, zone = Week.parse(value), self.request.seller.market.zone
        return violations.recorded_between(week.starts_at(zone=zone), week.ends_at(zone=zone))


def _is_typed_right(text: str) -> None:
    try:
        number_of(REFERENCE_LETTER, text)
    except ValueError:
        raise ValidationError(_("A digit is wrong, or two changed places: copy it once more.")) from None


class AppealFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """By reference: the appeal's own, however it is typed, or that of the violation."""

    reference = django_filters.CharFilter(
        method="filter_reference",
        validators=[_is_typed_right],
        label=_("Reference"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "A-0042-69", "autocomplete": "off"}),
    )

    class Meta:
        form = forms.Form

    def filter_reference(self, appeals: AppealQuerySet, name: str, value: str) -> AppealQuerySet:
        return appeals.with_reference(value) | appeals.filter(violation__external_id=value)

"""The filters of the pages of violations and appeals; they live in the address."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kit.dates import Week, local_midnight
from kit.pages.checked_forms import CheckedForm
from kit.references import number_of
from policies.models import Policy
from sellers.models import Content, Seller

from .models import REFERENCE_LETTER, Appeal, AppealQuerySet, ViolationQuerySet
from .presentation.list_states import LIST_STATES, list_deadlines
from .selectors import appealable, by_deadline, found_by, weeks_back

STATES: list[tuple[str, str | Promise]] = [
    ("standing", _("Not voided")),
    ("points", _("Has points")),
    ("appeal", _("Can be appealed")),
    ("appealed", _("Appeal open")),
    ("voided", _("Voided")),
]
SORTS: list[tuple[str, str | Promise]] = [
    ("oldest", _("Oldest first")),
    ("points", _("Most points left first")),
    ("deadline", _("Next deadline first")),
]
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
WEEKS_BACK = ("1", "4", "8", "26")
"""What ``weeks`` was in addresses, before a list was asked for by days."""


def by_days(query: QueryDict, *, seller: Seller, now: datetime) -> QueryDict | None:
    """The query of a list that an old address asks for by ``weeks`` back, by days instead; ``None`` for any other."""
    if "weeks" not in query:
        return None
    changed = query.copy()
    weeks = changed.pop("weeks")[-1]
    if weeks in WEEKS_BACK:
        changed["issued_from"] = weeks_back(int(weeks), seller=seller, now=now)[0].monday.isoformat()
    return changed


def _states() -> list[tuple[str, str]]:
    labels = STATES + [(name, state.label) for name, state in LIST_STATES.items()]
    return [(name, str(label)) for name, label in labels]


def _policies_to_choose(request: HttpRequest) -> list[tuple[str, str]]:
    """The policies that the seller breached, and the one that the address names: of that there may be no violation."""
    breached = Policy.objects.filter(versions__violations__seller=request.seller)  # type: ignore[attr-defined]  # seller_view sets it
    chosen = Q(code=request.GET.get("policy", "").replace("\0", ""))
    found = Policy.objects.filter(Q(pk__in=breached.values("pk")) | chosen)
    return list(found.order_by("name").values_list("code", "name"))


def _names_a_week(text: str) -> None:
    """A week that has others around it: those at the ends of the calendar begin and end at no moment in some zones."""
    try:
        week = Week.parse(text)
        _ = week.previous, week.next
    except (ValueError, OverflowError) as error:
        raise ValidationError(str(error)) from None


def _day(label: Promise, method: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        method=method,
        label=label,
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ViolationFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """By reference or title, policy, content, state, local days of issuing and week of recording; in an order.

    A weekly report counts what was recorded in its week, so its numbers lead to ``?policy=…&week=2026-W46``.
    """

    q = django_filters.CharFilter(
        method="filter_q",
        label=_("Reference or title"),
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    policy = django_filters.ChoiceFilter(
        field_name="policy_version__policy__code",
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
    issued_from = _day(_("Issued from"), "filter_issued_from")
    issued_to = _day(_("Issued to"), "filter_issued_to")
    week = django_filters.CharFilter(
        method="filter_week",
        validators=[_names_a_week],
        label=_("Recorded in week"),
        widget=forms.TextInput(attrs={"type": "week", "placeholder": "2026-W46"}),
    )
    sort = django_filters.ChoiceFilter(
        method="filter_sort", choices=SORTS, empty_label=_("Newest first"), label=_("Order")
    )

    class Meta:
        form = CheckedForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Asked for once, and only where they are shown or one is chosen: a file of all violations needs none.
        self.filters["policy"].extra["choices"] = cache(partial(_policies_to_choose, self.request))

    @property
    def form(self) -> forms.Form:
        """The form; the week stands in it only where a report led to it."""
        form: forms.Form = super().form
        if not form.data.get("week"):
            form.fields.pop("week", None)
        return form

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(set(self.form.changed_data) - {"sort"})

    def filter_q(self, violations: ViolationQuerySet, name: str, value: str) -> ViolationQuerySet:
        return found_by(violations, value, seller=self.request.seller)

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
                return violations.filter(pk__in=LIST_STATES[state].deadlines(self.request.seller, timezone.now()))
        return violations.standing()

    def filter_issued_from(self, violations: ViolationQuerySet, name: str, value: date) -> ViolationQuerySet:
        return violations.filter(issued_at__gte=local_midnight(value, zone=self.request.seller.market.zone))

    def filter_issued_to(self, violations: ViolationQuerySet, name: str, value: date) -> ViolationQuerySet:
        next_day = value + timedelta(days=1)
        return violations.filter(issued_at__lt=local_midnight(next_day, zone=self.request.seller.market.zone))

    def filter_sort(self, violations: ViolationQuerySet, name: str, value: str) -> ViolationQuerySet:
        now = timezone.now()
        match value:
            case "points":
                return violations.most_left_first()
            case "deadline":
                return by_deadline(violations, others=list_deadlines(self.request.seller, now), as_of=now)
        return violations.order_by("issued_at", "id")

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
        form = CheckedForm

    def filter_reference(self, appeals: AppealQuerySet, name: str, value: str) -> AppealQuerySet:
        return appeals.with_reference(value) | appeals.filter(violation__external_id=value)

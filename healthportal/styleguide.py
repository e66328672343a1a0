"""The staff-only page that shows every component with example data."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import staff_view
from kit.pages.checked_forms import CheckedForm
from kit.pages.text_areas import TextArea


class StyleguideForm(CheckedForm):
    """One field of each kind, to look at."""

    subject = forms.CharField(help_text="In your own words.")
    email = forms.EmailField(required=False)
    policy = forms.ChoiceField(choices=[("", "Any policy"), ("1", "Misleading claims"), ("2", "Counterfeit goods")])
    reason = forms.CharField(
        max_length=2_000, widget=TextArea(attrs={"rows": 4}), help_text="The reviewer reads this first."
    )
    found_by = forms.ChoiceField(choices=[("staff", "Staff"), ("automated", "Automated")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="I have read the policy")


class StyleguideFilter(CheckedForm):
    policy = forms.ChoiceField(required=False, choices=[("", "Any policy"), ("1", "Misleading claims")])
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))


@require_GET
@staff_view()
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component with example data."""
    return render(request, "healthportal/styleguide.html", styleguide_context(request))


TONES = [
    ("good", "Good standing"),
    ("info", "Open"),
    ("warn", "Near a milestone"),
    ("bad", "Restricted"),
    ("neutral", "Voided"),
]
MILESTONES = [
    (12, "7 days without new listings and campaigns"),
    (24, "14 days without new listings and campaigns"),
    (36, "28 days without new listings and campaigns"),
    (48, "the account is deactivated"),
]
TABS = [
    {"label": "Open", "url": "#tabs", "current": True, "count": 3},
    {"label": "Closed", "url": "#tabs-closed", "current": False},
]
CHOICES = [("a", "Only what the label proves"), ("b", "Anything a customer wrote"), ("c", "Anything not banned")]
POLICIES = [("Misleading claims", 9), ("Off-platform sales", 5), ("Low-quality LIVE", 4), ("Giveaways", 1)]
WEEKS = [f"W{number}" for number in range(36, 48)]
WEEKLY = [0, 2, 2, 6, 4, 4, 0, 1, 3, 8, 5, 2]
TOTALS = [4, 4, 6, 8, 12, 14, 14, 13, 13, 17, 21, 20]


def styleguide_context(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    return {
        "now": now,
        "tones": TONES,
        "milestones": [{"points": points, "label": label} for points, label in MILESTONES],
        "form": StyleguideForm(),
        "refused": {"form": StyleguideForm({"subject": "", "email": "nobody", "policy": "1", "found_by": "staff"})},
        "filter_form": StyleguideFilter(request.GET or None),
        "page": Paginator(range(240), 20).get_page(request.GET.get("page", 3)),
        "tabs": TABS,
        "events": _events(now),
        "choices": CHOICES,
        "chosen": ["b"],
        "right_texts": ["Only what the label proves"],
        "wrong_texts": ["What reviews say"],
        "policy_rows": POLICIES,
        "weekly_rows": list(zip(WEEKS, WEEKLY, strict=True)),
        "total_rows": list(zip(WEEKS, TOTALS, strict=True)),
        "references": [(f"{points} points", points) for points, _ in MILESTONES],
        "totals": TOTALS,
        "deadline": now + timedelta(days=9),
        "markdown_text": MARKDOWN,
    }


def _events(now: datetime) -> list[dict[str, Any]]:
    return [
        {"when": now, "title": "Point removed", "text": "Quiz passed.", "tone": "good", "href": "#timeline"},
        {"when": now - timedelta(days=4), "title": "Appeal filed", "tone": "info"},
        {"when": now - timedelta(days=9), "title": "Violation issued", "text": "Misleading claims.", "tone": "bad"},
    ]


MARKDOWN = """\
# Claims you can prove

Say only what you can show. A claim is **misleading** if a buyer would expect something else, see
[the guide](https://www.example.org/claims).

## What counts as proof

1. A test report about *this* product.
2. The text of its label, `as printed`.

| Claim | Points |
|---|---:|
| Cures an illness | 6 |
| "Best in the world" | 2 |

> A customer's review is not proof.
"""

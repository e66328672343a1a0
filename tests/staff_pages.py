"""Every page of the admin that shows or looks for records, as addresses that somebody reaches by its links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import result_headers
from django.test import Client
from django.urls import reverse

from reports.models import ReportRun
from sellers.models import Market, Member, Seller
from violations.models import Appeal

SEARCHES = {
    "an id": "shop-00000123",
    "a violation's id": "v-123",
    "content": "content-124",
    "a name": "Cedar Hana",
    "a part of many names": "cedar",
    "a part of one name": "5f4c8",
    "two letters": "zq",
    "an address": "person123@example.com",
    "a part of many addresses": "person1",
    "nothing there is": "xyzzyxyzzy",
    "a note": "of incident 7",
}


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def lists() -> list[Any]:
    """The models that have a list."""
    return sorted(admin.site._registry, key=lambda model: str(model._meta.label))


def pages(client: Client, *, models: list[Any] | None = None) -> Iterator[str]:
    """The addresses: of lists as they are, filtered, sorted and searched, of records, of choosers, and of what else."""
    for model in models or lists():
        yield from pages_of_list(client, model)
        yield from pages_of_record(model)
    if models is None:
        yield from choosers()
        yield from markets()
        yield from others()


def pages_of_list(client: Client, model: Any) -> Iterator[str]:
    address = list_of(model)
    yield address
    shown: Any = client.get(address)
    changelist = shown.context_data["cl"]
    if not changelist.result_list:
        return
    for spec in changelist.filter_specs:
        for choice in spec.choices(changelist):
            if choice.get("query_string", "?") != "?":
                yield address + choice["query_string"]
    yield from (address + header["url_primary"] for header in result_headers(changelist) if header.get("sortable"))
    if changelist.search_fields:
        yield from (f"{address}?q={term.replace(' ', '+')}" for term in SEARCHES.values())
    if further := changelist.further:
        yield address + further


def pages_of_record(model: Any) -> Iterator[str]:
    """The page, the history and the question before deleting of the oldest and of the newest record."""
    keys = [model._base_manager.order_by(order).values_list("pk", flat=True).first() for order in ("pk", "-pk")]
    for key in dict.fromkeys(filter(None, keys)):
        for page in ("change", "history", "delete"):
            yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=[key])


def choosers() -> Iterator[str]:
    """What the choosers of sellers, people and the rest ask while somebody types."""
    address = reverse("admin:autocomplete")
    for model, field in [(Member, "seller"), (Member, "user")]:
        names = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={field}"
        yield f"{address}?{names}"
        yield from (f"{address}?{names}&term={term.replace(' ', '+')}" for term in SEARCHES.values())


def markets() -> Iterator[str]:
    """The page of each market, and the question before deleting it, which is refused."""
    for market in Market.objects.order_by("pk"):
        yield reverse("admin:sellers_market_change", args=[market.pk])
        yield reverse("admin:sellers_market_delete", args=[market.pk])


def others() -> Iterator[str]:
    yield reverse("admin:index")
    seller = Seller.objects.order_by("-pk").values_list("pk", flat=True)[0]
    yield reverse("admin:sellers_seller_explanation", args=[seller])
    yield reverse("admin:reports_reportrun_preview", args=[seller])
    yield reverse("admin:violations_appeal_statistics")
    appeal = Appeal.objects.open().order_by("-pk").values_list("pk", flat=True)[0]
    yield reverse("admin:violations_appeal_deny", args=[appeal])
    for run in ReportRun.objects.order_by("pk")[:1]:
        yield reverse("admin:reports_reportrun_totals", args=[run.pk])
    for model in ("violations_violation", "violations_massreversal", "sellers_seller", "quizzes_question"):
        yield reverse(f"admin:{model}_add")

"""One search over everything that staff may see: sellers, people, ids, references, content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from kit.backoffice.labels import label_of
from kit.backoffice.lists import MAX_PARAMETER_CHARACTERS
from violations.models import Appeal, Violation

SEARCHED = {
    "sellers.Seller": ["market"],
    "accounts.User": [],
    "violations.Violation": ["seller"],
    "violations.Appeal": ["seller", "violation"],
    "sellers.Content": ["seller"],
    "workshops.Signup": ["seller", "workshop"],
    "workshops.Workshop": [],
    "policies.Policy": [],
    "policies.Article": ["policy"],
    "violations.Upload": ["market"],
    "violations.MassReversal": ["market"],
}
"""What is looked through, in the order of the page: each as its own list searches it, with what it is named by."""

MAX_RECORDS_NAMED = 5
MIN_CHARACTERS = 2
"""Letters from which something is looked for."""


@dataclass(frozen=True)
class Hits:
    """The records of one kind that were found; ``url`` leads to the list with all of them."""

    title: str
    url: str
    records: Sequence[tuple[str, str]]
    is_more: bool


def can_search(term: str) -> bool:
    """Whether something can be looked for: no name holds a NUL, and the database takes none."""
    return MIN_CHARACTERS <= len(term) <= MAX_PARAMETER_CHARACTERS and "\0" not in term


def search_everything(request: HttpRequest, site: AdminSite, *, term: str) -> list[Hits]:
    """What is found, by kind; only of kinds that the person may see (one query a kind, or two)."""
    found = [_search(request, site, apps.get_model(label), term=term) for label in SEARCHED]
    return [hits for hits in found if hits is not None and hits.records]


def only_hit(found: Sequence[Hits]) -> str:
    """Where the only record that was found is; empty if there are more, or none."""
    records = [url for hits in found for _name, url in hits.records]
    return records[0] if len(records) == 1 else ""


def _search(request: HttpRequest, site: AdminSite, model: type[Model], *, term: str) -> Hits | None:
    model_admin: Any = site._registry[model]
    if not model_admin.has_view_or_change_permission(request):
        return None
    rows, _may_repeat = model_admin.get_search_results(request, model_admin.get_queryset(request), term)
    rows = rows.select_related(*SEARCHED[model._meta.label]) if SEARCHED[model._meta.label] else rows
    records = list(rows.order_by("-pk")[: MAX_RECORDS_NAMED + 1])
    prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    return Hits(
        title=capfirst(str(model._meta.verbose_name_plural)),
        url=reverse(f"{prefix}_changelist", query={"q": term}),
        records=[
            (named(record), reverse(f"{prefix}_change", args=[record.pk])) for record in records[:MAX_RECORDS_NAMED]
        ],
        is_more=len(records) > MAX_RECORDS_NAMED,
    )


def named(record: Model) -> str:
    """A record by what tells it from others that are found with it."""
    if isinstance(record, Violation | Appeal):
        violation = record if isinstance(record, Violation) else record.violation
        facts = {"record": record, "seller": record.seller, "policy": violation.policy_name}
        return _("%(record)s: %(seller)s, %(policy)s") % facts
    return label_of(record)

"""Pages of the trail for who works for some markets."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, cast

from django.core.paginator import Page

from kit.backoffice.lists import CountedPaginator

if TYPE_CHECKING:
    from django.db.models import QuerySet


class ScopesPaginator(CountedPaginator):
    """Finds a page among the newest entries of each scope, which an index has in order.

    By time alone the database would look at the entries of all markets between two of a quiet one.
    """

    def __init__(self, *args: Any, scopes: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scopes = scopes

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        if not self.count:
            return super().page(number)
        first, last = (number - 1) * self.per_page, min(number * self.per_page, self.count)
        entries = cast("QuerySet[Any]", self.object_list)
        one, *others = (entries.filter(scope_id=scope).values_list("at", "pk")[:last] for scope in self.scopes)
        found = one.union(*others, all=True).order_by("-at", "-pk")[first:last]
        return Page(entries.filter(pk__in=[pk for _at, pk in found]), number, self)

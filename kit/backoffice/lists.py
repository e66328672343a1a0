"""The admin's lists: an address that cannot be read is said on the page, and nothing is listed in its place.

Every list of the admin is a ``RecordList`` (``AuditedAdmin`` sees to it). What of an address cannot be read is found by
trying: whatever Django or the database cannot make sense of, alone or together, is named with what was written.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import and_
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import FieldError, ValidationError
from django.core.paginator import Paginator
from django.db import DataError, transaction
from django.db.models import PROTECT, EmailField, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kit.database.reading import read_together

from ..formatting import in_short
from ..scopes import Scope
from ..texts.characters import composed
from ..texts.ids import id_in
from .scopes import in_scope, scope_of

MAX_PARAMETER_CHARACTERS = 200
"""How long what is looked for may be; a longer value is no id, no name and no date."""

MAX_QUOTED_CHARACTERS = 60

UNREADABLE = (
    IncorrectLookupParameters,
    DisallowedModelAdminLookup,
    LookupError,
    DataError,
    FieldError,
    OverflowError,
    RecursionError,
    TypeError,
    ValidationError,
    ValueError,
)
"""What Django and the database say of a value that they cannot make sense of."""

PARAMETER_PATTERNS = {PAGE_VAR: re.compile(r"[1-9]\d{0,8}"), ORDER_VAR: re.compile(r"(-?\d{1,3}(\.-?\d{1,3}){0,20})?")}
BOOLEAN_TEXTS = {"True", "False", "true", "false", "1", "0"}
PARAMETER_NAMES = {PAGE_VAR: gettext_noop("page"), ORDER_VAR: gettext_noop("order"), SEARCH_VAR: gettext_noop("search")}

TEXT_LOOKUPS = {"contains", "startswith", "endswith", "regex", "search"}
"""Lists are filtered by what a value is; parts of texts are for the search, which knows what it can find quickly."""


MAX_COUNTED_RECORDS = 10_000
"""How many records of a list are counted, and shown page by page; a list of millions goes on by the last one's id."""

MAX_RELATED_RECORDS = 1_000
"""How many records of another kind (sellers of a name) a search follows."""


INDEXED_LETTERS = 3
"""The trigram indexes of names find parts from this length on, and shorter ones only where a word begins."""


class CountedPaginator(Paginator):  # type: ignore[type-arg]  # as Django's admin has it
    """Counts no further than the pages that it shows, so that counting costs the same in any table."""

    @cached_property
    def found(self) -> int:
        """How many there are, or one more than are counted."""
        queryset = cast("QuerySet[Any]", self.object_list)
        if list(queryset.query.order_by) != ["-pk"]:  # else the newest are found first, by filters on time too
            queryset = queryset.order_by()
        return queryset.values("pk")[: MAX_COUNTED_RECORDS + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.found, MAX_COUNTED_RECORDS)

    @property
    def goes_on(self) -> bool:
        return self.found > MAX_COUNTED_RECORDS


class RecordList(ChangeList):
    """A list of the admin. ``unreadable`` are the parameters that could not be read; then the list is empty."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        self.unreadable: Sequence[str] = getattr(request, "unreadable", ())
        super().__init__(request, *args)

    def get_filters(self, request: HttpRequest) -> Any:
        found = super().get_filters(request)
        for spec in found[0]:
            _check_choice(spec)
        return found

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        queryset = super().get_queryset(request, exclude_parameters)
        return queryset.none() if self.unreadable else queryset

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.page_num > max(self.paginator.num_pages, 1):
            raise IncorrectLookupParameters(_("There is no page %(page)s.") % {"page": self.page_num})

    @property
    def further(self) -> str:
        """The address of what comes after this page's last record, where the list goes on by ids; else empty."""
        rows = list(self.result_list)
        if not rows or not self.paginator.goes_on or list(self.queryset.query.order_by) != ["-pk"]:
            return ""
        return str(self.get_query_string({"id__lt": rows[-1].pk}, remove=[PAGE_VAR]))


def _check_choice(spec: Any) -> None:
    """Refuse a value that is none of a filter's choices; Django would leave it out, or list nothing without a word."""
    if isinstance(spec, admin.SimpleListFilter):
        chosen: Sequence[str | None] = [spec.value()]
        choices = [str(value) for value, _label in spec.lookup_choices]
    elif isinstance(spec, admin.ChoicesFieldListFilter):
        chosen = spec.lookup_val or []
        choices = [str(value) for value, _label in spec.field.flatchoices]
    else:
        return
    for value in chosen:
        if value is not None and str(value) not in choices:
            raise IncorrectLookupParameters(_("%(value)s is no choice.") % {"value": repr(value)})


class ListsMixin(admin.ModelAdmin[Any]):
    """Says on a list's page what of its address cannot be read."""

    paginator = CountedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each choice of each filter would be counted over the whole table

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What is found by any of ``search_fields``: one with ``=`` is the whole term, others contain all its words.

        A word of one or two letters is how a word there begins: an index of three letters finds no shorter part.
        Records of another kind are looked up first and followed by their ids: a condition over several tables can use
        no index.
        """
        words = composed(search_term).split()
        if not words or not (fields := self.get_search_fields(request)):
            return queryset, False
        found = Q()
        for name in fields:
            found |= _found_by(queryset.model, str(name), words, scope_of(request))
        return queryset.filter(found), False

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What has to be kept is refused before all that hangs on it is read, be it a million sellers."""
        if kept := _kept_by(self.model, list(objs)):
            return [], {}, set(), kept
        return super().get_deleted_objects(objs, request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RecordList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        if lookup.rpartition("__")[2].removeprefix("i") in TEXT_LOOKUPS:
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]  # the same

    def get_changelist_instance(self, request: HttpRequest) -> RecordList:
        """The list that an address asks for. Its ``unreadable`` names the parameters that could not be read."""
        names = list(request.GET)
        bad = [name for name in names if not _well_formed(name, request.GET.getlist(name))]
        for _try in range(2):  # the rest may be no better
            rest = _with_parameters(request, [name for name in names if name not in bad]) if bad else request
            try:
                return self._list(rest, unreadable=[name for name in names if name in bad])
            except UNREADABLE:
                if not rest.GET:
                    raise
                bad += self._unreadable_parameters(rest) or list(rest.GET)
        return self._list(_with_parameters(request, []), unreadable=names)

    def _list(self, request: HttpRequest, *, unreadable: Sequence[str] = ()) -> RecordList:
        request.unreadable = unreadable  # type: ignore[attr-defined]  # for the list, which is made by Django
        return super().get_changelist_instance(request)  # type: ignore[return-value]  # what get_changelist says

    def _unreadable_parameters(self, request: HttpRequest) -> list[str]:
        """The parameters that cannot be read when each stands alone."""
        return [name for name in request.GET if not self._can_be_read(_with_parameters(request, [name]))]

    def _can_be_read(self, request: HttpRequest) -> bool:
        try:
            with transaction.atomic():
                self._list(request)
        except UNREADABLE:
            return False
        return True

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """Do with what was selected what was chosen. What is sent as an id and is none selects nothing."""
        sent = request.POST.copy()
        sent.setlist(ACTION_CHECKBOX_NAME, [one for one in sent.getlist(ACTION_CHECKBOX_NAME) if id_in(one)])
        request.POST = sent  # type: ignore[assignment]  # which takes the place of what was sent
        return super().response_action(request, queryset, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is not None and changelist.unreadable:
            messages.error(request, unreadable_in_words(changelist, request.GET))
            response.status_code = 400
        return response


def _found_by(model: Any, field: str, words: Sequence[str], scope: Scope) -> Q:
    path, exact = field.removeprefix("="), field.startswith("=")
    head, _dot, tail = path.partition("__")
    if tail:
        relation = model._meta.get_field(head)
        related = relation.related_model
        condition = _found_by(related, f"={tail}" if exact else tail, words, scope)
        # Records that lead here, such as members to their seller, are read for where they lead: a join finds no index.
        own, found = (relation.field.attname, "pk") if relation.one_to_many else ("pk", head)
        ids = (
            in_scope(related._base_manager.filter(condition), scope)
            .order_by()
            .values_list(own, flat=True)[:MAX_RELATED_RECORDS]
        )
        return Q(**{f"{found}__in": list(ids)})
    if exact:
        return _is(model, path, " ".join(words))
    return reduce(and_, (_contains(path, word) for word in words))


def _is(model: Any, path: str, term: str) -> Q:
    """Whether a field is the whole term. Addresses of email are kept in small letters, and what has no @ is none."""
    if isinstance(model._meta.get_field(path), EmailField):
        return Q(**{path: term.lower()}) if "@" in term else Q(pk__in=[])
    return Q(**{path: term}) & _key_of(model, path)


def _contains(path: str, word: str) -> Q:
    if (
        len(word) >= INDEXED_LETTERS or not word.isascii()
    ):  # a name of Chinese has two letters, and nothing between words
        return Q(**{f"{path}__icontains": word})
    return Q(**{f"{path}__istartswith": word}) | Q(**{f"{path}__icontains": f" {word}"})


def _key_of(model: Any, field: str) -> Q:
    """The first column of the key that an id is unique in: with all its values the key's index finds the id."""
    if field != "external_id" or "market" not in {one.name for one in model._meta.fields}:
        return Q()
    markets = model._meta.get_field("market").related_model
    return Q(market__in=list(markets._base_manager.values_list("pk", flat=True)))


def _kept_by(model: Any, records: Sequence[Any]) -> list[str]:
    """Why records cannot be deleted: what the database protects by them, by kind and no more than one of each."""
    protecting = [one for one in model._meta.related_objects if getattr(one, "on_delete", None) is PROTECT]
    found = [_one_of(relation, records) for relation in protecting]
    read_together(*found)
    return [
        _("%(kind)s that are there") % {"kind": capfirst(relation.related_model._meta.verbose_name_plural)}
        for relation, one in zip(protecting, found, strict=True)
        if one
    ]


def _one_of(relation: Any, records: Sequence[Any]) -> QuerySet[Any, Any]:
    """The id of one record that a relation leads to, if there is any."""
    related = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": records})
    one: QuerySet[Any, Any] = related.order_by().values_list("pk")[:1]
    return one


def unreadable_in_words(changelist: RecordList, asked: QueryDict) -> SafeString:
    """What of an address could not be read, and the way to the list without it."""
    faults = [(_name_of(name, changelist), ", ".join(asked.getlist(name))) for name in changelist.unreadable]
    return cannot_be_read(faults, rest=changelist.get_query_string())


def cannot_be_read(faults: Iterable[tuple[str, str]], *, rest: str) -> SafeString:
    """What of an address could not be read, by its name and as it was written; ``rest`` is the address without it."""
    shown = ((name, in_short(value.replace("\0", "\ufffd"), most=MAX_QUOTED_CHARACTERS)) for name, value in faults)
    said = format_html_join(", ", "{}: “{}”", shown)
    return format_html(
        _('This cannot be read, so nothing is listed. {faults}. Correct it, or <a href="{rest}">leave it out</a>.'),
        faults=said,
        rest=rest,
    )


def _name_of(name: str, changelist: RecordList) -> str:
    """What a parameter is called on the page: by its filter's title, else by the fields it goes through."""
    for spec in changelist.filter_specs:
        if name in spec.expected_parameters():
            return f"{spec.title} ({name})"
    return _(PARAMETER_NAMES[name]) if name in PARAMETER_NAMES else name.replace("\0", "\ufffd")


def _well_formed(name: str, values: Sequence[str]) -> bool:
    """Whether a parameter's values are text that can be looked for at all."""
    shape = PARAMETER_PATTERNS.get(name)
    return not any(
        "\0" in name + value
        or len(value) > MAX_PARAMETER_CHARACTERS
        or (shape is not None and not shape.fullmatch(value))
        or (name.endswith("__isnull") and value not in BOOLEAN_TEXTS)
        for value in values
    )


def _with_parameters(request: HttpRequest, names: Sequence[str]) -> HttpRequest:
    """The same request with no more of its address than some parameters; ``asked`` is all that it had."""
    rest = copy.copy(request)
    rest.asked = getattr(request, "asked", request.GET)  # type: ignore[attr-defined]  # for filters that show what was typed
    query = QueryDict(mutable=True)
    for name in names:
        query.setlist(name, request.GET.getlist(name))
    rest.GET = query  # type: ignore[assignment]  # the stubs want it immutable
    return rest

"""What somebody of the staff may work on: records say how they lead to what people are limited to.

Whatever is read for staff goes through ``in_scope``: what it leaves out does not exist for them. Models say how their
records lead to what people are limited to (``kit.scopes``); one of another package has its path on its admin, which may
also say ``limit_to`` itself. To what a person is limited, the site answers (``scope_of``).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from ..scopes import EVERYWHERE, ITSELF, NOWHERE, Scope
from .labels import repeated, told_apart

OTHER_SCOPE_PATHS = {"auth.Permission": EVERYWHERE}
"""Of models of other packages that have no pages."""

Records = TypeVar("Records", bound=QuerySet[Any, Any])


def path_of(model: type[Model]) -> str:
    """How a model's records lead to what people are limited to. Raises ``ImproperlyConfigured`` if it does not say."""
    own = admin.site._registry.get(model)
    path = getattr(model if own is None else own, "scope_path", OTHER_SCOPE_PATHS.get(model._meta.label))
    if path is None:
        raise ImproperlyConfigured(f"{model._meta.label} does not say to which scope its records belong (scope_path).")
    return str(path)


def in_scope(queryset: Records, scope: Scope) -> Records:
    """The records of a scope; all of them if there is none."""
    if scope is None:
        return queryset
    own: Any = admin.site._registry.get(queryset.model)
    found: Records = own.limit_to(queryset, scope) if own is not None else by_path(queryset, scope)
    return found


def by_path(queryset: Records, scope: Collection[int]) -> Records:
    """The records whose path leads into a scope."""
    path = path_of(queryset.model)
    if path == EVERYWHERE:
        return queryset
    if path == NOWHERE:
        return queryset.none()
    target = _target(queryset.model, path)
    if target is None or path_of(target) == ITSELF:
        return queryset.filter(**{f"{path}__in": list(scope)})
    return queryset.filter(**{f"{path}__in": in_scope(target._default_manager.all(), scope).values("pk")})


def _target(model: type[Model], path: str) -> type[Model] | None:
    """The model to which a path leads; ``None`` if it is no relation."""
    for name in path.split("__"):
        try:
            model = model._meta.get_field(name).related_model  # type: ignore[assignment]  # of relations, which paths are
        except FieldDoesNotExist:
            return None
    return model


def scope_of(request: HttpRequest) -> Scope:
    """To what the person who asks is limited."""
    scope: Scope = admin.site.scope_of(request)  # type: ignore[attr-defined]  # of the portal's own site
    return scope


def limit_choices(form: Any, scope: Scope) -> None:
    """Offer in each chooser of records of a form only those of a scope; another id that is sent is no choice."""
    if scope is None:
        return
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            field.queryset = in_scope(field.queryset, scope)


class ScopedMixin(admin.options.BaseModelAdmin[Any]):
    """Lists, pages, choosers and rows of the admin that show what the person may work on and nothing else."""

    @property
    def scope_path(self) -> str | None:
        return getattr(self.model, "scope_path", None)

    def limit_to(self, queryset: QuerySet[Any], scope: Collection[int]) -> QuerySet[Any]:
        """The records of a scope."""
        return by_path(queryset, scope)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        scope = scope_of(request)
        return found if scope is None else self.limit_to(found, scope)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return self._in_scope(super().formfield_for_foreignkey(db_field, request, **kwargs), request)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return self._in_scope(super().formfield_for_manytomany(db_field, request, **kwargs), request)

    def _in_scope(self, field: Any, request: HttpRequest) -> Any:
        scope = scope_of(request)
        if scope is not None and isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            field.queryset = in_scope(field.queryset, scope)
        return field


class RowsMixin(ScopedMixin):
    """Rows that belong to a record. Where they do not say their scope, it is that of the record."""

    def limit_to(self, queryset: QuerySet[Any], scope: Collection[int]) -> QuerySet[Any]:
        return queryset if self.scope_path is None else by_path(queryset, scope)


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """Offers the records of the person's scope, each by what tells it from others of its name."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        choices = self._choices(field, request, model_admin)
        twice = repeated(str(label) for _pk, label in choices)
        if not twice:
            return choices
        unclear = [pk for pk, label in choices if str(label).casefold() in twice]
        records = field.related_model._base_manager.in_bulk(unclear)
        return [(pk, told_apart(str(label), records[pk]) if pk in records else label) for pk, label in choices]

    def _choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        scope = scope_of(request)
        if scope is None:
            return super().field_choices(field, request, model_admin)
        ordering = self.field_admin_ordering(field, request, model_admin)
        own = in_scope(field.related_model._default_manager.all(), scope)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to={"pk__in": own})


admin.FieldListFilter.register(lambda field: bool(field.remote_field), ScopedRelatedFilter, take_priority=True)

"""Rows on a record's page take no text that cannot be kept, as its own fields do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.test import RequestFactory

from accounts.models import User

pytestmark = pytest.mark.django_db

CONTROL, UNSEEN, TWO_LINES = "a\x1bb", "\u200b", "a\nb"


def rows() -> Iterator[tuple[Any, str, forms.Field]]:
    """The fields of text in the rows of each form of the admin."""
    request = RequestFactory().get("/")
    request.user = User(is_staff=True, is_active=True, is_superuser=True)
    for model, model_admin in admin.site._registry.items():
        for formset, _ in model_admin.get_formsets_with_inlines(request, model(pk=0)):
            row = formset(instance=model(pk=0)).empty_form
            yield from ((formset.model, name, field) for name, field in row.fields.items() if is_text(field))


def is_text(field: forms.Field) -> bool:
    return type(field).to_python is forms.CharField.to_python


def takes(field: forms.Field, typed: str) -> bool:
    try:
        field.clean(typed)
    except forms.ValidationError:
        return False
    return True


def test_rows_take_no_text_that_cannot_be_kept() -> None:
    found = list(rows())
    assert {(model.__name__, name) for model, name, _ in found} >= {
        ("ArticleVersionSection", "title"),
        ("Choice", "text"),
        ("SignupQuestion", "text"),
    }
    for model, name, field in found:
        assert not takes(field, CONTROL), (model, name)
        assert not takes(field, UNSEEN), (model, name)
        assert takes(field, TWO_LINES) == isinstance(field.widget, forms.Textarea), (model, name)

"""A refused form says so first: in the title, and in a summary that takes the focus, on every page that has a form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.utils.functional import SimpleLazyObject

TEMPLATES = Path(settings.BASE_DIR) / "templates"

SHOWS_FIELDS = re.compile(r"components/(field|question)\.html|{{ (field|form\.\w+|box\.tag) }}|includes/fieldset\.html")
SAYS_WHAT_WAS_REFUSED = re.compile(r"components/form_(errors|fields)\.html|class=\"errornote refusal\"")

PARTS = {
    "components/field.html",
    "components/filters_fields.html",
    "components/form_fields.html",
    "healthportal/styleguide.html",
}
"""Parts of a form, and examples of them."""


class OneField(forms.Form):
    name = forms.CharField()


def forms_of_the_portal() -> dict[str, str]:
    texts = {str(path.relative_to(TEMPLATES)): path.read_text() for path in TEMPLATES.rglob("*.html")}
    return {name: text for name, text in texts.items() if SHOWS_FIELDS.search(text) and name not in PARTS}


def test_every_form_with_fields_says_first_what_was_refused() -> None:
    found = forms_of_the_portal()
    assert {"violations/ledger.html", "admin/portal/action_page.html", "workshops/check_in.html"} <= set(found)
    assert [name for name, text in found.items() if not SAYS_WHAT_WAS_REFUSED.search(text)] == []


@pytest.mark.parametrize("name", ["form", "address_form", "anything"])
def test_title_says_error_whatever_the_form_is_called(name: str) -> None:
    title = Template('{% if_refused "Error: " %}Name')
    assert title.render(Context({name: OneField({})})) == "Error: Name"
    assert title.render(Context({name: OneField({"name": "Ana"})})) == "Name"
    assert title.render(Context({name: OneField()})) == "Name"


def test_title_says_error_for_rows_of_a_form() -> None:
    rows = forms.formset_factory(OneField)
    sent = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1"}
    title = Template('{% if_refused "Error: " %}Name')
    assert title.render(Context({"rows": rows({**sent, "form-0-name": ""})})) == "Error: Name"
    assert title.render(Context({"rows": rows({**sent, "form-0-name": "Ana"})})) == "Name"


def test_title_evaluates_nothing_that_is_lazy() -> None:
    def never() -> str:
        raise AssertionError

    assert Template('{% if_refused "Error: " %}').render(Context({"lazy": SimpleLazyObject(never)})) == ""


@pytest.mark.django_db
def test_public_page_sets_no_cookie(client: Client) -> None:
    assert not client.get("/policies/").cookies

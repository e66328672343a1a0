from __future__ import annotations

import pytest
from django import forms
from django.test.html import parse_html

from kit.pages.selects import LongSelect


@pytest.mark.parametrize("value", [None, "", "b", 'x"><script>'])
def test_long_list_is_written_as_django_writes_it(value: str | None) -> None:
    choices = [("", "Every <one>"), ("a", "A"), ("b", "B & C"), ('x"><script>', "X")]
    long, short = (kind(attrs={"class": "wide"}, choices=choices) for kind in (LongSelect, forms.Select))
    html = long.render("letter", value, {"id": "id_letter", "aria-invalid": "true"})
    assert parse_html(html) == parse_html(short.render("letter", value, {"id": "id_letter", "aria-invalid": "true"}))

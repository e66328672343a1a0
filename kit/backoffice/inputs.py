"""Inputs of the admin's forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextInputWidget
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _lazy

from ..pages.text_areas import AdminTextArea
from ..texts.limits import REASON


class LongTextField(forms.CharField):
    """A text of several lines that staff write, no longer than what it is kept in."""

    def __init__(
        self, label: Any, help_text: Any = "", *, rows: int = 10, max_length: int = REASON, **kwargs: Any
    ) -> None:
        widget = AdminTextArea(attrs={"rows": rows})
        super().__init__(label=label, help_text=help_text, max_length=max_length, widget=widget, **kwargs)


class MomentInput(AdminSplitDateTime):
    """A date and a time, each named after the field for people who do not see the label above both."""

    PARTS = (_lazy("{label}, date"), _lazy("{label}, time"))

    def __init__(self, label: str | Promise, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        for part, widget in zip(self.PARTS, self.widgets, strict=True):
            widget.attrs["aria-label"] = format_lazy(part, label=label)


class SuggestingInput(AdminTextInputWidget):
    """A line of free text that offers what there is; looked up when the line is shown."""

    def __init__(self, suggestions: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self.suggestions = suggestions

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        list_id = f"{name}-suggestions"
        line = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((one,) for one in self.suggestions()))
        return format_html('{}<datalist id="{}">{}</datalist>', line, list_id, options)

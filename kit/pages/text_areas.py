"""Where texts of several lines are typed: what comes out has one kind of line break, so that it is counted once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget

from ..texts.limits import with_line_breaks


class _OneKindOfLineBreak:
    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)  # type: ignore[misc]  # the widget that it is mixed into
        return with_line_breaks(value) if isinstance(value, str) else value


class TextArea(_OneKindOfLineBreak, forms.Textarea):
    """Every text of several lines on sellers' pages is typed into one of these."""


class AdminTextArea(_OneKindOfLineBreak, AdminTextareaWidget):
    """And every one of the admin into one of these."""

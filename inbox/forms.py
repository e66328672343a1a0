"""What the inbox takes from a person."""

from __future__ import annotations

from django import forms


class ReadAllForm(forms.Form):
    """The moment at which the list was shown (ISO, UTC): later messages stay unread."""

    posted_until = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"])

"""Forms whose texts can be kept: no control characters, no line breaks in a line, and something to see or nothing."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.core.validators import EmailValidator, ProhibitNullCharactersValidator

from ..texts.email_addresses import validate_address
from ..texts.validators import validate_line, validate_text, validate_visible

AS_TYPED = {forms.CharField.to_python, forms.URLField.to_python}
"""What a field whose value is a text makes of what was typed."""

SAID_BY_OURS = (ProhibitNullCharactersValidator, EmailValidator)
"""What Django asks of texts and addresses, which ``validate_text`` and ``validate_address`` ask too."""


def check_text(field: forms.Field | None) -> None:
    """Have a field refuse text that cannot be kept, and an address that cannot be written to.

    Passwords are none, nor what a field makes something else of.
    """
    if not isinstance(field, forms.CharField) or isinstance(field.widget, forms.PasswordInput):
        return
    if type(field).to_python not in AS_TYPED:
        return
    wanted: list[Callable[[str], None]] = [validate_text, validate_visible]  # of an empty text no field asks anything
    if not isinstance(field.widget, forms.Textarea | forms.HiddenInput):
        wanted.append(validate_line)
    if isinstance(field, forms.EmailField):
        wanted.append(validate_address)
    asked = [one for one in field.validators if not isinstance(one, SAID_BY_OURS)]
    field.validators = [*asked, *(validator for validator in wanted if validator not in asked)]


class CheckedTexts:
    """A form that checks its texts, also those of fields that it was given later."""

    fields: dict[str, forms.Field]

    def full_clean(self) -> None:
        for field in self.fields.values():
            check_text(field)
        super().full_clean()  # type: ignore[misc]  # of the form that it is mixed into


class CheckedForm(CheckedTexts, forms.Form):
    """Every form of the portal that is not made of a model."""

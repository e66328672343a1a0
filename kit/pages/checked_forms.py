"""Forms whose texts can be kept: no control characters, no line breaks in a line, and something to see or nothing.

And as Unicode composes them (NFC), so that who searches finds them however they were typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.validators import EmailValidator, ProhibitNullCharactersValidator

from ..texts.characters import composed
from ..texts.email_addresses import validate_address
from ..texts.validators import validate_line, validate_text, validate_visible
from .upload_handlers import validate_arrived

AS_TYPED = {forms.CharField.to_python, forms.URLField.to_python}
"""What a field whose value is a text makes of what was typed."""

SAID_BY_OURS = (ProhibitNullCharactersValidator, EmailValidator)
"""What Django asks of texts and addresses, which ``validate_text`` and ``validate_address`` ask too."""


def check_field(field: forms.Field | None) -> None:
    """Have a field refuse text that cannot be kept, bad email addresses, and files that were lost.

    Texts are composed before they are checked. Passwords are none, nor what a field makes something else of.
    """
    if type(field) is forms.FileField and validate_arrived not in field.validators:
        field.validators = [*field.validators, validate_arrived]
    if not isinstance(field, forms.CharField) or isinstance(field.widget, forms.PasswordInput):
        return
    if type(field).to_python not in AS_TYPED:
        return
    if "to_python" not in vars(field):
        field.to_python = _composing(field.to_python)  # type: ignore[assignment,method-assign]  # of this field
    wanted: list[Callable[[str], None]] = [validate_text, validate_visible]  # of an empty text no field asks anything
    if not isinstance(field.widget, forms.Textarea | forms.HiddenInput):
        wanted.append(validate_line)
    if isinstance(field, forms.EmailField):
        wanted.append(validate_address)
    asked = [one for one in field.validators if not isinstance(one, SAID_BY_OURS)]
    field.validators = [*asked, *(validator for validator in wanted if validator not in asked)]


def _composing(to_python: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def composed_text(value: Any) -> Any:
        text = to_python(value)
        return composed(text) if isinstance(text, str) else text

    return composed_text


class CheckedTexts:
    """A form that checks its texts, also those of fields that it was given later."""

    fields: dict[str, forms.Field]

    def full_clean(self) -> None:
        for field in self.fields.values():
            check_field(field)
        super().full_clean()  # type: ignore[misc]  # of the form that it is mixed into


class CheckedForm(CheckedTexts, forms.Form):
    """Every form of the portal that is not made of a model."""

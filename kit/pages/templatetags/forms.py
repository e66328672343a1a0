"""What became of a form. Its tags are builtins (see the settings)."""

from typing import Any

from django import template
from django.contrib.messages import ERROR
from django.contrib.messages.storage.base import BaseStorage
from django.forms import BaseForm, BaseFormSet, CharField
from django.template import Context
from django_filters import FilterSet

register = template.Library()


@register.simple_tag(takes_context=True)
def if_refused(context: Context, words: str) -> str:
    """``words`` if what was sent was refused: a form with errors, whatever its name, or an error told above."""
    return words if any(_is_refused(value) for value in context.flatten().values()) else ""


@register.inclusion_tag("components/what_was_typed.html")
def what_was_typed(form: BaseForm) -> dict[str, Any]:
    """The texts of a form that was sent and cannot be carried out any more: to copy."""
    texts = [field for field in form if form.is_bound and isinstance(field.field, CharField) and not field.is_hidden]
    return {"submitted": [(field.label, field.value()) for field in texts if (field.value() or "").strip()]}


def _is_refused(value: Any) -> bool:
    kind = type(value)  # isinstance would evaluate what is lazy, such as the token of a form, and with it set a cookie
    if issubclass(kind, FilterSet):
        return _is_refused(value.form)
    if issubclass(kind, BaseForm):
        return bool(value.is_bound and value.errors)
    if issubclass(kind, BaseFormSet):
        return bool(value.is_bound and value.total_error_count())
    return issubclass(kind, BaseStorage) and any(message.level >= ERROR for message in value)

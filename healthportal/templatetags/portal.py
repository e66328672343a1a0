"""Template tags and filters that every template may use (they are builtins, see the settings)."""

from django import template

register = template.Library()

"""Places that nobody used, and why that does not count."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.validators import is_visible, validate_text

from .signups import Signup


class Excuse(models.Model):
    """A host excused that nobody came for a place: it does not count."""

    signup = models.OneToOneField(Signup, on_delete=models.PROTECT, related_name="excuse")
    reason = models.CharField(max_length=300, validators=[validate_text], help_text=_lazy("The seller reads it."))
    excused_at = models.DateTimeField()
    excused_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(name="excuse_says_why", condition=is_visible("reason"))]

    def __str__(self) -> str:
        return str(self.signup)

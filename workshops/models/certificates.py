"""Certificates of attendance."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy

from .. import rules
from .signups import Signup


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def valid(self) -> CertificateQuerySet:
        """Those of who is still noted as there."""
        return self.filter(signup__checked_in_at__isnull=False)


class Certificate(models.Model):
    """That somebody was at a workshop, as it was called then. It holds as long as they are noted as there."""

    signup = models.OneToOneField(Signup, on_delete=models.PROTECT, related_name="certificate")
    code = models.CharField(max_length=16, unique=True, help_text=_lazy("By which anybody can verify it."))
    name = models.CharField(max_length=160, help_text=_lazy("Of who was there."))
    title = models.CharField(max_length=160, help_text=_lazy("Of the workshop."))
    place = models.CharField(max_length=600)
    issued_at = models.DateTimeField()

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="certificate_code_is_one", condition=Q(code__regex=r"^[A-Z2-9]{16}$")),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.title}"

    def get_absolute_url(self) -> str:
        """The public page that verifies it."""
        return reverse("workshops:certificate", kwargs={"secret": self.code})

    @property
    def spelled_code(self) -> str:
        return rules.spell_code(self.code)

    @property
    def withdrawn(self) -> bool:
        """Whether the check-in that it stands for was taken back."""
        return self.signup.checked_in_at is None

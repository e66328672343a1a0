"""Files that hosts hand out after a workshop."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy

from .workshops import Workshop

MAX_BYTES = 20_000_000
MAX_FILES = 10


class MaterialFile(models.Model):
    """A file of a workshop's material. It lies under a random name; its type was found in its content."""

    class Type(models.TextChoices):
        PDF = "application/pdf", "PDF"
        PNG = "image/png", "PNG"
        JPEG = "image/jpeg", "JPEG"
        WEBP = "image/webp", "WebP"

    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="material_files")
    name = models.CharField(max_length=200, help_text=_lazy("As the host called it."))
    content_type = models.CharField(max_length=20, choices=Type)
    size = models.PositiveIntegerField(help_text=_lazy("Bytes."))
    stored_name = models.CharField(max_length=80, unique=True, help_text=_lazy("Random; below ATTACHMENTS_ROOT."))
    added_at = models.DateTimeField()

    scope_path = "workshop__market"

    class Meta:
        ordering = ["id"]
        verbose_name = _lazy("file of material")
        verbose_name_plural = _lazy("files of material")
        constraints = [
            models.CheckConstraint(name="material_file_size_range", condition=Q(size__gte=1, size__lte=MAX_BYTES)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("workshops:material", kwargs={"workshop_id": self.workshop_id, "file_id": self.pk})

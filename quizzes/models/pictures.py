"""Pictures of questions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.scopes import EVERYWHERE
from kit.texts.limits import PICTURE
from kit.texts.validators import is_visible

from ..rules import MAX_PICTURES
from .banks import Question


class QuestionPicture(models.Model):
    """A picture that a question shows, with what it shows in words. Like the question's words it stays once written.

    The file lies in the store of attachments, made anew from what was sent.
    """

    class Type(models.TextChoices):
        PNG = "image/png", "PNG"
        JPEG = "image/jpeg", "JPEG"
        WEBP = "image/webp", "WebP"

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="pictures", db_index=False)
    position = models.PositiveSmallIntegerField(help_text=_lazy("1 for the first."))
    alt = models.CharField(
        max_length=PICTURE, help_text=_lazy("What it shows, for whoever does not see it. Do not give the answer away.")
    )
    content_type = models.CharField(max_length=10, choices=Type)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    stored_name = models.CharField(max_length=100, editable=False, db_index=True)

    scope_path = EVERYWHERE

    class Meta:
        ordering = ["question", "position"]
        constraints = [
            models.UniqueConstraint(fields=["question", "position"], name="picture_position_unique"),
            models.CheckConstraint(
                name="picture_position_within", condition=Q(position__gte=1, position__lte=MAX_PICTURES)
            ),
            models.CheckConstraint(name="picture_says_what_it_shows", condition=is_visible("alt")),
            models.CheckConstraint(
                name="picture_is_one",
                condition=Q(
                    content_type__in=["image/png", "image/jpeg", "image/webp"], width__gte=1, height__gte=1,
                    width__lte=1_600, height__lte=1_600,
                )
                & ~Q(stored_name=""),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return _("Picture %(position)s: %(alt)s") % {"position": self.position, "alt": self.alt}

    @property
    def as_drawn(self) -> dict[str, object]:
        """What an attempt keeps of it."""
        return {"id": self.pk, "alt": self.alt, "width": self.width, "height": self.height}

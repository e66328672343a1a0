"""What staff note about a seller for each other."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from kit.texts.limits import REASON, no_longer
from kit.texts.validators import is_visible

from .sellers import Seller


class SellerNote(models.Model):
    """What somebody of the staff notes about a seller for others of the staff.

    Sellers never read it. It stays as it was written: the database refuses to change one. It also refuses to delete one
    before the shortest time that staff may choose to keep notes.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="notes", db_index=False)
    text = models.TextField(max_length=REASON, help_text=_lazy("Staff read it, sellers never do."))
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    written_at = models.DateTimeField()

    scope_path = "seller__market"

    class Meta:
        ordering = ["-written_at", "-id"]
        verbose_name = _lazy("note about a seller")
        verbose_name_plural = _lazy("notes about sellers")
        indexes = [
            models.Index(fields=["seller", "-id"], name="seller_note_of_seller"),
            models.Index(fields=["written_at", "id"], name="seller_note_written"),
        ]
        constraints = [
            models.CheckConstraint(name="seller_note_says_something", condition=is_visible("text")),
            no_longer("text", REASON, name="seller_note_fits"),
        ]

    def __str__(self) -> str:
        return _("Note about %(seller)s") % {"seller": self.seller}

"""How pages that show workshops know, without reading all of these, that none changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _


class ListingVersion(models.Model):
    """One of a few rows that the database writes anew, one a statement, when workshops, topics or material change.

    Together they are the version of all workshops. Who changes workshops takes a row that nobody else has at that time,
    or adds one, so nobody waits (``renew_listing_version.sql``).
    """

    changes = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return _("Version of the workshops, part %(number)s") % {"number": self.pk}

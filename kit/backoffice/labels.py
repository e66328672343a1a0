"""What a record is called where it stands among others of its name."""

from __future__ import annotations

from django.db.models import Model


def label_of(record: Model) -> str:
    """A record by what tells it from others of its name."""
    return str(getattr(record, "label", record))

"""Reading the audit trail."""

from __future__ import annotations

from django.db.models import Model, QuerySet

from .models import AuditEntry


def trail_of(record: Model) -> QuerySet[AuditEntry]:
    """What staff did to a record, newest first, with the people who did it."""
    about = AuditEntry.objects.filter(kind=record._meta.label_lower, object_id=str(record.pk))
    return about.select_related("person")

"""Reading the audit trail."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from .models import AuditEntry, LoneDecision


def trail_of(record: Model) -> QuerySet[AuditEntry]:
    """What staff did to a record, newest first, with the people who did it."""
    about = AuditEntry.objects.filter(kind=record._meta.label_lower, object_id=str(record.pk))
    return about.select_related("person")


def lone_decisions_for(person: Any) -> QuerySet[LoneDecision]:
    """What others decided alone since somebody came who may approve the same, and has not read yet, oldest first."""
    others = LoneDecision.objects.filter(permission__in=person.get_all_permissions()).exclude(entry__person=person)
    unread = others.filter(entry__at__gte=person.date_joined).exclude(readings__person=person)
    return unread.select_related("entry").order_by("pk")


# From each action to the next one of the index: as many steps as there are actions, whatever the trail has grown to.
KNOWN_ACTIONS = """
WITH RECURSIVE known AS (
    (SELECT action FROM audit_auditentry ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT entry.action FROM audit_auditentry AS entry WHERE entry.action > known.action
        ORDER BY entry.action LIMIT 1)
    FROM known WHERE known.action IS NOT NULL
)
SELECT action FROM known WHERE action IS NOT NULL
"""


def known_actions() -> list[str]:
    """Each action that the trail has, in order."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_ACTIONS)
        return [action for (action,) in cursor.fetchall()]

"""The audit trail: who did what when."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Cast, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from .notes import note_words
from .wording import action_words


class AuditEntry(models.Model):
    """A line of the audit trail: who did what when, to which object, and what it changed.

    Never changed or deleted, but for sign-ins of long ago and the names of who is erased: the database refuses.
    ``person`` is empty for what nobody with an account did (a command on the server, a failed sign-in); ``actor``
    is their email address then, or says who else it was. ``kind`` (such as ``sellers.seller``) and ``object_id``
    are no foreign key, so that a line outlives what it is about. ``changes`` is a list of ``{"field", "from",
    "to"}``, with ``"of"`` for a row that belongs to the object (``audit.snapshots.Row``).
    """

    at = models.DateTimeField(default=timezone.now)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    kind = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(max_length=200, blank=True)
    scope_id = models.BigIntegerField(null=True, blank=True)
    """Which of what staff can be limited to the object belonged to (``kit.scopes``); empty for people, and for what is
    for those who are limited to nothing."""
    note_kind = models.CharField(max_length=80, blank=True)
    note_facts = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    note_names = models.GeneratedField(
        expression=Cast(
            models.Func(
                "note_facts", models.Value('strict $.**?(@.type() == "string")'), function="jsonb_path_query_array"
            ),
            models.TextField(),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    """What the note names, whatever its words: for the search."""
    changes = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _lazy("entry of the audit trail")
        verbose_name_plural = _lazy("audit trail")
        constraints = [
            models.CheckConstraint(
                name="audit_entry_says_who_and_what", condition=~models.Q(actor="") & ~models.Q(action="")
            )
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_entry_newest"),
            models.Index(fields=["kind", "object_id", "-at", "-id"], name="audit_entry_of_object"),
            models.Index(fields=["person", "-at", "-id"], name="audit_entry_of_person"),
            models.Index(fields=["kind", "-at", "-id"], name="audit_entry_of_kind"),
            models.Index(fields=["action", "-at", "-id"], name="audit_entry_of_action"),
            models.Index(fields=["object_id"], name="audit_entry_object_id"),
            models.Index(fields=["scope_id", "-at", "-id"], name="audit_entry_of_scope"),
            GinIndex(
                *(OpClass(Upper(field), name="gin_trgm_ops") for field in ("actor", "object_name", "note_names")),
                name="audit_entry_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_in_words}: {self.object_name}" if self.object_name else self.action_in_words

    @property
    def action_in_words(self) -> str:
        return action_words(self.action)

    @property
    def note(self) -> str:
        """What was done and why, in the language of whoever reads it."""
        return note_words(self.note_kind, self.note_facts)


class LoneDecision(models.Model):
    """That somebody did alone what two people do. Everybody who holds ``permission`` is shown it until they read it.

    Who it was, when, of what and why is the entry of the trail.
    """

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="lone_decision")
    permission = models.CharField(max_length=100, help_text=_lazy("Who may approve the same."))
    readers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="LoneDecisionReading", related_name="+", editable=False
    )

    scope_path = "entry"

    class Meta:
        ordering = ["-id"]
        verbose_name = _lazy("decision made alone")
        verbose_name_plural = _lazy("decisions made alone")

    def __str__(self) -> str:
        return self.entry.object_name


class LoneDecisionReading(models.Model):
    """That somebody read why another went alone."""

    decision = models.ForeignKey(LoneDecision, on_delete=models.CASCADE, related_name="readings", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["decision", "person"], name="lone_decision_read_once")]

    def __str__(self) -> str:
        return f"{self.decision}: {self.person}"

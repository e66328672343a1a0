"""What sellers have written for an appeal and not sent yet."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.texts.limits import APPEAL_DRAFT, no_longer
from sellers.models import Seller
from violations.models.appeal_requests import AppealRequest
from violations.models.violations import Violation


class AppealDraftQuerySet(models.QuerySet["AppealDraft"]):
    def of_seller(self, seller: Seller) -> AppealDraftQuerySet:
        return self.filter(violation__seller=seller)

    def to_file(self) -> AppealDraftQuerySet:
        """Those of appeals, not of answers."""
        return self.filter(request=None)

    def too_late_since(self, moment: datetime) -> AppealDraftQuerySet:
        """Those whose time to be sent ended before a moment: to appeal, or to answer."""
        return self.filter(Q(request=None, violation__appeal_until__lt=moment) | Q(request__answer_by__lt=moment))


class AppealDraft(models.Model):
    """What a member typed against a violation and attached, as they left it: theirs alone, and gone when it is sent.

    It is an appeal, or the answer to a ``request`` of the reviewer of one.
    ``saved_in`` names the window that saved it last: another one that was opened before does not write over it.
    """

    violation = models.ForeignKey(Violation, on_delete=models.CASCADE, related_name="appeal_drafts", db_index=False)
    request = models.ForeignKey(AppealRequest, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(max_length=APPEAL_DRAFT, blank=True, help_text=_lazy("As typed. Markdown."))
    saved_in = models.CharField(max_length=32)
    saved_at = models.DateTimeField()

    objects = AppealDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["violation", "user"], condition=Q(request=None), name="appeal_draft_one_per_member"
            ),
            models.UniqueConstraint(fields=["request", "user"], name="appeal_draft_one_answer_per_member"),
            no_longer("text", APPEAL_DRAFT, name="appeal_draft_text_fits"),
            models.CheckConstraint(name="appeal_draft_names_its_window", condition=~Q(saved_in="")),
        ]

    def __str__(self) -> str:
        return _("Draft %(pk)s of an appeal") % {"pk": self.pk}

    @property
    def fingerprint(self) -> str:
        """A hash of all that would be filed: who files says what they have seen (1 query)."""
        ids = self.attachments.order_by("pk").values_list("pk", flat=True)
        return hashlib.sha256(repr((self.text, list(ids))).encode()).hexdigest()

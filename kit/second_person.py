"""What one person proposes and another approves, or the same one alone, with a reason that the others read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from .outcomes import Refused
from .texts.characters import has_visible
from .texts.limits import REASON, no_longer
from .texts.validators import is_visible

NEVER = Q()
"""No record: adds nothing to the conditions that it is one of."""
WINDOW = timedelta(hours=24)
"""What one person did alone within it counts together, so that nothing is split to pass the number of a second one."""
MIN_ALONE = 20
"""Characters that can be seen: a reason to go alone says something to who reads it."""


class OwnProposal(Refused):
    """Nobody approves what they proposed, unless they say why they go alone."""

    def __init__(self) -> None:
        said = _(
            "You proposed this, so somebody else has to decide on it. If nobody else can, say why you go alone, in at "
            "least %(count)s characters."
        )
        super().__init__(said % {"count": MIN_ALONE}, field="alone_reason")


class TwoPeople(models.Model):
    """A record that one person proposes and another approves.

    ``proposer`` and ``approver`` name the columns with the two, ``approved_with`` the permission to approve. Who
    proposed it approves it alone only with ``alone_reason``, which everybody with that permission reads.
    """

    proposer: ClassVar[str] = "proposed_by"
    approver: ClassVar[str] = "decided_by"
    approved_with: ClassVar[str] = ""

    alone_reason = models.TextField(
        _lazy("reason to go alone"),
        max_length=REASON,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_lazy("Why who proposed it also approved it."),
    )

    class Meta:
        abstract = True

    def is_own(self, person_id: int | None) -> bool:
        """Whether it is this person who proposed it."""
        return person_id is not None and getattr(self, f"{self.proposer}_id") == person_id

    def refuse_another_proposal(self) -> None:
        """Raise ``Refused`` if somebody has proposed it already."""
        if getattr(self, f"{self.proposer}_id") is not None:
            raise Refused(_("It waits for a second person already."))

    def approve_as(self, person: models.Model, *, alone_reason: str = "") -> None:
        """Note who approves it. Raises ``OwnProposal`` for who proposed it and does not say why they go alone."""
        is_own = self.is_own(person.pk)
        if is_own and not says_enough(alone_reason):
            raise OwnProposal
        self.alone_reason = alone_reason.strip() if is_own else ""
        setattr(self, self.approver, person)


class Proposal(TwoPeople):
    """A record of its own for what is proposed, and what became of it. Who proposed it may take it back alone."""

    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    approved = models.BooleanField(null=True, blank=True)

    class Meta:
        abstract = True

    def decide_as(self, person: models.Model, *, is_approved: bool, alone_reason: str = "") -> None:
        """Note who decides on it and how. Raises ``OwnProposal`` as ``approve_as`` does."""
        if is_approved:
            self.approve_as(person, alone_reason=alone_reason)
        else:
            setattr(self, self.approver, person)
        self.approved = is_approved


def says_enough(reason: str) -> bool:
    """Whether a reason to go alone has as many characters as it needs."""
    return sum(map(has_visible, reason)) >= MIN_ALONE


@dataclass(frozen=True)
class Share:
    """How much one person may do alone: ``count`` of something, after the ``alone`` that they did within ``WINDOW``.

    ``above`` is the number above which a second person is needed, ``None`` if there is none.
    """

    count: int
    alone: int
    above: int | None

    @property
    def total(self) -> int:
        return self.alone + self.count

    @property
    def needs_second_person(self) -> bool:
        """Whether it is too much for one person: what they did in several parts counts together."""
        return self.above is not None and self.total > self.above


def two_people(
    name: str,
    *,
    proposer: str = "proposed_by",
    decision: Sequence[str] = ("decided_by", "decided_at", "approved"),
    unless: Q = NEVER,
) -> list[CheckConstraint]:
    """The constraints of such a record: its decision is whole, and who approves it is another, or says why not.

    ``decision`` are the columns that are written together, the first being who decides. A decision with ``approved``
    may also be that it is declined. ``unless`` says which records one person decides on.
    """
    approver = decision[0]
    is_declined = Q(approved=False) if "approved" in decision else NEVER
    is_whole = Q(**dict.fromkeys(decision)) | Q(**{f"{column}__isnull": False for column in decision})
    return [
        *([CheckConstraint(name=f"{name}_decision_is_whole", condition=is_whole)] if len(decision) > 1 else []),
        CheckConstraint(
            name=f"{name}_approved_by_another",
            condition=Q(**{approver: None})
            | (Q(**{f"{proposer}__isnull": False}) & ~Q(**{approver: F(proposer)}))
            | is_visible("alone_reason", at_least=MIN_ALONE)
            | is_declined
            | unless,
        ),
        no_longer("alone_reason", REASON, name=f"{name}_alone_reason_fits"),
    ]

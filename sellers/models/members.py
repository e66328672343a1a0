"""The people of a seller, their roles, and invitations."""

from __future__ import annotations

import hashlib

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from kit.texts.email_addresses import validate_address

from .. import rules
from .sellers import Seller

ROLES = [role.value for role in rules.Role]


class Member(models.Model):
    """A person who may look at a seller's pages, and do for it what their role allows (``rules.RIGHTS``).

    A seller that has members keeps an owner among them: the database refuses to lose the last.
    """

    class Role(models.TextChoices):
        OWNER = rules.Role.OWNER.value, _lazy("Owner")
        MANAGER = rules.Role.MANAGER.value, _lazy("Manager")
        VIEWER = rules.Role.VIEWER.value, _lazy("Viewer")

    seller = models.ForeignKey(Seller, on_delete=models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role, default=Role.OWNER, db_default=Role.OWNER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    visited_at = models.DateTimeField(
        null=True, editable=False, help_text="When they opened the dashboard last, to the minute."
    )
    visited_before_at = models.DateTimeField(
        null=True, editable=False, help_text="The end of the visit before that one; a pause ends a visit."
    )

    scope_path = "seller__market"

    class Meta:
        ordering = ["seller", "user"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "user"], name="member_unique"),
            models.CheckConstraint(name="member_role_known", condition=models.Q(role__in=ROLES)),
            models.CheckConstraint(
                name="member_visits_in_order",
                condition=models.Q(visited_before_at=None) | models.Q(visited_before_at__lt=models.F("visited_at")),
            ),
        ]

    def __str__(self) -> str:
        return _("%(label)s for %(seller)s") % {"label": self.user.label, "seller": self.seller}


class MemberChangeQuerySet(models.QuerySet["MemberChange"]):
    def to_tell(self) -> MemberChangeQuerySet:
        """Of which apps above have yet to tell the person what follows from it."""
        return self.filter(to_tell=True)


class MemberChange(models.Model):
    """That a person became a member of a seller, or is one no longer.

    Written with the membership, so that apps above can put right what they gave the person: a membership that ended
    leaves nothing else behind.
    """

    seller = models.ForeignKey(Seller, on_delete=models.CASCADE, related_name="member_changes", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="member_changes", db_index=False)
    joined = models.BooleanField(help_text=_lazy("Else the person left, or was removed."))
    changed_at = models.DateTimeField()
    to_tell = models.BooleanField(default=True)

    objects = MemberChangeQuerySet.as_manager()

    scope_path = "seller__market"

    class Meta:
        ordering = ["id"]
        verbose_name = _lazy("change of members")
        verbose_name_plural = _lazy("changes of members")
        indexes = [
            models.Index(fields=["user", "seller"], name="member_change_of_person"),
            models.Index(fields=["seller", "changed_at"], name="member_change_of_seller"),
            models.Index(fields=["id"], condition=models.Q(to_tell=True), name="member_change_to_tell"),
        ]

    def __str__(self) -> str:
        said = _("%(label)s joined %(seller)s") if self.joined else _("%(label)s left %(seller)s")
        return said % {"label": self.user.label, "seller": self.seller}


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Neither accepted nor withdrawn; some may have expired, and can be sent again."""
        return self.filter(accepted_at=None, withdrawn_at=None)


class Invitation(models.Model):
    """An email that lets its reader become a member of a seller, once and for a week.

    Only a hash of its secret is kept. It is long and random, so a fast hash is enough to keep it secret.
    """

    seller = models.ForeignKey(Seller, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254, validators=[validate_address])
    role = models.CharField(max_length=8, choices=Member.Role)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text=_lazy("A member; empty: the marketplace invited them."),
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(help_text=_lazy("When it was sent last; sent again it has a new secret."))
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    scope_path = "seller__market"

    class Meta:
        ordering = ["email", "id"]
        indexes = [
            models.Index(
                fields=["email"], condition=models.Q(accepted_at=None, withdrawn_at=None), name="invitation_open_to"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_open_once_per_address",
            ),
            models.CheckConstraint(name="invitation_role_known", condition=models.Q(role__in=ROLES)),
            models.CheckConstraint(name="invitation_email_in_small_letters", condition=models.Q(email=Lower("email"))),
            models.CheckConstraint(
                name="invitation_expires_after_it_was_sent",
                condition=models.Q(expires_at__gt=models.F("sent_at"), sent_at__gte=models.F("created_at")),
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody_in_time",
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__lt=models.F("expires_at"), accepted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_accepted_or_withdrawn",
                condition=models.Q(accepted_at=None) | models.Q(withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        return _("%(email)s to %(seller)s") % {"email": self.email, "seller": self.seller}

    @property
    def inviter(self) -> str:
        """Who invites, as the invited person reads it."""
        return str(self.invited_by or _("The marketplace"))

    @staticmethod
    def hash_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

"""Messages to sellers, and the outbox through which they leave by email."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kit.jobs.models import Priority
from kit.markdown.parsing import first_paragraph
from kit.texts.characters import isolated
from kit.texts.limits import BODY, no_longer
from kit.texts.validators import LANGUAGE_TAG, is_id, is_visible
from sellers.models import Content, Member, Seller

from .outgoing import Outgoing
from .rendering import LINKS, About, render_part


class MessageQuerySet(models.QuerySet["Message"]):
    def unread(self, *, user: User | None) -> MessageQuerySet:
        """Those that this person has not read, whoever else has; that nobody has read, for nobody in particular."""
        return self.exclude(_read_by(user))

    def read(self, *, user: User | None) -> MessageQuerySet:
        return self.filter(_read_by(user))

    def with_reading(self, *, user: User | None) -> MessageQuerySet:
        """Each message with ``is_read``: whether this person has read it; whether anybody has, for ``None``."""
        return self.annotate(is_read=_read_by(user))

    def recorded_between(self, start: datetime, end: datetime) -> MessageQuerySet:
        return self.filter(posted_at__gte=start, posted_at__lt=end)


def _read_by(user: User | None) -> models.Exists:
    reads = MessageRead.objects.filter(message=models.OuterRef("pk"))
    return models.Exists(reads if user is None else reads.filter(user=user))


class Message(models.Model):
    """Something told to a seller; it may concern one piece of content. ``posted_at`` is when it was in the inbox.

    It keeps what is told as facts, which its template writes out for each reader; a notice keeps its own words. The
    ``content_…`` columns are what it concerns as it was then, whatever becomes of the content: the database refuses
    to change a message.
    """

    class Kind(models.TextChoices):
        VIOLATION = "violation", _("Violation")
        ENFORCEMENT = "enforcement", _("Enforcement")
        POINTS = "points", _("Points")
        APPEAL = "appeal", _("Appeal")
        POLICY = "policy", _("Policy")
        QUIZ = "quiz", _("Quiz")
        WORKSHOP = "workshop", _("Workshop")
        REPORT = "report", _("Weekly report")
        NOTICE = "notice", _("Notice")

    class Template(models.TextChoices):
        VIOLATION_ISSUED = "violation_issued", _("Violation issued")
        VIOLATION_VOIDED = "violation_voided", _("Violation voided")
        VIOLATIONS_VOIDED = "violations_voided", _("Violations voided")
        MILESTONE_REACHED = "milestone_reached", _("Milestone reached")
        ACTION_LIFTED = "action_lifted", _("Action lifted")
        ACTION_SHORTENED = "action_shortened", _("Action shortened")
        APPEAL_FILED = "appeal_filed", _("Appeal filed")
        APPEAL_ASKED = "appeal_asked", _("Appeal: more asked for")
        APPEAL_REQUEST_WITHDRAWN = "appeal_request_withdrawn", _("Appeal: nothing more asked for")
        APPEAL_GRANTED = "appeal_granted", _("Appeal granted")
        APPEAL_PARTLY_GRANTED = "appeal_partly_granted", _("Appeal partly granted")
        APPEAL_DENIED = "appeal_denied", _("Appeal denied")
        POLICY_ADDED = "policy_added", _("Policy added")
        POLICY_CHANGED = "policy_changed", _("Policy changed")
        RULES_CHANGED = "rules_changed", _("Rules changed")
        RULES_CHANGE_WITHDRAWN = "rules_change_withdrawn", _("Change of rules withdrawn")
        QUIZ_PASSED = "quiz_passed", _("Quiz passed")
        QUIZ_INVITED = "quiz_invited", _("Invited to a quiz")
        QUIZ_CLOSING = "quiz_closing", _("Quizzes close soon")
        QUIZ_REGRADED = "quiz_regraded", _("Quiz regraded")
        REMARK_ANSWERED = "remark_answered", _("Remark answered")
        WORKSHOP_PLACES_TAKEN = "workshop_places_taken", _("Places taken")
        WORKSHOP_PLACES_GIVEN_BACK = "workshop_places_given_back", _("Places given back")
        WORKSHOP_PLACE_FREED = "workshop_place_freed", _("Place became free")
        WORKSHOP_PLACE_LAPSED = "workshop_place_lapsed", _("Place not confirmed")
        WORKSHOP_SIGNED_UP = "workshop_signed_up", _("Signed up by a host")
        WORKSHOP_PLACE_GIVEN = "workshop_place_given", _("Place given")
        WORKSHOP_PLACE_CANCELLED = "workshop_place_cancelled", _("Place cancelled")
        WORKSHOP_WAITING_ENDED = "workshop_waiting_ended", _("Waiting place ended")
        WORKSHOP_ATTENDANCE_CORRECTED = "workshop_attendance_corrected", _("Attendance corrected")
        WORKSHOP_CANCELLED = "workshop_cancelled", _("Workshop cancelled")
        WORKSHOP_CHANGED = "workshop_changed", _("Workshop changed")
        WORKSHOP_NEWS = "workshop_news", _("News of a workshop")
        WORKSHOP_REMINDER = "workshop_reminder", _("Workshop soon")
        WORKSHOP_FEEDBACK = "workshop_feedback", _("Feedback asked for")
        WORKSHOP_EXCUSED = "workshop_excused", _("Missed workshop excused")
        REPORT_PUBLISHED = "report_published", _("Weekly report published")
        EXPORT_READY = "export_ready", _("Download ready")
        VIEWED_BY_STAFF = "viewed_by_staff", _("Viewed by staff")
        NOTICE = "notice", _("Notice")

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="messages", db_index=False)
    content = models.ForeignKey(Content, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    content_kind = models.CharField(max_length=8, choices=Content.Kind, blank=True, db_default="")
    content_title = models.CharField(max_length=200, blank=True, db_default="")
    content_url = models.URLField(max_length=500, blank=True, db_default="")
    external_id = models.CharField(  # noqa: DJ001  # what the portal says itself has none, and is not unique by it
        max_length=64, null=True, blank=True, help_text=_("The marketplace's own id; empty for what the portal says.")
    )
    kind = models.CharField(max_length=12, choices=Kind)
    template = models.CharField(max_length=32, choices=Template, help_text=_("What writes its facts out."))
    about_kind = models.CharField(
        max_length=32, blank=True, db_default="", help_text=_("What it is about, if anything.")
    )
    about_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(blank=True, db_default={}, help_text=_("The facts."))
    notice_subject = models.CharField(max_length=200, blank=True, db_default="")
    notice_body = models.TextField(max_length=BODY, blank=True, db_default="", help_text=_("Markdown."))
    notice_language = models.CharField(
        max_length=12, blank=True, db_default="", help_text=_("Language tag of a notice's words, if known.")
    )
    posted_at = models.DateTimeField(help_text=_("When it was recorded and in the seller's inbox."))

    objects = MessageQuerySet.as_manager()

    scope_path = "seller__market"

    class Meta:
        ordering = ["-posted_at", "-id"]
        indexes = [
            models.Index(fields=["seller", "posted_at"], name="message_seller_posted"),
            models.Index(fields=["posted_at"], name="message_posted"),
            models.Index(fields=["kind", "-id"], name="message_of_kind"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["id", "seller", "posted_at"], name="message_notice_key"),
            models.UniqueConstraint(
                fields=["seller", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="message_external_id_unique_for_seller",
            ),
            models.CheckConstraint(
                name="message_keeps_what_it_concerns",
                condition=models.Q(content=None, content_kind="", content_title="", content_url="")
                | models.Q(content__isnull=False, content_kind__in=["live", "video", "listing"]),
            ),
            models.CheckConstraint(name="message_external_id_not_blank", condition=~models.Q(external_id="")),
            models.CheckConstraint(
                name="message_is_about_one_thing",
                condition=models.Q(about_kind="", about_id=None)
                | (~models.Q(about_kind="") & models.Q(about_id__isnull=False)),
            ),
            no_longer("notice_body", BODY, name="message_body_fits"),
            models.CheckConstraint(
                name="message_external_id_is_one", condition=models.Q(external_id=None) | is_id("external_id")
            ),
            models.CheckConstraint(
                name="message_only_a_notice_has_words",
                condition=models.Q(is_visible("notice_subject"), ~models.Q(notice_body=""), template="notice")
                | (~models.Q(template="notice") & models.Q(notice_subject="", notice_body="", notice_language="")),
            ),
            models.CheckConstraint(
                name="message_language_is_a_tag",
                condition=models.Q(notice_language="") | models.Q(notice_language__regex=LANGUAGE_TAG),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("inbox:detail", kwargs={"seller_id": self.seller_id, "message_id": self.pk})

    @property
    def subject(self) -> str:
        return self.notice_subject if self.is_notice else self._written("subject")

    @property
    def body(self) -> str:
        """Markdown."""
        return self.notice_body if self.is_notice else self._written("body")

    @property
    def lead(self) -> str:
        """What it says first: the first paragraph of its body, all of it where there is none. Markdown."""
        body = self.body
        return first_paragraph(body) or body

    @property
    def action(self) -> str:
        """What the link says, empty for a notice."""
        return "" if self.is_notice else self._written("action")

    @property
    def about_content(self) -> str:
        """The content that it is about, as it was called when it was posted; empty if it is about none."""
        return f"{self.get_content_kind_display()} “{isolated(self.content_title)}”" if self.content_kind else ""

    @property
    def is_notice(self) -> bool:
        """Whether it is in the marketplace's own words."""
        return self.template == Message.Template.NOTICE

    @property
    def path(self) -> str:
        """The page that it leads to, below the portal's address; empty if it is about nothing that has one."""
        return LINKS[self.about_kind](About(self.seller_id, self.about_id, self.data)) if self.about_id else ""

    def _written(self, part: str) -> str:
        return render_part(part, template=self.template, data=self.data)


class MessageRead(models.Model):
    """A person has read a message, since ``read_at``: each member of a seller reads for themselves."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["user", "message"], name="message_read_once_per_person")]

    def __str__(self) -> str:
        return str(_("%(message)s read by %(person)s") % {"message": self.message, "person": self.user})


class EmailDelivery(Outgoing):
    """One message on its way to one person."""

    URGENT = [Message.Kind.VIOLATION, Message.Kind.ENFORCEMENT, Message.Kind.APPEAL, Message.Kind.WORKSHOP]
    """Kinds with a deadline, or a place that somebody else could get."""

    BULK = [Message.Kind.REPORT, Message.Kind.POLICY]
    """Kinds that go to a whole market at once. They wait until everything else that is due has left."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries")

    scope_path = "message__seller__market"

    class Meta(Outgoing.Meta):
        abstract = False
        ordering = ["id"]
        verbose_name_plural = _("email deliveries")
        indexes = [
            *Outgoing.Meta.indexes,
            models.Index(
                fields=["state", "-id"],
                condition=models.Q(state__in=["pending", "dropped", "dead"]),
                name="email_delivery_not_sent",
            ),
            models.Index(fields=["sent_at"], name="email_delivery_sent"),
        ]
        constraints = [
            *Outgoing.Meta.constraints,
            models.UniqueConstraint(fields=["message", "user"], name="email_delivery_once_per_person"),
        ]

    def __str__(self) -> str:
        return str(_("%(message)s to %(person)s") % {"message": self.message, "person": self.user})

    @property
    def kind(self) -> str:
        return self.message.kind

    @classmethod
    def priority_of(cls, kind: str) -> Priority:
        """How urgent the emails of a kind of message are."""
        if kind in cls.URGENT:
            return Priority.URGENT
        return Priority.BULK if kind in cls.BULK else Priority.NORMAL


class Channel(models.TextChoices):
    """How messages of one kind reach a member besides the inbox."""

    AT_ONCE = "at_once", _("By email at once")
    DIGEST = "digest", _("In a weekly email")
    INBOX = "inbox", _("Not by email")


class Unsubscription(models.Model):
    """A member wants no emails of one kind when its messages come; they are in the inbox all the same.

    ``in_digest``: they are named in the one email a week that a person gets about all their sellers.
    What can cost a seller something or has a deadline of law is always sent: its kinds cannot be unsubscribed from.
    """

    KINDS = [
        Message.Kind.REPORT,
        Message.Kind.POINTS,
        Message.Kind.QUIZ,
        Message.Kind.WORKSHOP,
        Message.Kind.POLICY,
    ]

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="unsubscriptions", db_index=False)
    kind = models.CharField(max_length=12, choices=Message.Kind)
    in_digest = models.BooleanField(db_default=False, help_text=_("Named in the person's weekly digest instead."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["member", "kind"]
        indexes = [models.Index(fields=["member"], condition=models.Q(in_digest=True), name="unsubscription_in_digest")]
        constraints = [
            models.UniqueConstraint(fields=["member", "kind"], name="unsubscription_once"),
            models.CheckConstraint(
                name="unsubscription_of_an_optional_kind",
                condition=models.Q(kind__in=["report", "points", "quiz", "workshop", "policy"]),
            ),
        ]

    def __str__(self) -> str:
        said = _("%(member)s: no %(kind)s emails")
        return str(said % {"member": self.member, "kind": self.get_kind_display().lower()})


class Digest(Outgoing):
    """One email a week to a person.

    It names the messages of all their sellers of which they want no other emails.

    What it names is read when it is sent.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests", db_index=False)
    starts_at = models.DateTimeField(help_text=_("It names what was posted from here, until before the end."))
    ends_at = models.DateTimeField()

    scope_path = "user"

    class Meta(Outgoing.Meta):
        abstract = False
        ordering = ["id"]
        constraints = [
            *Outgoing.Meta.constraints,
            models.UniqueConstraint(fields=["user", "starts_at"], name="digest_once_a_week"),
            models.CheckConstraint(name="digest_is_of_a_time", condition=models.Q(ends_at__gt=models.F("starts_at"))),
        ]

    kind = "digest"

    def __str__(self) -> str:
        return str(_("Digest of %(day)s to %(person)s") % {"day": f"{self.starts_at:%Y-%m-%d}", "person": self.user})


class EmailPace(models.Model):
    """How many emails were claimed in a minute of the clock (UTC): it holds all workers to one pace.

    ``of`` is what the pace is of: nothing for all emails, else a kind of message or a receiving domain. Those beyond it
    are put off until the first minute that has room: ``booked`` are those of the minute ``booked_minute``.
    """

    of = models.CharField(max_length=255, primary_key=True)
    minute = models.DateTimeField()
    claimed = models.PositiveIntegerField(default=0)
    booked_minute = models.DateTimeField(null=True, blank=True)
    booked = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        said = _("%(count)s claimed in the minute of %(time)s")
        return str(said % {"count": self.claimed, "time": f"{self.minute:%H:%M}"})

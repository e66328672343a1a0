"""Filing appeals and taking them back.

Each locks the seller, after the books where it records something: of two members who file at once the second finds the
appeal of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from inbox.events.models import Event
from inbox.models import Message
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from sellers.rules import Right
from sellers.services import lock_seller, lock_seller_to_record, refuse_without_right

from ... import selectors
from ...attachments import check_files, discard, refused_without_room, store
from ...models import MAX_APPEAL_TEXT, Appeal, AppealAttachment, AppealDraft, Violation
from ...wording import appeals as wording
from ..events import record_appeal
from .telling import tell


def file_appeal(
    *, violation: Violation, text: str, filed_by: User, now: datetime, attachments: Sequence[File[Any]] = ()
) -> Appeal:
    """File an appeal against a violation before ``violation.appeal_until`` (exclusive), and tell the seller.

    It does not matter whether the points still count. What is refused leaves no file behind. Raises ``Refused``:

    - for an empty or too long text (field ``text``)
    - for files that are not taken or find no room (field ``attachments``)
    - if the violation is voided, the window is over, or an appeal was filed and not withdrawn
    """
    text = checked_text(text)
    stored: list[AppealAttachment] = []
    try:
        with refused_without_room(field="attachments"):
            types = check_files(attachments)
            for position, (file, content_type) in enumerate(zip(attachments, types, strict=True), start=1):
                stored.append(store(file, content_type=content_type, position=position))
        with transaction.atomic():
            appeal = _file(violation=violation, text=text, filed_by=filed_by, now=now)
            for attachment in stored:
                attachment.appeal = appeal
            AppealAttachment.objects.bulk_create(stored)
        return appeal
    except BaseException:
        discard(stored)
        raise


@transaction.atomic
def file_draft(*, draft: AppealDraft, seen: str, now: datetime) -> Appeal:
    """File what a member typed and attached as they have ``seen`` it (its fingerprint); the draft is gone then.

    Raises ``Refused`` as ``file_appeal`` does, and for a draft that changed since or is gone (field ``seen``).
    """
    lock_seller_to_record(seller_id=draft.violation.seller_id, now=now)
    current = AppealDraft.objects.select_for_update(no_key=True).filter(pk=draft.pk).first()
    if refusal := why_not_appeal(draft.violation, as_of=now):
        raise Refused(refusal)
    if current is None or current.fingerprint != seen:
        raise Refused(_("The draft was changed since you looked at it. Check once more what is sent."), field="seen")
    appeal = _file(violation=draft.violation, text=checked_text(current.text), filed_by=draft.user, now=now)
    current.attachments.update(draft=None, appeal=appeal)
    current.delete()
    return appeal


def checked_text(text: str) -> str:
    """What an appeal says, without the spaces around it. Raises ``Refused`` for nothing or too much of it."""
    text = text.strip()
    if not has_visible(text):
        raise Refused(wording.nothing_said(), field="text")
    if len(text) > MAX_APPEAL_TEXT:
        raise Refused(wording.text_too_long(len(text)), field="text")
    return text


def _file(*, violation: Violation, text: str, filed_by: User, now: datetime) -> Appeal:
    seller, moment = lock_seller_to_record(seller_id=violation.seller_id, now=now)
    refuse_without_right(person=filed_by, seller=seller, right=Right.APPEAL)
    violation.refresh_from_db(fields=["voided_at"])
    if refusal := why_not_appeal(violation, as_of=now):
        raise Refused(refusal)
    filed_at = max(now, violation.issued_at)
    decide_by = seller.market.appeal_decide_by(filed_at)
    appeal = Appeal.objects.create(
        seller=seller,
        violation=violation,
        text=text,
        filed_at=filed_at,
        filed_by=filed_by,
        decide_by=decide_by,
        first_decide_by=decide_by,
    )
    record_appeal(Event.Kind.APPEAL_FILED, appeal, now=filed_at)
    facts = {"decide_by": decide_by.isoformat(), "zone": seller.market.zone.key}
    tell(seller, appeal, template=Message.Template.APPEAL_FILED, facts=facts, now=moment)
    return appeal


def why_not_appeal(violation: Violation, *, as_of: datetime) -> str:
    """Why a violation cannot be appealed at a moment, for the seller; empty if it can (1 query)."""
    if not violation.is_standing:
        return _("This violation is voided: there is nothing to appeal.")
    earlier = selectors.appeal_that_stands(violation=violation)
    if earlier is not None and earlier.state == Appeal.State.OPEN:
        return _("An appeal against this violation is open already.")
    if earlier is not None:
        return wording.decided_before(earlier)
    if as_of >= violation.appeal_until:
        return _("The time to appeal this violation has ended.")
    return ""


@transaction.atomic
def withdraw_appeal(*, appeal: Appeal, withdrawn_by: User, now: datetime) -> Appeal:
    """Take an open appeal back; another can be filed within the window. Raises ``Refused`` if it is not open."""
    seller = lock_seller(seller_id=appeal.seller_id)
    refuse_without_right(person=withdrawn_by, seller=seller, right=Right.APPEAL)
    appeal.refresh_from_db()
    if not appeal.is_open:
        raise Refused(_("This appeal is not open any more."))
    appeal.state, appeal.withdrawn_by = Appeal.State.WITHDRAWN, withdrawn_by
    appeal.withdrawn_at = max(now, appeal.filed_at)
    appeal.save(update_fields=["state", "withdrawn_at", "withdrawn_by"])
    return appeal

"""What members type and attach before they file: kept as it is, whatever is wrong with it, until it is filed.

Each locks the seller where a draft could outlive its filing. So nothing typed late makes another draft of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from kit.outcomes import Refused
from sellers.rules import Right
from sellers.services import check_clock, lock_seller, refuse_without_right

from ...attachments import check_file, discard, refused_without_room, store
from ...models import MAX_ATTACHMENTS, AppealAttachment, AppealDraft, AppealRequest, Violation
from ...wording import appeals as wording
from ...wording import files
from .filing import why_not_appeal
from .requests import why_not_answer

KEPT_AFTER_THE_END = timedelta(days=30)
"""How long what was never filed is kept once it is too late to file it: who missed the day may want to read it."""


class DraftChanged(Refused):
    """Another window saved something else since this one was opened; ``draft`` is what is kept."""

    def __init__(self, draft: AppealDraft) -> None:
        super().__init__(wording.draft_changed(draft.saved_at), field="text")
        self.draft = draft


@transaction.atomic
def save_draft(
    *,
    violation: Violation,
    member: User,
    text: str,
    window: str,
    opened_after: str = "",
    request: AppealRequest | None = None,
    now: datetime,
) -> AppealDraft:
    """Keep what a member typed for an appeal, or for the answer to a ``request``, as typed.

    ``window`` names where; ``opened_after`` the window whose text it began with. Raises ``Refused`` if the violation
    cannot be appealed or the request not answered. Raises ``DraftChanged`` if a third window saved another text
    meanwhile: that stays.
    """
    seller = lock_seller(seller_id=violation.seller_id)
    refuse_without_right(person=member, seller=seller, right=Right.APPEAL)
    violation.refresh_from_db(fields=["voided_at"])
    refusal = why_not_answer(request, as_of=now) if request else why_not_appeal(violation, as_of=now)
    if refusal:
        raise Refused(refusal)
    draft, is_new = AppealDraft.objects.select_for_update(no_key=True, of=("self",)).get_or_create(
        violation=violation, user=member, request=request, defaults={"text": text, "saved_in": window, "saved_at": now}
    )
    if not is_new and draft.text != text:
        if draft.saved_in not in {window, opened_after}:
            raise DraftChanged(draft)
        draft.text, draft.saved_in, draft.saved_at = text, window, now
        draft.save(update_fields=["text", "saved_in", "saved_at"])
    return draft


def attach_to_draft(*, draft: AppealDraft, attachments: Sequence[File[Any]]) -> list[str]:
    """Keep files with a draft, each that can be taken, after those it has. Gives why the others were not, in words."""
    faults = []
    for file in attachments:
        try:
            _attach(draft, file)
        except Refused as refused:
            faults.append(str(refused))
    return faults


def _attach(draft: AppealDraft, file: File[Any]) -> None:
    with refused_without_room(field="attachments"):
        attachment = store(file, content_type=check_file(file), position=0)
    try:
        _add(draft, attachment)
    except BaseException:
        discard([attachment])
        raise


@transaction.atomic
def _add(draft: AppealDraft, attachment: AppealAttachment) -> None:
    """Give an attachment the first free position; of two at once the second waits for the first."""
    if not AppealDraft.objects.select_for_update(no_key=True).filter(pk=draft.pk).exists():
        raise Refused(_("This draft was filed or deleted in another window."), field="attachments")
    taken = set(draft.attachments.values_list("position", flat=True))
    free = [position for position in range(1, MAX_ATTACHMENTS + 1) if position not in taken]
    if not free:
        raise Refused(files.too_many(MAX_ATTACHMENTS), field="attachments")
    attachment.draft, attachment.position = draft, free[0]
    attachment.save()


def remove_attachment(*, draft: AppealDraft, attachment_id: int) -> None:
    """Take a file away from a draft; nothing happens if it is gone, or if the draft is filed meanwhile."""
    with transaction.atomic():
        found = list(draft.attachments.select_for_update().filter(pk=attachment_id))
        AppealAttachment.objects.filter(pk__in=[attachment.pk for attachment in found]).delete()
    discard(found)


def delete_draft(*, draft: AppealDraft) -> None:
    """Forget what was typed and attached; nothing happens if it was filed meanwhile."""
    with transaction.atomic():
        AppealDraft.objects.select_for_update().filter(pk=draft.pk).first()
        found = list(draft.attachments.all())
        AppealDraft.objects.filter(pk=draft.pk).delete()
    discard(found)


def sweep_drafts(*, now: datetime) -> int:
    """Forget the drafts that can not be filed any more, ``KEPT_AFTER_THE_END`` after that, and say how many.

    Files go with ``sweep_orphans``. Raises ``ClockAhead`` where every draft would look old.
    """
    check_clock(now=now)
    old = AppealDraft.objects.too_late_since(now - KEPT_AFTER_THE_END)
    count = old.count()
    old.delete()
    return count

"""Asking a seller for what is missing to decide on an appeal, and the seller's answers.

Each locks the seller, after the books where it tells them something. While a seller is asked the appeal's clock stands.
``decide_by`` moves by the whole time to answer when they are asked. It moves back by what is left of it when that ends
early. So nothing has to happen at the moment at which the time to answer ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from inbox.models import Message
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from kit.texts.limits import APPEAL
from sellers.rules import Right
from sellers.services import lock_seller, refuse_without_right

from ... import trail_notes
from ...models import MAX_THING_LENGTH, MAX_THINGS, Appeal, AppealAnswer, AppealDraft, AppealRequest
from ...wording import appeal_requests as wording
from ...wording.appeals import text_too_long
from .deciding import lock_open
from .telling import tell


@transaction.atomic
def ask_seller(
    *, appeal: Appeal, things: Sequence[str], asked_by: User, now: datetime, note: str = ""
) -> AppealRequest:
    """Ask the seller for some things, stop the appeal's clock, and say until when they can answer.

    Raises ``Refused`` for no thing, and for too many or too long ones (field ``things``). Also while the seller is
    asked already, and if the appeal is not open. Also for a person who may not decide on it.
    """
    things = _checked(things)
    seller, moment = lock_open(appeal, decided_by=asked_by, now=now)
    before, answer_by = snapshot(appeal), seller.market.appeal_answer_by(moment)
    note = note.strip() if has_visible(note) else ""
    request = AppealRequest.objects.create(
        appeal=appeal, things=things, note=note, asked_at=moment, asked_by=asked_by, answer_by=answer_by
    )
    _move_clock(appeal, by=answer_by - moment)
    facts = {"things": things, "note": note, "answer_by": answer_by.isoformat(), "zone": seller.market.zone.key}
    tell(seller, appeal, template=Message.Template.APPEAL_ASKED, facts=facts, now=moment)
    noted = trail_notes.seller_asked(things=list(things))
    record(by=asked_by, action="ask", about=appeal, note=noted, before=before, now=now)
    return request


def _checked(things: Sequence[str]) -> list[str]:
    found = [thing.strip() for thing in things if has_visible(thing)]
    if not found:
        raise Refused(_("Name what is missing."), field="things")
    if len(found) > MAX_THINGS or max(map(len, found)) > MAX_THING_LENGTH:
        raise Refused(wording.too_many_things(MAX_THINGS, letters=MAX_THING_LENGTH), field="things")
    return found


@transaction.atomic
def withdraw_request(*, request: AppealRequest, withdrawn_by: User, now: datetime) -> AppealRequest:
    """Take a request back, let the appeal's clock go on, and tell the seller. What they answered so far is kept.

    Raises ``Refused`` if it no longer waits for an answer, and for who does not decide on the appeal either.
    """
    seller, moment = lock_open(request.appeal, decided_by=withdrawn_by, now=now, may_wait=True)
    request.refresh_from_db()
    if not request.waits(as_of=moment):
        raise Refused(_("The seller is not asked for this any more."))
    appeal, before = request.appeal, snapshot(request.appeal)
    request.withdrawn_at, request.withdrawn_by = moment, withdrawn_by
    request.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _move_clock(appeal, by=moment - request.answer_by)
    facts = {"decide_by": appeal.decide_by.isoformat(), "zone": seller.market.zone.key}
    tell(seller, appeal, template=Message.Template.APPEAL_REQUEST_WITHDRAWN, facts=facts, now=moment)
    note = trail_notes.request_withdrawn(things=list(request.things))
    record(by=withdrawn_by, action="withdraw_request", about=appeal, note=note, before=before, now=now)
    return request


@transaction.atomic
def send_answer(*, draft: AppealDraft, is_last: bool, now: datetime) -> AppealAnswer:
    """Send what a member typed and attached as an answer; the draft is gone then. The last one lets the clock go on.

    Raises ``Refused`` if the request does not wait for an answer. Also for an empty or too long text (field ``text``).
    """
    request = AppealRequest.objects.select_related("appeal__violation").get(pk=cast("int", draft.request_id))
    seller = lock_seller(seller_id=request.appeal.seller_id)
    refuse_without_right(person=draft.user, seller=seller, right=Right.APPEAL)
    current = AppealDraft.objects.select_for_update(no_key=True, of=("self",)).filter(pk=draft.pk).first()
    if refusal := why_not_answer(request, as_of=now):
        raise Refused(refusal)
    if current is None:
        raise Refused(_("This answer was sent or deleted in another window."))
    text, sent_at = _said(current.text), max(now, request.asked_at)
    answer = AppealAnswer.objects.create(request=request, text=text, sent_at=sent_at, sent_by=draft.user)
    current.attachments.update(draft=None, answer=answer)
    current.delete()
    if is_last:
        request.answered_at = sent_at
        request.save(update_fields=["answered_at"])
        _move_clock(request.appeal, by=sent_at - request.answer_by)
    return answer


def _said(text: str) -> str:
    text = text.strip()
    if not has_visible(text):
        raise Refused(wording.nothing_answered(), field="text")
    if len(text) > APPEAL:
        raise Refused(text_too_long(len(text)), field="text")
    return text


def why_not_answer(request: AppealRequest, *, as_of: datetime) -> str:
    """Why a request cannot be answered at a moment, for the seller; empty if it can (2 queries)."""
    request.refresh_from_db()
    appeal = Appeal.objects.select_related("violation").get(pk=request.appeal_id)
    if not appeal.is_open:
        return _("This appeal is not open any more.")
    if request.answered_at is not None:
        return _("You said that nothing more follows: the reviewer goes on with what you sent.")
    if request.withdrawn_at is not None:
        return _("The reviewer does not ask for this any more.")
    if as_of >= request.answer_by:
        return _("The time to answer has ended: the reviewer decides on what there is.")
    return ""


def _move_clock(appeal: Appeal, *, by: timedelta) -> None:
    Appeal.objects.filter(pk=appeal.pk).update(decide_by=F("decide_by") + by)
    appeal.refresh_from_db(fields=["decide_by"])

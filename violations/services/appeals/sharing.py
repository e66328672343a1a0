"""How reviewers share the queue: taking an appeal, giving it back, assigning it, and notes for each other.

A claim locks the appeal alone and nothing after it. It ends by itself, so nobody has to free what somebody left.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from kit.outcomes import SENT_TWICE, Refused
from kit.texts.characters import has_visible
from sellers.services import refuse_to_decide

from ... import selectors
from ...models import CLAIM_LASTS, Appeal, AppealClaim, AppealNote
from ...wording import appeals as wording
from ...wording import review_desk
from .deciding import why_not_decide


@transaction.atomic
def take_appeal(*, appeal: Appeal, person: User, now: datetime, take_over: bool = False) -> AppealClaim:
    """Have an appeal for half an hour. Taken again, the half hour begins anew. What is assigned stays assigned.

    Raises ``Refused`` for whoever cannot decide on it. Also while somebody else has it, unless the person says that
    they ``take_over``.
    """
    _lock(appeal, person=person)
    claim = running_claim(appeal, now=now)
    if claim is not None and claim.person != person and not take_over:
        raise Refused(review_desk.somebody_has_it(claim))
    if claim is not None and claim.person == person and claim.until is None:
        return claim
    return _claim(appeal, person=person, by=person, now=now)


@transaction.atomic
def take_next(*, person: User, now: datetime) -> Appeal | None:
    """Take the appeal that is to be decided first among those that the person can decide; ``None`` if none waits.

    What the person has already comes first. Two people who ask at once get different ones.
    """
    mine = selectors.appeals_for(person=person, as_of=now)
    taken = mine.filter(claim__in=AppealClaim.objects.running(at=now).filter(person=person)).first()
    if taken is not None:
        return taken
    free = mine.exclude(claim__in=AppealClaim.objects.running(at=now))
    while (appeal := free.select_for_update(no_key=True, of=("self",), skip_locked=True).first()) is not None:
        # Somebody may have taken it after this was looked for and before it was locked: looked for again, it is theirs.
        if running_claim(appeal, now=now) is None:
            _claim(appeal, person=person, by=person, now=now)
            break
    return appeal


@transaction.atomic
def release_appeal(*, appeal: Appeal, person: User, now: datetime) -> None:
    """Let others take the appeal. Raises ``Refused`` if the person does not have it."""
    claim = AppealClaim.objects.running(at=now).filter(appeal=appeal, person=person).first()
    if claim is None:
        raise Refused(_("You do not have this appeal."))
    claim.delete()
    record(by=person, action="release", about=appeal, note="", now=now)


@transaction.atomic
def assign_appeal(*, appeal: Appeal, to: User, by: User, now: datetime) -> AppealClaim:
    """Give an appeal to a reviewer until it is decided, whoever has it.

    Raises ``Refused`` (field ``to``) for somebody who cannot decide on it, and if it is not open. Raises it too if
    whoever assigns it may act for its seller: who decides is decided too.
    """
    if not to.has_perm("violations.decide_appeal"):
        raise Refused(review_desk.may_not_decide(to), field="to")
    _lock(appeal, person=to, field="to")
    refuse_to_decide(person=by, seller=appeal.seller)
    return _claim(appeal, person=to, by=by, now=now)


@transaction.atomic
def note_on_appeal(*, appeal: Appeal, text: str, by: User, now: datetime) -> AppealNote:
    """Leave a note that reviewers read and sellers never do. Raises ``Refused`` (field ``text``) if it says nothing.

    Sent twice, it is one note.
    """
    if not has_visible(text):
        raise Refused(_("Write a note."), field="text")
    Appeal.objects.select_for_update(no_key=True).get(pk=appeal.pk)
    said = {"appeal": appeal, "text": text.strip(), "written_by": by}
    if same := AppealNote.objects.filter(**said, written_at__gt=now - SENT_TWICE).first():
        return same
    note = AppealNote.objects.create(**said, written_at=now)
    record(by=by, action="note", about=appeal, note=note.text, now=now)
    return note


def running_claim(appeal: Appeal, *, now: datetime) -> AppealClaim | None:
    """Who has an appeal now (1 query)."""
    return AppealClaim.objects.running(at=now).filter(appeal=appeal).select_related("person").first()


def _lock(appeal: Appeal, *, person: User, field: str = "") -> None:
    """Wait for who takes or decides the same appeal, and see that this person can decide on it."""
    found = Appeal.objects.select_for_update(no_key=True, of=("self",)).select_related("violation").get(pk=appeal.pk)
    if not found.is_open:
        raise Refused(wording.not_open_any_more(found))
    if refusal := why_not_decide(found, person=person):
        raise Refused(review_desk.not_for(person) if field else refusal, field=field)


def _claim(appeal: Appeal, *, person: User, by: User, now: datetime) -> AppealClaim:
    assigned = by != person
    values = {
        "person": person,
        "claimed_at": now,
        "until": None if assigned else now + CLAIM_LASTS,
        "assigned_by": by if assigned else None,
    }
    claim, _created = AppealClaim.objects.update_or_create(appeal=appeal, defaults=values)
    record(by=by, action="assign" if assigned else "take", about=appeal, note=str(person) if assigned else "", now=now)
    return claim

"""Appeals: a seller's, and the reviewers' queue."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from accounts.selectors import staff_who_may
from sellers.models import Seller
from sellers.staff_scope import for_staff, who_work_for

from ..models import Appeal, AppealAnswer, AppealQuerySet, AppealRequest


def appeals_of(*, seller: Seller, as_of: datetime) -> AppealQuerySet:
    """A seller's appeals, the latest first, each with its violation and policy, and ``answer_by`` while it is asked."""
    appeals = Appeal.objects.filter(seller=seller).with_request(at=as_of)
    return appeals.select_related("violation__policy_version__policy", "credit")


def get_appeal(*, seller: Seller, appeal_id: int, as_of: datetime) -> Appeal:
    """One appeal of a seller with what was asked and answered. Raises ``Appeal.DoesNotExist`` for anybody else's."""
    appeals = with_dialogue(appeals_of(seller=seller, as_of=as_of).select_related("violation__market", "filed_by"))
    return appeals.get(pk=appeal_id)


def with_dialogue(appeals: AppealQuerySet) -> AppealQuerySet:
    """Adds what was asked and answered, with files (up to 3 queries)."""
    return with_requests(appeals, answers=AppealAnswer.objects.prefetch_related("attachments"))


def with_requests(appeals: AppealQuerySet, *, answers: QuerySet[AppealAnswer] | None = None) -> AppealQuerySet:
    """Adds what was asked and answered (up to 2 queries)."""
    answers = AppealAnswer.objects.all() if answers is None else answers
    requests = AppealRequest.objects.prefetch_related(Prefetch("answers", answers.select_related("sent_by")))
    return appeals.prefetch_related(Prefetch("requests", requests))


def dialogue_of(appeal: Appeal, *, as_of: datetime) -> list[tuple[AppealRequest, str]]:
    """What was asked, the first first, each with what became of it; of an appeal ``with_dialogue`` (no query)."""
    return [(asked, asked.state(as_of=as_of).value) for asked in appeal.requests.all()]


def get_request(*, seller: Seller, request_id: int) -> AppealRequest:
    """What a reviewer asks a seller for. Raises ``AppealRequest.DoesNotExist`` for anybody else."""
    requests = AppealRequest.objects.filter(appeal__seller=seller)
    return requests.select_related("appeal__violation__policy_version__policy").get(pk=request_id)


def appeal_queue(*, as_of: datetime) -> AppealQuerySet:
    """The appeals that wait for a decision and not for their seller; the one to be decided first comes first."""
    return Appeal.objects.not_asked(at=as_of).order_by("decide_by", "id")


def appeals_for(*, person: User, as_of: datetime) -> AppealQuerySet:
    """The queue of the markets that a person works for, without what they may not decide.

    Of their own sellers, of what they issued or filed.
    """
    own = person.memberships.values("seller")
    queue = for_staff(appeal_queue(as_of=as_of), person).exclude(filed_by=person).exclude(seller__in=own)
    return queue.exclude(violation__issued_by__isnull=False, violation__issued_by=person)


def reviewers_for(appeal: Appeal) -> QuerySet[User]:
    """Who can decide on an appeal, by name: the people for whose queue it is (``appeals_for``)."""
    people = who_work_for(staff_who_may("violations.decide_appeal"), appeal.violation.market_id)
    involved = [pk for pk in (appeal.filed_by_id, appeal.violation.issued_by_id) if pk is not None]
    return people.exclude(pk__in=involved).exclude(memberships__seller=appeal.seller_id)

"""A seller's violations: lists, counts and messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Least

from accounts.models import User
from inbox.models import Message, MessageQuerySet
from kit.dates import Week
from kit.references import part_of_number
from policies.models import PolicyVersion
from sellers.models import Seller

from ..models import REFERENCE_LETTER, Appeal, AppealDraft, Violation, ViolationQuerySet


def violations_of(*, seller: Seller, as_of: datetime) -> ViolationQuerySet:
    """A seller's violations, the latest first, with ``points_left`` at a moment and ``points_until``."""
    return with_points_left(Violation.objects.filter(seller=seller), as_of=as_of)


def with_points_left(violations: ViolationQuerySet, *, as_of: datetime) -> ViolationQuerySet:
    """Some violations, the latest first, with ``points_left`` at a moment and ``points_until``."""
    violations = violations.select_related("policy_version__policy").with_points(as_of=as_of)
    violations = violations.annotate(points_until=Max("entries__expires_at"))
    return violations.order_by("-issued_at", "-id")  # A query that groups forgets the order of the class.


def get_violation(*, seller: Seller, violation_id: int, as_of: datetime, member: User | None = None) -> Violation:
    """One violation of a seller; with ``draft_saved_at`` if a ``member`` who looks at it drafted an appeal against it.

    Raises ``Violation.DoesNotExist`` for anybody else's.
    """
    violations = violations_of(seller=seller, as_of=as_of).select_related("policy_version__policy__article", "content")
    if member is not None:
        drafts = AppealDraft.objects.to_file().filter(violation=OuterRef("pk"), user=member)
        violations = violations.annotate(draft_saved_at=Subquery(drafts.values("saved_at")[:1]))
    return violations.get(pk=violation_id)


def with_appeals(violations: ViolationQuerySet, *, as_of: datetime) -> ViolationQuerySet:
    """Adds ``filed_appeals``: the appeal of each violation that was not withdrawn; there is one at most (1 query).

    It has ``answer_by`` while its seller is asked for something.
    """
    filed = Appeal.objects.exclude(state=Appeal.State.WITHDRAWN).with_request(at=as_of)
    return violations.prefetch_related(Prefetch("appeals", queryset=filed, to_attr="filed_appeals"))


def appealable(violations: ViolationQuerySet, *, as_of: datetime) -> ViolationQuerySet:
    """Those that can be appealed at a moment: standing, in time, and without an appeal that was not withdrawn."""
    return violations.filter(_can_be_appealed(as_of=as_of))


def _can_be_appealed(*, as_of: datetime) -> Q:
    filed = Appeal.objects.exclude(state=Appeal.State.WITHDRAWN).filter(violation=OuterRef("pk"))
    return Q(~Exists(filed), voided_at=None, appeal_until__gt=as_of)


def found_by(violations: ViolationQuerySet, text: str, *, seller: Seller) -> ViolationQuerySet:
    """Those of a seller whose reference or title holds a text, and those whose appeal has it as its reference."""
    found = Q(external_id__icontains=text) | Q(content_title__icontains=text)
    if digits := part_of_number(REFERENCE_LETTER, text):
        appeals = seller.appeals.annotate(digits=Cast("pk", CharField())).filter(digits__contains=digits)
        found |= Q(pk__in=appeals.values("violation"))
    return violations.filter(found)


def by_deadline(violations: ViolationQuerySet, *, others: Mapping[int, datetime], as_of: datetime) -> ViolationQuerySet:
    """Those with the nearest deadline first: to file an appeal, or one of ``others`` by the violation's id."""
    appeal = Case(When(_can_be_appealed(as_of=as_of), then=F("appeal_until")))
    other = Case(*(When(pk=pk, then=Value(deadline)) for pk, deadline in others.items()), output_field=DateTimeField())
    return violations.order_by(Least(appeal, other).asc(nulls_last=True), "-issued_at", "-id")


def section_counts(seller: Seller) -> QuerySet[Seller, tuple[int, int]]:
    """How many violations and appeals a seller has, in one row."""
    counts = [
        Coalesce(Subquery(records.order_by().values("seller").annotate(number=Count("pk")).values("number")), 0)
        for records in (seller.violations.all(), seller.appeals.all())
    ]
    return Seller.objects.filter(pk=seller.pk).values_list(*counts)


def weeks_back(count: int, *, seller: Seller, now: datetime) -> list[Week]:
    """The last ``count`` local weeks with the current one, oldest first."""
    weeks = [Week.of(now, zone=seller.market.zone)]
    while len(weeks) < count:
        weeks.append(weeks[-1].previous)
    return weeks[::-1]


def related_messages(violation: Violation) -> MessageQuerySet:
    """The messages about a violation, the latest first."""
    about = {"about_kind": "violation", "about_id": violation.pk}
    return Message.objects.filter(seller_id=violation.seller_id, **about)


def ends_of_policies(policy_ids: Collection[int]) -> tuple[int, int]:
    """The first and the last violation of some policies, by id; zeros for none (1 query).

    Each is asked for as the nearest of a version or beyond it: only the index by version and id answers that. Asked for
    by its version alone, the database may look through all violations for one that is rare.
    """
    upwards = Violation.objects.filter(policy_version__gte=OuterRef("pk")).order_by("policy_version_id", "-pk")
    downwards = Violation.objects.filter(policy_version__lte=OuterRef("pk")).order_by("-policy_version_id", "pk")
    nearest = {
        f"{end}_{name}": Subquery(found.values(name)[:1])
        for end, found in {"last": upwards, "first": downwards}.items()
        for name in ("policy_version_id", "pk")
    }
    versions: Any = PolicyVersion.objects.filter(policy_id__in=policy_ids).annotate(**nearest).values()
    first = [one["first_pk"] for one in versions if one["first_policy_version_id"] == one["id"]]
    last = [one["last_pk"] for one in versions if one["last_policy_version_id"] == one["id"]]
    return min(first, default=0), max(last, default=0)

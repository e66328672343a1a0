"""Violations, the ledger, enforcement actions and appeals as a seller's download has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kit.documents.records import Record, exact
from sellers.holdings import HeldFile, Holding
from sellers.models import Seller

from . import files, selectors
from .models import Appeal, AppealAttachment, AppealRequest, EnforcementAction, Violation, ViolationQuerySet
from .wording.decisions import decision_words
from .wording.statements import section_words

STATEMENT_FIELDS = [
    "decision", "scope", "facts", "position_seconds", "content_published_at", "detection", "automated",
    "policy_version", "policy_section", "explanation",
]  # fmt: skip

ACTION_FIELDS = [
    "action", "kind", "capabilities", "milestone", "total", "violation", "noticed_at", "starts_at", "ends_at",
    "lifted_at", "lift_reason",
]  # fmt: skip

APPEAL_FIELDS = [
    "appeal", "violation", "reference", "state", "text", "filed_at", "filed_by", "decide_by", "decided_at",
    "decision_reason", "reason_code", "reason_label", "points_credited", "withdrawn_at", "requests", "attachments",
]  # fmt: skip


def violations_of(seller: Seller, now: datetime) -> ViolationQuerySet:
    violations = selectors.violations_of(seller=seller, as_of=now).order_by("recorded_at", "id")
    return selectors.with_appeals(violations, as_of=now)


def violation_record(violation: Violation, *, zone: ZoneInfo) -> Record:
    """A violation with its evidence and its statement of reasons."""
    return {
        **files.violation_record(violation, zone=zone),
        "decision": decision_words(violation),
        "scope": violation.decided_market,
        "facts": violation.facts,
        "position_seconds": violation.position_seconds,
        "content_published_at": exact(violation.content_published_at, zone=zone),
        "detection": violation.detection,
        "automated": violation.automated,
        "policy_version": violation.policy_version.number,
        "policy_section": section_words(violation),
        "explanation": violation.explanation,
    }


def actions_of(seller: Seller, now: datetime) -> QuerySet[EnforcementAction]:
    return EnforcementAction.objects.filter(seller=seller).order_by("noticed_at", "id")


def action_record(action: EnforcementAction, *, zone: ZoneInfo) -> Record:
    return {
        "action": action.pk,
        "kind": action.kind,
        "capabilities": list(action.capabilities),
        "milestone": action.milestone_points,
        "total": action.total,
        "violation": action.violation_id,
        "noticed_at": exact(action.noticed_at, zone=zone),
        "starts_at": exact(action.starts_at, zone=zone),
        "ends_at": exact(action.ends_at, zone=zone),
        "lifted_at": exact(action.lifted_at, zone=zone),
        "lift_reason": action.lift_reason,
    }


def appeals_of(seller: Seller, now: datetime) -> QuerySet[Appeal]:
    """With what was asked for and answered, and the files of both."""
    appeals = selectors.appeals_of(seller=seller, as_of=now).select_related("filed_by")
    return appeals.prefetch_related("attachments", "requests__answers__attachments").order_by("filed_at", "id")


def appeal_record(appeal: Appeal, *, zone: ZoneInfo) -> Record:
    return {
        "appeal": appeal.reference,
        "violation": appeal.violation_id,
        "reference": appeal.violation.external_id,
        "state": appeal.state,
        "text": appeal.text,
        "filed_at": exact(appeal.filed_at, zone=zone),
        "filed_by": appeal.filed_by.email,
        "decide_by": exact(appeal.decide_by, zone=zone),
        "decided_at": exact(appeal.decided_at, zone=zone),
        "decision_reason": appeal.decision_reason,
        "reason_code": appeal.reason_code,
        "reason_label": appeal.reason_label,
        "points_credited": -appeal.credit.points if appeal.credit else None,
        "withdrawn_at": exact(appeal.withdrawn_at, zone=zone),
        "requests": [_request(request, zone=zone) for request in appeal.requests.all()],
        "attachments": [path_of(attachment) for attachment in appeal.attachments.all()],
    }


def _request(request: AppealRequest, *, zone: ZoneInfo) -> Record:
    answers = [
        {
            "text": answer.text,
            "sent_at": exact(answer.sent_at, zone=zone),
            "attachments": [path_of(attachment) for attachment in answer.attachments.all()],
        }
        for answer in request.answers.all()
    ]
    asked, answer_by = exact(request.asked_at, zone=zone), exact(request.answer_by, zone=zone)
    return {"things": request.things, "note": request.note, "asked_at": asked, "answer_by": answer_by} | {
        "answers": answers
    }


def path_of(attachment: AppealAttachment) -> str:
    """Where a file of an appeal lies in the download; the name that its seller gave it may come twice."""
    return f"attachments/{attachment.pk}-{attachment.name}"


def attachments_of(seller: Seller) -> Iterator[HeldFile]:
    own = AppealAttachment.objects.filter(appeal__seller=seller).order_by()
    answered = AppealAttachment.objects.filter(answer__request__appeal__seller=seller).order_by()
    for attachment in own.union(answered, all=True).iterator():
        yield HeldFile(path_of(attachment), attachment.stored_name)


HOLDINGS = {
    "violations": Holding([*files.VIOLATION_FIELDS, *STATEMENT_FIELDS], violations_of, violation_record),
    "ledger": Holding(files.ENTRY_FIELDS, files.entries_of, files.entry_record),
    "enforcement": Holding(ACTION_FIELDS, actions_of, action_record),
    "appeals": Holding(APPEAL_FIELDS, appeals_of, appeal_record, attachments_of),
}

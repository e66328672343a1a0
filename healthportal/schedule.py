"""What Celery beat asks for, and how often: each a task that does what is due, and may be asked for twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from environ import Env

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Entry(NamedTuple):
    """A task that is asked for every so many seconds, which a variable of the environment may say otherwise."""

    task: str
    seconds: int
    setting: str = ""


ENTRIES = {
    "build-due-reports": Entry("reports.tasks.build_due_reports", 3 * MINUTE, "REPORT_CHECK_SECONDS"),
    "work-on-uploads": Entry("violations.tasks.work_on_uploads", 5, "UPLOAD_CHECK_SECONDS"),
    "continue-mass-reversals": Entry("violations.tasks.continue_reversals", MINUTE, "REVERSAL_CHECK_SECONDS"),
    "deliver-emails": Entry("inbox.tasks.deliver_emails", 30, "EMAIL_CHECK_SECONDS"),
    "send-digests": Entry("inbox.tasks.send_digests", 5 * MINUTE),
    "deliver-account-emails": Entry("accounts.tasks.deliver_account_emails", 5, "ACCOUNT_EMAIL_CHECK_SECONDS"),
    "announce-policies": Entry("policies.tasks.announce_policies", MINUTE, "POLICY_CHECK_SECONDS"),
    "change-rules": Entry("violations.tasks.change_rules", MINUTE),
    "record-starts": Entry("violations.tasks.record_starts", MINUTE),
    "answer-rehearsals": Entry("violations.tasks.answer_rehearsals", 5),
    "send-webhooks": Entry("inbox.events.tasks.send_webhooks", 5, "WEBHOOK_CHECK_SECONDS"),
    "prune-events": Entry("inbox.events.tasks.prune_events", HOUR),
    "make-exports": Entry("healthportal.exports.tasks.make_exports", 5, "EXPORT_CHECK_SECONDS"),
    "delete-exports": Entry("healthportal.exports.tasks.delete_exports", HOUR),
    "send-staff-emails": Entry("healthportal.workbench.tasks.send_staff_emails", 5 * MINUTE),
    "run-quiz-trials": Entry("quizzes.tasks.run_trials", HOUR),
    "continue-regrades": Entry("quizzes.tasks.continue_regrades", MINUTE),
    "remind-of-quizzes": Entry("quizzes.tasks.remind_sellers", HOUR),
    "pass-on-unconfirmed-places": Entry("workshops.tasks.pass_on_unconfirmed_places", MINUTE),
    "tell-of-own-places": Entry("workshops.tasks.tell_of_own_places", 15),
    "remind-attendees": Entry("workshops.tasks.remind_attendees", 5 * MINUTE),
    "sweep-material": Entry("workshops.tasks.sweep_material", DAY),
    "delete-sensitive-answers": Entry("workshops.tasks.delete_sensitive_answers", HOUR),
    "forget-old-sessions": Entry("accounts.tasks.forget_old_sessions", DAY),
    "watch-detectors": Entry("violations.tasks.watch_detectors", 5 * MINUTE),
    "sweep-pictures": Entry("quizzes.tasks.sweep_pictures", DAY),
    "prune-old-rows": Entry("healthportal.retention.tasks.prune_old_rows", 10 * MINUTE),
    "send-member-uploads": Entry("sellers.tasks.send_member_uploads", 5),
    "end-viewings": Entry("sellers.tasks.end_viewings", MINUTE),
    "sweep-attachments": Entry("violations.tasks.sweep_attachments", DAY),
}


def beat_schedule(env: Env) -> dict[str, dict[str, Any]]:
    """A call expires with the next, which does the same: after a night without workers there is one of each to do."""
    return {name: _timed(entry.task, _every(entry, env)) for name, entry in ENTRIES.items()}


def _every(entry: Entry, env: Env) -> int:
    return env.int(entry.setting, default=entry.seconds) if entry.setting else entry.seconds


def _timed(task: str, seconds: int) -> dict[str, Any]:
    return {"task": task, "schedule": timedelta(seconds=seconds), "options": {"expires": float(seconds)}}

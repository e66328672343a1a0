"""Every write of the accounts app, by subject."""

from .emails import (
    claim_account_email,
    forget_account_emails,
    queue_account_email,
    record_account_email_sent,
)
from .people import add_person, choose_language, close_calendar, describe_person, renew_calendar
from .sessions import end_other_sessions, end_session, forget_ended_sessions, note_session_seen

__all__ = [
    "add_person",
    "choose_language",
    "claim_account_email",
    "close_calendar",
    "describe_person",
    "end_other_sessions",
    "end_session",
    "forget_account_emails",
    "forget_ended_sessions",
    "note_session_seen",
    "queue_account_email",
    "record_account_email_sent",
    "renew_calendar",
]

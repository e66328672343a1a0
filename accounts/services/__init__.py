"""Every write of the accounts app, by subject."""

from .emails import (
    GIVEN_UP_REMEMBERED_FOR,
    NOTICE_LIFE,
    claim_account_email,
    forget_account_emails,
    queue_account_email,
    record_account_email_sent,
)
from .erasing import address_of_erased, erase_identity
from .people import add_person, choose_language, close_calendar, describe_person, renew_calendar
from .sessions import end_other_sessions, end_session, end_sessions, forget_ended_sessions, note_session_seen
from .superusers import decide_superuser, propose_superuser, why_not_superuser
from .unreachable_addresses import address_of, ask_to_confirm, confirm_address, note_returned, restore_address

__all__ = [
    "GIVEN_UP_REMEMBERED_FOR",
    "NOTICE_LIFE",
    "add_person",
    "address_of",
    "address_of_erased",
    "ask_to_confirm",
    "choose_language",
    "claim_account_email",
    "close_calendar",
    "confirm_address",
    "decide_superuser",
    "describe_person",
    "end_other_sessions",
    "end_session",
    "end_sessions",
    "erase_identity",
    "forget_account_emails",
    "forget_ended_sessions",
    "note_returned",
    "note_session_seen",
    "propose_superuser",
    "queue_account_email",
    "record_account_email_sent",
    "renew_calendar",
    "restore_address",
    "why_not_superuser",
]

"""Every write of events."""

from .recording import EventDraft, record_event, record_events

__all__ = ["EventDraft", "record_event", "record_events"]

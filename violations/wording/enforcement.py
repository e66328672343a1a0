"""What a milestone leads to and an enforcement action takes away, in words."""

from __future__ import annotations

from collections.abc import Sequence

from kit.formatting import counted, join_words

from ..models import Capability, Milestone

CAPABILITY_NOUNS = {
    "listings": "new listings",
    "campaigns": "campaigns",
    "live": "LIVEs",
    "videos": "shoppable videos",
    "orders": "new orders",
}


def consequence(kind: str, *, capabilities: Sequence[str], duration_days: int | None) -> str:
    """What a milestone leads to, to follow "at 12 points:", e.g. ``7 days without new listings and campaigns``."""
    if kind == "warning":
        return "a warning"
    lasting = counted(duration_days, "day") if duration_days else ""
    if kind == "deactivation":
        return f"deactivation for {lasting}" if lasting else "deactivation"
    without = capability_words(capabilities)
    if not without:
        return f"{kind} for {lasting}" if lasting else kind
    return f"{lasting} without {without}" if lasting else f"no {without} until it is lifted"


def consequence_of(milestone: Milestone) -> str:
    """What a milestone leads to, e.g. ``7 days without new listings and campaigns``."""
    return consequence(milestone.kind, capabilities=milestone.capabilities, duration_days=milestone.duration_days)


def capability_words(capabilities: Sequence[str]) -> str:
    """What is taken away, as things: ``new listings and campaigns``; empty for a warning.

    One that the portal has no word for stands as it is: a frozen report may name what has gone since.
    """
    return join_words([CAPABILITY_NOUNS.get(capability, capability) for capability in capabilities])


def forbidden_by(capabilities: Sequence[str]) -> str:
    """What a seller cannot do without these capabilities, to follow "you cannot": ``create listings or go LIVE``."""
    labels = [str(Capability(capability).label) for capability in capabilities]
    return join_words([label[0].lower() + label[1:] for label in labels], last="or")

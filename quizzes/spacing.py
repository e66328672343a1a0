"""When to ask a question again that somebody practises: the FSRS algorithm, through the ``fsrs`` library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fsrs import Card, Rating, Scheduler, State

SCHEDULER = Scheduler(enable_fuzzing=False)
"""Asks again when nine of ten people would still know it."""


@dataclass(frozen=True)
class Memory:
    """How well a question is known; ``step`` is the place among the first, short intervals."""

    state: int
    step: int | None
    stability: float
    difficulty: float
    due_at: datetime
    practised_at: datetime


def after(memory: Memory | None, *, is_right: bool, now: datetime) -> Memory:
    """What is known of a question after an answer; without a memory it is the first one."""
    rating = Rating.Good if is_right else Rating.Again
    card, _log = SCHEDULER.review_card(_card(memory, now=now), rating, now.astimezone(UTC))
    return Memory(card.state.value, card.step, card.stability or 0.0, card.difficulty or 0.0, card.due, now)


def _card(memory: Memory | None, *, now: datetime) -> Card:
    if memory is None:
        return Card(card_id=1, due=now.astimezone(UTC))
    return Card(
        card_id=1,
        state=State(memory.state),
        step=memory.step,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due_at.astimezone(UTC),
        last_review=memory.practised_at.astimezone(UTC),
    )

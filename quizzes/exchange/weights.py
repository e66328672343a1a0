"""Which choices are right by the share of the mark that each brings, as Moodle's formats say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .items import FileChoice, Loss


@dataclass(frozen=True)
class WeighedChoice:
    """A choice with its share of the mark in percent, and what is said to who chose it."""

    text: str
    percent: float
    feedback: str = ""


def judged(weighed: Sequence[WeighedChoice], *, explanation: str) -> tuple[list[FileChoice], str, set[Loss]]:
    """The choices, the explanation and what is lost.

    Where a choice brings the whole mark, only such are right; else all that bring some. What is said to the right
    choice explains the question if nothing else does.
    """
    most = max((choice.percent for choice in weighed), default=0)
    least = 100 if most >= 100 else 0.001
    choices = [FileChoice(choice.text, choice.percent >= least) for choice in weighed]
    said = [choice.feedback for choice in weighed if choice.percent >= least and choice.feedback]
    losses = set()
    if not explanation and len(said) == 1:
        explanation = said[0]
    if any(choice.feedback and choice.feedback != explanation for choice in weighed):
        losses.add(Loss.CHOICE_FEEDBACK)
    if _is_uneven(weighed, least):
        losses.add(Loss.WEIGHTS)
    return choices, explanation, losses


def _is_uneven(weighed: Sequence[WeighedChoice], least: float) -> bool:
    """Whether some right choice counts more than another, or a wrong one brings or takes something."""
    right = {choice.percent for choice in weighed if choice.percent >= least}
    wrong = {choice.percent for choice in weighed if choice.percent < least}
    return len(right) > 1 or bool(wrong - {0.0, -100.0})


def share(right: int) -> str:
    """The share of each of so many right choices, as Moodle writes it."""
    return f"{100 / right:.5f}".rstrip("0").rstrip(".")

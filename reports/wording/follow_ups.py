"""What there is to do after a week, what became of it, and what happened since, in words."""

from __future__ import annotations

from .figures import count_words, points_off

SO_THAT = "So that it does not happen again"
NO_POINTS_LEFT = "No points of it are left"
WAITS = "waits for a decision"
SETTLED = "settled"


def take_quiz(policy: str) -> str:
    return f"Take the quiz “{policy}”"


def file_appeal(policy: str, *, about: str) -> str:
    return f"Appeal “{policy}”, {about}"


def read_articles(titles: list[str]) -> str:
    return f"Read the {len(titles)} articles on what was breached" if len(titles) > 1 else f"Read “{titles[0]}”"


def passed_on(day: str, *, points: int) -> str:
    return f"Passed on {day}: {points_off(points)}"


def quiz_was_open_until(day: str) -> str:
    return f"It was open until the end of {day}"


def filed_on(day: str, *, outcome: str) -> str:
    return f"Filed on {day}: {outcome}"


def decided_on(day: str, *, outcome: str) -> str:
    return f"{outcome.lower()} on {day}"


def voided_on(day: str) -> str:
    return f"The violation was voided on {day}"


def appeal_was_possible_until(day: str) -> str:
    return f"It was possible until {day}"


# --- What became of a violation


def voided_short(day: str) -> str:
    return f"Voided {day}"


def appeal_short(outcome: str) -> str:
    return f"Appeal {outcome.lower()}"


# --- What happened since


def violation_voided(policy: str) -> str:
    return f"The violation of “{policy}” was voided"


def appeal_filed(policy: str) -> str:
    return f"An appeal against “{policy}” was filed"


def appeal_decided(policy: str, *, decision: str) -> str:
    return f"The appeal against “{policy}” was {decision.lower()}"


def quiz_passed(policy: str, *, points: int) -> str:
    return f"The quiz on “{policy}” was passed: {points_off(points)}"


def action_lifted(kind: str, *, milestone: int) -> str:
    return f"The {kind.lower()} at {count_words(milestone, 'point')} was lifted"

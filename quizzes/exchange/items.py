"""What a file of questions holds in any format: questions, what is refused of it, and what is lost by reading it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum


class Loss(Enum):
    """What a question of a file has and the portal keeps not."""

    NAME = "its name"
    CATEGORY = "its category"
    CHOICE_FEEDBACK = "what is said to a choice"
    HINTS = "its hints, tags and what is said to any right or wrong answer"
    WEIGHTS = "how much each choice counts"
    ORDER = "the order of its choices"
    FORMATTING = "formatting that Markdown has not"
    FILES = "pictures and other files"
    EXPLANATION = "its explanation"
    SCENE = "its scene"
    SECTION = "its section"


class Refusal(Enum):
    """Why a question of a file is no question of a quiz."""

    MATCHING = "matching"
    SHORT_ANSWER = "short answer"
    NUMERICAL = "numerical"
    ESSAY = "essay"
    DESCRIPTION = "description"
    OTHER_TYPE = "another type"
    NO_ANSWERS = "nothing to choose"
    UNCLOSED = "a brace that is not closed"
    NO_ANSWER_LINE = "no line that names the answer"
    UNKNOWN_ANSWER = "an answer that is none of the choices"
    UNREADABLE = "the file cannot be read"
    NO_COLUMN = "a column is missing"
    NO_COMMAS = "values that are not separated by commas"
    NO_LIST = "no list of objects"
    UNKNOWN_KEY = "a key that a question has not"
    TOO_LONG = "too long"
    EQUAL_CHOICES = "choices that read the same"
    TOO_FEW_CHOICES = "fewer than two choices"
    NO_RIGHT_CHOICE = "no choice is right"
    NO_WRONG_CHOICE = "every choice is right"
    NO_TEXT = "no text"
    NO_SECTION = "a section that the article has not"
    SEVERAL_RIGHT = "several right answers"
    PRESENT = "already in the bank"


class NotTaken(Exception):
    """A question of a file cannot be one of a quiz."""

    def __init__(self, reason: Refusal, about: str = "") -> None:
        super().__init__(reason.value)
        self.reason, self.about = reason, about


@dataclass(frozen=True)
class FileChoice:
    text: str
    is_right: bool = False


@dataclass(frozen=True)
class FilePicture:
    """A picture of a question, with what it shows in words."""

    alt: str
    content: bytes
    content_type: str = "image/png"


@dataclass(frozen=True)
class FileQuestion:
    """A question of a file. ``line`` is the one it begins in; ``section`` the address of a section of the article."""

    text: str
    choices: Sequence[FileChoice]
    explanation: str = ""
    scene: str = ""
    section: str = ""
    line: int = 1
    losses: frozenset[Loss] = frozenset()
    pictures: Sequence[FilePicture] = ()


@dataclass(frozen=True)
class RefusedQuestion:
    """A question that is not taken. ``about`` is the type, the column or the text it is about."""

    line: int
    reason: Refusal
    about: str = ""


@dataclass
class BankFile:
    """What was found in a file, in its order."""

    questions: list[FileQuestion] = field(default_factory=list)
    refused: list[RefusedQuestion] = field(default_factory=list)

    @contextmanager
    def at(self, line: int) -> Iterator[None]:
        """Read the question that begins in a line: one that is ``NotTaken`` is noted, and the next is read."""
        try:
            yield
        except NotTaken as why:
            self.refused.append(RefusedQuestion(line, why.reason, why.about))

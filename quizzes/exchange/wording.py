"""What people read of files of questions: why one is refused, and what is lost."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.formatting import join_words
from kit.texts.characters import usable

from .items import Loss, Refusal, RefusedQuestion

LOSSES: dict[Loss, Promise] = {
    Loss.NAME: _lazy("its name"),
    Loss.CATEGORY: _lazy("its category"),
    Loss.CHOICE_FEEDBACK: _lazy("what is said to single choices"),
    Loss.HINTS: _lazy("hints, tags and what is said to any right or wrong answer"),
    Loss.WEIGHTS: _lazy("how much each choice counts"),
    Loss.ORDER: _lazy("the order of its choices"),
    Loss.FORMATTING: _lazy("some formatting"),
    Loss.FILES: _lazy("pictures and other files"),
    Loss.EXPLANATION: _lazy("the explanation"),
    Loss.SCENE: _lazy("the scene as such (it begins the text)"),
    Loss.SECTION: _lazy("the section"),
}

REFUSALS: dict[Refusal, Promise] = {
    Refusal.MATCHING: _lazy("It asks to match pairs; a quiz asks to choose."),
    Refusal.SHORT_ANSWER: _lazy("It asks for a short text; a quiz asks to choose."),
    Refusal.NUMERICAL: _lazy("It asks for a number; a quiz asks to choose."),
    Refusal.ESSAY: _lazy("It asks for a text; a quiz asks to choose."),
    Refusal.DESCRIPTION: _lazy("It asks nothing: a text without answers."),
    Refusal.OTHER_TYPE: _lazy("It is of the type “%(about)s”; a quiz asks to choose."),
    Refusal.NO_ANSWERS: _lazy("It has nothing to choose: begin a right answer with = and a wrong one with ~."),
    Refusal.UNCLOSED: _lazy("Its answers have no end: close them with }."),
    Refusal.NO_ANSWER_LINE: _lazy("It names no answer: end it with a line such as “ANSWER: B”."),
    Refusal.UNKNOWN_ANSWER: _lazy("It names %(about)s as the answer, which is none of its choices."),
    Refusal.UNREADABLE: _lazy("It cannot be read from here on. Save it again as UTF-8 text in the format you chose."),
    Refusal.NO_COLUMN: _lazy("The column “%(about)s” is missing."),
    Refusal.NO_COMMAS: _lazy("Its first line separates values by “%(about)s”; save it separated by commas."),
    Refusal.NO_LIST: _lazy("It is no list of questions: write [{…}, {…}]."),
    Refusal.UNKNOWN_KEY: _lazy("A question has no “%(about)s”."),
    Refusal.TOO_LONG: _lazy("It is too long: %(about)s"),
    Refusal.EQUAL_CHOICES: _lazy("Two of its choices read the same: “%(about)s”."),
    Refusal.TOO_FEW_CHOICES: _lazy("It needs at least two choices."),
    Refusal.NO_RIGHT_CHOICE: _lazy("None of its choices is right."),
    Refusal.NO_WRONG_CHOICE: _lazy("Every choice of it is right."),
    Refusal.NO_TEXT: _lazy("The question or one of its choices says nothing."),
    Refusal.NO_SECTION: _lazy("The article has no section “%(about)s”."),
    Refusal.SEVERAL_RIGHT: _lazy("Several of its choices are right, and the format knows one."),
    Refusal.PRESENT: _lazy("The bank has it, or the file has it twice."),
}


def why_refused(refused: RefusedQuestion) -> str:
    return str(REFUSALS[refused.reason]) % {"about": usable(refused.about[:80])}


def named(losses: Iterable[Loss]) -> str:
    """What is lost, in the order of the list above; empty if nothing is."""
    found = set(losses)
    return join_words([str(LOSSES[one]) for one in Loss if one in found]) if found else ""


def lost(losses: Iterable[Loss]) -> str:
    """The same as a sentence."""
    said = named(losses)
    return _("Not kept: %(losses)s.") % {"losses": said} if said else ""

"""Which questions of a file a bank can take. Pure: what the bank has is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kit.texts.characters import UNUSABLE, has_visible
from kit.texts.limits import CHOICE, EXPLANATION, REASON, SCENE

from .. import rules
from .items import BankFile, FileQuestion, Refusal, RefusedQuestion

LIMITS = {"text": REASON, "scene": SCENE, "explanation": EXPLANATION}
PROBLEMS = {
    rules.QuestionProblem.TOO_FEW_CHOICES: Refusal.TOO_FEW_CHOICES,
    rules.QuestionProblem.NO_RIGHT_CHOICE: Refusal.NO_RIGHT_CHOICE,
    rules.QuestionProblem.NO_WRONG_CHOICE: Refusal.NO_WRONG_CHOICE,
}


def checked(found: BankFile, *, present: Collection[str], sections: Collection[str]) -> BankFile:
    """The same file with more refused: what a bank cannot hold, and what it has (``present``: texts as they read)."""
    seen = set(present)
    taken, refused = [], list(found.refused)
    for question in found.questions:
        why = next(_faults(question, seen, sections), None)
        if why is None:
            taken.append(question)
            seen.add(rules.folded(question.text))
        else:
            refused.append(why)
    return BankFile(taken, sorted(refused, key=lambda one: one.line))


def _faults(question: FileQuestion, seen: Collection[str], sections: Collection[str]) -> Iterator[RefusedQuestion]:
    def no(reason: Refusal, about: str = "") -> RefusedQuestion:
        return RefusedQuestion(question.line, reason, about)

    texts = [question.text, question.scene, question.explanation, *(choice.text for choice in question.choices)]
    if not has_visible(question.text) or not all(has_visible(choice.text) for choice in question.choices):
        yield no(Refusal.NO_TEXT)
    if any(UNUSABLE.search(text) for text in texts):
        yield no(Refusal.UNREADABLE)
    yield from (no(Refusal.TOO_LONG, name) for name, most in LIMITS.items() if len(getattr(question, name)) > most)
    yield from (no(Refusal.TOO_LONG, choice.text) for choice in question.choices if len(choice.text) > CHOICE)
    yield from (no(Refusal.EQUAL_CHOICES, text) for text in rules.equal_texts(one.text for one in question.choices))
    right = sum(choice.is_right for choice in question.choices)
    problem = rules.BankQuestion(0, question.text, len(question.choices), right).problem
    if problem is not None:
        yield no(PROBLEMS[problem])
    if question.section and question.section not in sections:
        yield no(Refusal.NO_SECTION, question.section)
    if rules.folded(question.text) in seen:
        yield no(Refusal.PRESENT)

"""A bank of questions as files hold it."""

from __future__ import annotations

from policies.models import ArticleSection

from ..exchange.checks import checked
from ..exchange.items import BankFile, FileChoice, FilePicture, FileQuestion
from ..models import Question, Quiz
from ..pictures import content_of
from ..rules import folded


def bank_as_file(quiz: Quiz) -> list[FileQuestion]:
    """The questions in use, as they go out (3 queries)."""
    questions = quiz.questions.in_use().select_related("section").prefetch_related("choices", "pictures").order_by("id")
    return [_as_file_question(question) for question in questions]


def check_bank_file(quiz: Quiz, found: BankFile) -> BankFile:
    """A file with what the bank cannot take refused: a question that it has, a section that the article has not."""
    kept = quiz.questions.exclude(state=Question.State.RETIRED).values_list("text", flat=True)
    return checked(found, present={folded(text) for text in kept}, sections=set(sections_by_slug(quiz)))


def sections_by_slug(quiz: Quiz) -> dict[str, int]:
    """The ids of the sections of the policy's article by their addresses."""
    return dict(ArticleSection.objects.filter(article__policy=quiz.policy_id).values_list("slug", "pk"))


def lacks_section(question: Question) -> bool:
    """Whether a question names no section of an article that has some. What replaces such a one may stay so."""
    is_new = question.replaces is None or question.replaces.section_id is not None
    return question.section_id is None and is_new and bool(sections_by_slug(question.quiz))


def _as_file_question(question: Question) -> FileQuestion:
    choices = [FileChoice(one.text, one.is_right) for one in question.choices.all()]
    section = question.section.slug if question.section else ""
    return FileQuestion(
        question.text, choices, question.explanation, question.scene, section, pictures=_pictures(question)
    )


def _pictures(question: Question) -> list[FilePicture]:
    """Those whose files are there."""
    found = [(one, content_of(one)) for one in question.pictures.all()]
    return [FilePicture(one.alt, content, one.content_type) for one, content in found if content is not None]

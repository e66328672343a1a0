"""What editors of quizzes have to do with: a picture, a wrong key that sellers found, remarks and a fair trial.

The words are those of ``teaching.toml``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from policies.models import ArticleSection
from quizzes.models import Attempt, AttemptQuestion, Choice, Question, Quiz, Remark
from quizzes.services import (
    add_picture,
    answer_question,
    answer_remark,
    decide_regrade,
    propose_regrade,
    publish_question,
    regrade_next_batch,
    run_trials,
    send_for_review,
    send_remark,
    start_attempt,
    start_trial,
    stop_trial,
    submit_attempt,
)
from sellers.models import Market, Seller

from . import content
from .history import WRONGED, Event


def trial_events(market: Market, lead: User, *, now: datetime) -> list[Event]:
    """A trial in one market: started, new sellers taken in each week, and stopped so long ago that it can be read."""
    text = content.read("teaching.toml")["trial"]
    if market.code != text["market"]:
        return []
    quiz = Quiz.objects.get(policy__code=text["policy"])
    started, stopped = (now - timedelta(days=text[name]) for name in ("days_ago", "stopped_days_ago"))

    def start(moment: datetime) -> None:
        start_trial(quiz=quiz, market=market, question=text["question"], started_by=lead, now=moment)

    def stop(moment: datetime) -> None:
        stop_trial(trial=quiz.trials.get(), stopped_by=lead, now=moment)

    weeks = (stopped - started) // timedelta(weeks=1)
    looks = [
        (started + timedelta(weeks=week), lambda moment: run_trials(clock=lambda: moment)) for week in range(1, weeks)
    ]
    return [(started, start), *looks, (stopped, stop)]


def teach(person: User, editor: User, lead: User, *, now: datetime) -> None:
    """A question with a picture; a wrong key that sellers found, graded again; a remark that waits for its answer."""
    words = content.read("teaching.toml")
    _ask_with_picture(words["picture"], editor, lead, now=now - timedelta(days=6))
    if remark := _wronged(words["key"], person, now=now - timedelta(hours=40)):
        _mend_key(words["key"], remark, editor, lead, now=now)
    failed = AttemptQuestion.objects.filter(attempt__passed=False, remark=None).select_related("attempt__seller")
    asked = failed.exclude(attempt__user=person).latest("pk")
    send_remark(asked=asked, text=words["remark"]["text"], user=asked.attempt.user, now=now - timedelta(hours=5))


def _ask_with_picture(text: dict[str, Any], editor: User, lead: User, *, now: datetime) -> None:
    section = ArticleSection.objects.get(article__policy__code=text["policy"], slug=text["section"])
    question = Question.objects.create(
        quiz=Quiz.objects.get(policy__code=text["policy"]),
        section=section, author=editor, **{name: text[name] for name in ("text", "explanation")},
    )  # fmt: skip
    choices = [Choice(question=question, text=one["text"], is_right=one["right"]) for one in text["choices"]]
    Choice.objects.bulk_create(choices)
    sent = (content.FOLDER / "pictures" / text["file"]).read_bytes()
    question = add_picture(question=question, sent=sent, alt=text["alt"], added_by=editor, now=now)
    question = send_for_review(question=question, sent_by=editor, now=now)
    publish_question(question=question, published_by=lead, now=now + timedelta(hours=20))


def _right_ids(text: dict[str, Any], question: Question) -> set[int]:
    """The choices of the question with the wrong key that are right in truth, as its policy's file has them."""
    (told,) = (
        one for one in content.read(f"policies/{text['policy']}.toml")["questions"] if one["text"] == question.text
    )
    right = [one["text"] for one in told["choices"] if one["right"]]
    return set(question.choices.filter(text__in=right).values_list("pk", flat=True))


def _wronged(text: dict[str, Any], person: User, *, now: datetime) -> Remark | None:
    """The remark of a seller who draws the question with the wrong key and answers what is right in truth.

    Chance draws the questions: it is tried until it draws that one.
    """
    question = Question.objects.get(quiz__policy__code=text["policy"], text__startswith=text["begins"])
    right = _right_ids(text, question)
    seller = Seller.objects.select_related("market").get(external_id=WRONGED[0])
    for _try in range(100):
        with transaction.atomic():
            attempt = start_attempt(quiz=question.quiz, seller=seller, user=person, now=now)
            if asked := attempt.questions.filter(question=question).first():
                _answer(attempt, {asked.position: right}, now=now)
                asked.attempt.refresh_from_db()
                return send_remark(asked=asked, text=text["remark"], user=person, now=now + timedelta(minutes=9))
            transaction.set_rollback(True)
    return None


def _answer(attempt: Attempt, chosen: dict[int, set[int]], *, now: datetime) -> None:
    """What is chosen for some questions, and what counts as right for the others."""
    for asked in attempt.questions.all():
        choices = chosen.get(asked.position, asked.right_ids)
        answer_question(attempt=attempt, user=attempt.user, position=asked.position, choices=choices, now=now)
    submit_attempt(attempt=attempt, user=attempt.user, now=now + timedelta(minutes=4))


def _mend_key(text: dict[str, Any], remark: Remark, editor: User, lead: User, *, now: datetime) -> None:
    question = remark.asked.question
    regrade = propose_regrade(
        question=question, right=_right_ids(text, question), explanation=question.explanation, reason=text["reason"],
        proposed_by=editor, now=now - timedelta(hours=30),
    )  # fmt: skip
    regrade = decide_regrade(regrade=regrade, is_approved=True, decided_by=lead, now=now - timedelta(hours=27))
    while regrade_next_batch(regrade_id=regrade.pk, now=now - timedelta(hours=26)):
        pass
    answer_remark(
        remark=remark, answer=text["answer"], follows=Remark.Follows.REGRADED, answered_by=editor,
        now=now - timedelta(hours=25),
    )  # fmt: skip

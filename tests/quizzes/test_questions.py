"""The way of a question, and what two people decide: services, and attacks with SQL."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import AuditEntry
from kit.outcomes import WrongState
from kit.second_person import OwnProposal
from quizzes import services
from quizzes.models import PassPointsProposal, Question
from tests.factories import (
    LONG_AGO,
    NOW,
    ArticleSectionFactory,
    PolicyVersionFactory,
    QuestionFactory,
    QuizFactory,
    UserFactory,
)
from tests.quizzes.test_models import execute, refuses
from tests.threads import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def author():
    return UserFactory()


@pytest.fixture
def reviewer():
    return UserFactory()


@pytest.fixture
def draft(author):
    return QuestionFactory(state="draft", author=author)


@pytest.fixture
def sent(draft, author):
    return services.send_for_review(question=draft, sent_by=author, now=NOW)


def test_send_for_review_is_done_once_and_noted(draft, author):
    assert services.send_for_review(question=draft, sent_by=author, now=NOW).state == "review"
    assert services.send_for_review(question=draft, sent_by=author, now=NOW).state == "review"
    assert AuditEntry.objects.get().note == "Sent for review."


def test_send_for_review_asks_for_an_explanation():
    with pytest.raises(services.UnusableQuiz, match="Explain why"):
        services.send_for_review(question=QuestionFactory(state="draft", explanation=" "), now=NOW)


def test_send_for_review_asks_for_the_section_that_answers_it_where_the_article_has_sections(author):
    section = ArticleSectionFactory()
    quiz = QuizFactory(policy=section.article.policy, bank=1)
    draft = QuestionFactory(quiz=quiz, state="draft")

    with pytest.raises(services.UnusableQuiz, match="Choose the section of the article"):
        services.send_for_review(question=draft, now=NOW)
    Question.objects.filter(pk=draft.pk).update(section=section)
    assert services.send_for_review(question=draft, now=NOW).state == "review"

    asked = quiz.questions.in_use().get()  # from before the article had sections
    replacement = services.replace_question(question=asked, replaced_by=author, now=NOW)
    assert services.send_for_review(question=replacement, now=NOW).state == "review"


def test_send_back_makes_it_a_draft_again_and_says_why(sent, reviewer):
    assert services.send_back(question=sent, reason="Too long.", sent_back_by=reviewer, now=NOW).state == "draft"
    assert AuditEntry.objects.first().note == "Sent back: Too long."


def test_publish_question_is_for_somebody_else_than_its_author(sent, author, reviewer):
    with pytest.raises(services.OwnQuestion, match="You wrote this question"):
        services.publish_question(question=sent, published_by=author, now=NOW)

    published = services.publish_question(question=sent, published_by=reviewer, now=NOW)
    assert (published.state, published.reviewed_by, published.published_at) == ("published", reviewer, NOW)
    assert services.publish_question(question=sent, published_by=author, now=NOW).reviewed_by == reviewer


def test_publish_question_retires_the_one_it_replaces(author, reviewer):
    old = QuizFactory(bank=3).questions.first()
    draft = services.replace_question(question=old, replaced_by=author, now=NOW)
    assert services.replace_question(question=old, replaced_by=author, now=NOW) == draft
    words = ("text", "explanation", "scene", "quiz", "section")
    assert [getattr(draft, name) for name in words] == [getattr(old, name) for name in words]
    assert list(draft.choices.values_list("text", "is_right")) == list(old.choices.values_list("text", "is_right"))

    services.send_for_review(question=draft, sent_by=author, now=NOW)
    services.publish_question(question=draft, published_by=reviewer, now=NOW)

    old.refresh_from_db()
    assert (old.state, old.retired_at, old.replacement) == ("retired", NOW, draft)
    assert old.quiz.questions.in_use().count() == 3


def test_publish_question_leaves_a_replaced_one_that_is_retired(author, reviewer):
    old = QuestionFactory(quiz__published_at=None)
    draft = services.replace_question(question=old, replaced_by=author, now=NOW)
    services.retire_question(question=old, now=NOW)
    services.send_for_review(question=draft, sent_by=author, now=NOW)

    services.publish_question(question=draft, published_by=reviewer, now=NOW + timedelta(days=1))

    old.refresh_from_db()
    assert old.retired_at == NOW


@pytest.mark.parametrize(
    ("state", "call", "said"),
    [
        ("published", lambda one, by: services.send_for_review(question=one, now=NOW), "Only a draft"),
        (
            "draft",
            lambda one, by: services.publish_question(question=one, published_by=by, now=NOW),
            "for review first",
        ),
        ("draft", lambda one, by: services.send_back(question=one, reason="No.", now=NOW), "review first"),
        ("review", lambda one, by: services.retire_question(question=one, now=NOW), "Only a published"),
        ("draft", lambda one, by: services.replace_question(question=one, replaced_by=by, now=NOW), "Only a published"),
    ],
)
def test_step_is_refused_out_of_turn(reviewer, state, call, said):
    with pytest.raises(WrongState, match=said):
        call(QuestionFactory(state=state), reviewer)


@pytest.mark.parametrize("state", ["review", "published"])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE quizzes_question SET text = 'Other?' WHERE id = %s",
        "UPDATE quizzes_question SET scene = 'Other' WHERE id = %s",
        "UPDATE quizzes_question SET explanation = 'Other' WHERE id = %s",
        "DELETE FROM quizzes_question WHERE id = %s",
        "UPDATE quizzes_choice SET text = 'Other' WHERE question_id = %s",
        "DELETE FROM quizzes_choice WHERE question_id = %s",
        "INSERT INTO quizzes_choice (question_id, text, is_right) VALUES (%s, 'New', false)",
    ],
)
def test_question_that_is_no_draft_stays_as_it_is(state, sql):
    refuses("question_written_stays", sql, QuestionFactory(state=state).pk)


def test_draft_is_written_and_deleted(draft):
    draft.text = "Other?"
    draft.save()
    draft.choices.first().delete()
    draft.choices.create(text="New")
    assert draft.choices.count() == 4
    draft.delete()
    assert not Question.objects.filter(text="Other?").exists()


def test_written_question_can_be_saved_unchanged(sent):
    sent.choices.first().save()
    sent.save()


@pytest.mark.parametrize("state", ["published", "retired"])
def test_question_takes_no_step_ahead(draft, state):
    dates = "published_at = now(), reviewed_by_id = NULL"
    sql = f"UPDATE quizzes_question SET state = %s, {dates} WHERE id = %s"
    refuses("question_takes_its_steps", sql, state, draft.pk)


def test_question_begins_as_a_draft(draft):
    with pytest.raises(IntegrityError, match="cannot become review"), transaction.atomic():
        Question.objects.create(quiz=draft.quiz, text="?", explanation=".", state="review")


def test_question_is_never_published_by_its_author_or_by_nobody(sent, author):
    sql = "UPDATE quizzes_question SET state = 'published', published_at = now(), reviewed_by_id = %s WHERE id = %s"
    refuses("question_reviewed_by_somebody_else", sql, author.pk, sent.pk)
    refuses("question_reviewed_by_somebody_else", sql, None, sent.pk)


@pytest.mark.parametrize(
    "columns", ["published_at = now()", "retired_at = now()", "state = 'published'", "state = 'gone'"]
)
def test_question_has_the_dates_of_its_state(columns):
    question = QuestionFactory(state="draft")
    with pytest.raises(IntegrityError), transaction.atomic():
        execute(f"UPDATE quizzes_question SET {columns} WHERE id = %s", question.pk)


def test_question_replaces_one_of_its_quiz(draft):
    sql = "UPDATE quizzes_question SET replaces_id = %s WHERE id = %s"
    refuses("question_replaces_one_of_its_quiz", sql, QuestionFactory().pk, draft.pk)


def test_question_has_one_replacement(draft):
    old = QuestionFactory(quiz=draft.quiz)
    sql = "UPDATE quizzes_question SET replaces_id = %s WHERE id = %s"
    execute(sql, old.pk, draft.pk)
    refuses("quizzes_question_replaces_id_key", sql, old.pk, QuestionFactory(quiz=draft.quiz, state="draft").pk)


@pytest.mark.parametrize(("name", "limit"), [("text", 2_000), ("scene", 5_000), ("explanation", 2_000)])
def test_question_is_no_longer_than_its_limits(draft, name, limit):
    sql = f"UPDATE quizzes_question SET {name} = repeat('x', %s) WHERE id = %s"
    refuses(f"question_{name}_fits", sql, limit + 1, draft.pk)


# --- What a pass removes


@pytest.fixture
def quiz():
    quiz = QuizFactory(bank=0)
    PolicyVersionFactory(policy=quiz.policy, number=2, points=4, effective_from=LONG_AGO - timedelta(days=1))
    return quiz


@pytest.fixture
def proposal(quiz, author):
    return services.propose_pass_points(quiz=quiz, points=3, reason="Stricter.", proposed_by=author, now=NOW)


def test_approved_proposal_raises_what_a_pass_removes(proposal, quiz, reviewer):
    decided = services.decide_pass_points(proposal=proposal, is_approved=True, decided_by=reviewer, now=NOW)
    services.decide_pass_points(proposal=proposal, is_approved=False, decided_by=reviewer, now=NOW)

    quiz.refresh_from_db()
    assert (quiz.pass_points, decided.approved) == (3, True)
    notes = [entry.note for entry in AuditEntry.objects.order_by("pk")]
    assert notes == ["Proposed that a pass removes 3: Stricter.", "Approved: a pass removes 3."]


def test_declined_proposal_changes_nothing(proposal, quiz, reviewer):
    services.decide_pass_points(proposal=proposal, is_approved=False, decided_by=reviewer, now=NOW)

    quiz.refresh_from_db()
    assert quiz.pass_points == 1
    refuses("quiz_pass_points_approved", "UPDATE quizzes_quiz SET pass_points = 3 WHERE id = %s", quiz.pk)


def test_proposal_above_what_the_policy_gives_meanwhile_is_refused(proposal, quiz, reviewer):
    PassPointsProposal.objects.update(points=5)

    with pytest.raises(services.PassPointsOutOfBounds, match="choose 4 or less"):
        services.decide_pass_points(proposal=proposal, is_approved=True, decided_by=reviewer, now=NOW)


def test_proposal_is_decided_by_somebody_else(proposal, author):
    with pytest.raises(OwnProposal):
        services.decide_pass_points(proposal=proposal, is_approved=True, decided_by=author, now=NOW)
    sql = "UPDATE quizzes_passpointsproposal SET decided_by_id = %s, decided_at = now(), approved = true WHERE id = %s"
    refuses("pass_points_approved_by_another", sql, author.pk, proposal.pk)
    refuses(
        "pass_points_decision_is_whole", "UPDATE quizzes_passpointsproposal SET approved = true WHERE id = %s",
        proposal.pk,
    )  # fmt: skip
    refuses(
        "pass_points_reason_fits",
        "UPDATE quizzes_passpointsproposal SET reason = repeat('x', 2001) WHERE id = %s", proposal.pk,
    )  # fmt: skip


@pytest.mark.parametrize("points", [1, 5])
def test_proposal_stays_between_what_is_and_what_the_policy_gives(quiz, author, points):
    with pytest.raises(services.PassPointsOutOfBounds, match="removes 1 now, and the policy gives 4 at most"):
        services.propose_pass_points(quiz=quiz, points=points, reason="Why.", proposed_by=author, now=NOW)


def test_raising_needs_an_approval(quiz):
    refuses("quiz_pass_points_approved", "UPDATE quizzes_quiz SET pass_points = 2 WHERE id = %s", quiz.pk)


@pytest.mark.django_db(transaction=True)
def test_only_one_proposal_waits_however_many_come_at_once():
    quiz, by = QuizFactory(bank=0), UserFactory()
    call = services.propose_pass_points
    answers = together(4, lambda _: call(quiz=quiz, points=2, reason="Why.", proposed_by=by, now=NOW))

    assert sum(isinstance(one, WrongState) for one in answers) == 3
    assert PassPointsProposal.objects.count() == 1
    sql = (
        "INSERT INTO quizzes_passpointsproposal (quiz_id, points, reason, proposed_by_id, proposed_at)"
        " VALUES (%s, 2, '', %s, now())"
    )
    refuses("pass_points_one_waits", sql, quiz.pk, by.pk)

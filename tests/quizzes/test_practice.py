"""Practice: spaced, for oneself, without reward or record."""

from datetime import timedelta
from random import Random

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inbox.models import Message
from quizzes import spacing
from quizzes.models import Attempt, PracticeCard, Question
from quizzes.selectors import held_back, next_to_practise, practices
from quizzes.services import (
    NotAChoice,
    practise,
    publish_question,
    replace_question,
    retire_question,
    send_for_review,
    submit_attempt,
    unpublish_quiz,
)
from tests.factories import (
    NOW,
    ArticleFactory,
    ArticleSectionFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuestionFactory,
    QuizFactory,
    UserFactory,
    issue,
)
from tests.factories import SellerFactory as Shop
from tests.quizzes.helpers import (
    answer_all,
    start,
    take,
)
from tests.threads import together
from violations.models import PointsEntry

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def seller(db):
    return Shop()


@pytest.fixture
def user(seller):
    return MemberFactory(seller=seller).user


@pytest.fixture
def quiz(db):
    return QuizFactory(policy=PolicyFactory(points=2), bank=3)


def right_of(question):
    return list(question.choices.filter(is_right=True).values_list("pk", flat=True))


def wrong_of(question):
    return list(question.choices.filter(is_right=False).values_list("pk", flat=True)[:1])


def next_one(user, seller, quiz, *, now=NOW):
    return next_to_practise(user=user, seller=seller, quiz=quiz, as_of=now, random=Random(1))


# --- When a question comes again


@given(answers=st.lists(st.booleans(), min_size=1, max_size=12))
def test_question_comes_again_after_its_answer_and_later_the_better_it_is_known(answers):
    memory, now = None, NOW
    for is_right in answers:
        memory = spacing.after(memory, is_right=is_right, now=now)
        assert memory.due_at > now
        assert memory.practised_at == now
        now = memory.due_at
    known = spacing.after(memory, is_right=True, now=now)
    forgotten = spacing.after(memory, is_right=False, now=now)
    assert forgotten.due_at <= known.due_at


def test_question_known_twice_comes_again_after_days_and_a_forgotten_one_within_minutes():
    first = spacing.after(None, is_right=True, now=NOW)
    second = spacing.after(first, is_right=True, now=first.due_at)

    assert second.due_at - first.due_at >= DAY
    assert spacing.after(second, is_right=False, now=second.due_at).due_at - second.due_at < timedelta(hours=1)


# --- Practising


def test_answer_is_remembered_for_the_person_alone(user, seller, quiz):
    question = quiz.questions.first()

    assert practise(question=question, user=user, choices=right_of(question), now=NOW)
    assert not practise(question=question, user=user, choices=wrong_of(question), now=NOW + DAY)

    card = PracticeCard.objects.get()
    assert (card.user, card.question, card.practised_at) == (user, question, NOW + DAY)


def test_answer_sent_again_or_after_the_explanation_was_read_changes_nothing(user, seller, quiz):
    question = quiz.questions.first()
    assert not practise(question=question, user=user, choices=wrong_of(question), now=NOW)
    forgotten = PracticeCard.objects.values().get()

    for choices in (wrong_of(question), right_of(question)):
        practise(question=question, user=user, choices=choices, now=forgotten["due_at"] - timedelta(seconds=1))
        assert PracticeCard.objects.values().get() == forgotten

    assert practise(question=question, user=user, choices=right_of(question), now=forgotten["due_at"])
    assert PracticeCard.objects.get().due_at > forgotten["due_at"]


def test_answer_takes_no_points_off_and_is_told_nowhere(user, seller, quiz):
    issue(seller, quiz.policy)
    before = (PointsEntry.objects.count(), Message.objects.count())

    for question in quiz.questions.all():
        practise(question=question, user=user, choices=right_of(question), now=NOW)

    assert (PointsEntry.objects.count(), Message.objects.count()) == before
    assert not Attempt.objects.exists()


def test_answer_is_made_of_choices_of_the_question(user, quiz):
    question = quiz.questions.first()

    for choices in ([], [0], [*right_of(question), *wrong_of(question)]):
        with pytest.raises(NotAChoice):
            practise(question=question, user=user, choices=choices, now=NOW)
    assert not PracticeCard.objects.exists()


def test_next_question_is_the_one_due_longest_then_a_fresh_one(user, seller, quiz):
    first, second, third = quiz.questions.order_by("pk")
    practise(question=first, user=user, choices=right_of(first), now=NOW)
    practise(question=second, user=user, choices=wrong_of(second), now=NOW)

    assert next_one(user, seller, quiz) == third
    assert next_one(user, seller, quiz, now=NOW + DAY) == second
    practise(question=third, user=user, choices=right_of(third), now=NOW)
    assert next_one(user, seller, quiz) is None
    assert next_one(UserFactory(), seller, quiz) is not None


def test_questions_of_attempts_are_held_back(seller, user, quiz):
    QuestionFactory.create_batch(3, quiz=quiz)
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    asked = set(attempt.questions.values_list("question", flat=True))

    assert held_back(user=user, seller=seller, as_of=NOW) == asked
    answer_all(attempt, right=1)
    submit_attempt(attempt=attempt, user=attempt.user, now=NOW)
    missed = asked - {attempt.questions.get(position=1).question_id}
    assert held_back(user=user, seller=seller, as_of=NOW) == missed
    assert held_back(user=user, seller=seller, as_of=NOW + 30 * DAY) == set()
    assert held_back(user=MemberFactory().user, seller=seller, as_of=NOW) == set()


def test_questions_of_an_attempt_that_was_left_are_held_back_whether_it_was_noted_or_not(seller, user, quiz):
    QuestionFactory.create_batch(3, quiz=quiz)
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    asked = set(attempt.questions.values_list("question", flat=True))

    assert held_back(user=user, seller=seller, as_of=attempt.ends_at) == asked


def test_questions_of_attempts_are_held_back_at_other_sellers_of_the_person(seller, user, quiz):
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    other = MemberFactory(user=user, seller=Shop(market=seller.market)).seller

    asked = set(attempt.questions.values_list("question", flat=True))
    assert held_back(user=user, seller=other, as_of=NOW) == asked


def test_what_took_the_place_of_a_question_of_an_attempt_is_held_back_too(seller, user, quiz):
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    asked = set(attempt.questions.values_list("question", flat=True))
    first = QuestionFactory(quiz=quiz, replaces=quiz.questions.get(pk=min(asked)))
    second = QuestionFactory(quiz=quiz, replaces=first)

    assert held_back(user=user, seller=seller, as_of=NOW) == {*asked, first.pk, second.pk}


def test_questions_of_a_passed_attempt_can_be_practised(seller, user, quiz):
    issue(seller, quiz.policy)
    take(seller, quiz)

    assert held_back(user=user, seller=seller, as_of=NOW) == set()


@pytest.mark.parametrize("count", [1, 3])
def test_practices_are_all_policies_those_breached_first(user, seller, quiz, count, django_assert_num_queries):
    others = [QuizFactory(policy=PolicyFactory(name=f"A{number}"), bank=2) for number in range(count)]
    QuizFactory(published_at=None)
    QuestionFactory(quiz=others[0], choices=False)
    issue(seller, quiz.policy)
    question = quiz.questions.first()
    practise(question=question, user=user, choices=right_of(question), now=NOW)

    with django_assert_num_queries(5):
        found = practices(user=user, seller=seller, as_of=NOW)

    assert [(one.quiz, one.is_breached, one.due, one.fresh) for one in found] == [
        (quiz, True, 0, 2), *((other, False, 0, 2) for other in others)
    ]  # fmt: skip
    assert found[0].next_at == PracticeCard.objects.get().due_at
    later = practices(user=user, seller=seller, as_of=NOW + DAY)
    assert (later[0].due, later[0].waiting, later[0].next_at) == (1, 3, None)


@pytest.mark.parametrize(("state", "constraint"), [(4, "practice_card_state_known"), (1, "practice_card_once")])
def test_database_keeps_one_card_a_person_and_question(user, quiz, state, constraint):
    question = quiz.questions.first()
    practise(question=question, user=user, choices=right_of(question), now=NOW)
    sql = """INSERT INTO quizzes_practicecard (user_id, question_id, state, stability, difficulty, due_at, practised_at)
        SELECT user_id, question_id, %s, 1, 1, due_at, practised_at FROM quizzes_practicecard"""

    with pytest.raises(IntegrityError) as refused, connection.cursor() as cursor:
        cursor.execute(sql, [state])
    assert refused.value.__cause__.diag.constraint_name == constraint


@pytest.mark.django_db(transaction=True)
def test_answers_at_once_make_one_card(user, quiz):
    question = quiz.questions.first()

    answers = together(4, lambda _: practise(question=question, user=user, choices=right_of(question), now=NOW))

    assert answers == [True] * 4
    assert PracticeCard.objects.count() == 1


# --- Pages


@pytest.fixture
def member(db):
    market = MarketFactory(books_closed_until=timezone.now() - timedelta(days=100))
    return MemberFactory(seller=Shop(market=market))


@pytest.fixture
def page(client, member):
    client.force_login(member.user)
    return client


def list_url(member):
    return reverse("quizzes:practice_list", kwargs={"seller_id": member.seller_id})


def practice_url(member, quiz):
    return reverse("quizzes:practice", kwargs={"seller_id": member.seller_id, "policy": quiz.policy.code})


def test_practice_is_taken_with_forms_alone(page, member, quiz):
    section = ArticleSectionFactory(article=ArticleFactory(policy=quiz.policy))
    quiz.questions.update(section=section)
    here = practice_url(member, quiz)
    assert here in page.get(list_url(member)).text
    asked = page.get(here)
    question = asked.context["question"]
    assert "takes no points off" in asked.text
    assert "Because it is so." not in asked.text

    answered = page.post(here, {"question": question.pk, "choice": wrong_of(question)})

    assert "Not right" in answered.text
    assert "Because it is so." in answered.text
    assert section.get_absolute_url() in answered.text
    card = PracticeCard.objects.get()
    assert card.user == member.user
    due = card.due_at.astimezone(member.seller.market.zone)
    assert f"This question comes again on {due.day} {due:%b %Y, %H:%M}" in answered.text
    assert page.get(here).context["question"] != question


def test_practice_without_an_answer_asks_again(page, member, quiz):
    question = quiz.questions.first()

    assert "Choose an answer" in page.post(practice_url(member, quiz), {"question": question.pk}).text
    assert not PracticeCard.objects.exists()


def test_practice_says_when_there_is_nothing_now(page, member, quiz):
    for question in quiz.questions.all():
        practise(question=question, user=member.user, choices=right_of(question), now=timezone.now())

    assert "Nothing to practise now" in page.get(practice_url(member, quiz)).text
    assert "You know it for now." in page.get(list_url(member)).text


@pytest.mark.parametrize("asked", ["", "x", "0", "٣", "9" * 5_000])
def test_practice_of_a_question_of_no_such_quiz_is_not_found(page, member, quiz, asked):
    assert page.post(practice_url(member, quiz), {"question": asked, "choice": 1}).status_code == 404


def test_practice_never_explains_a_question_of_an_open_attempt(page, member, quiz):
    issue(member.seller, quiz.policy, now=timezone.now())
    attempt = start(member.seller, quiz, now=timezone.now())
    question = Question.objects.get(pk=attempt.questions.first().question_id)

    answer = page.post(practice_url(member, quiz), {"question": question.pk, "choice": right_of(question)})

    assert answer.status_code == 200
    assert "This question is in a quiz that you are taking" in answer.text
    assert_not_explained(answer, question)
    assert "in a quiz that you are taking" in page.get(list_url(member)).text


def assert_not_explained(answer, question):
    assert question.explanation not in answer.text
    assert not [choice.text for choice in question.choices.all() if choice.text in answer.text]
    assert not PracticeCard.objects.exists()


def test_practice_says_that_a_question_was_replaced_or_retired_meanwhile(page, member, quiz):
    replaced, retired = quiz.questions.order_by("pk")[:2]
    author, reviewer = UserFactory.create_batch(2)
    draft = replace_question(question=replaced, replaced_by=author, now=timezone.now())
    send_for_review(question=draft, sent_by=author, now=timezone.now())
    publish_question(question=draft, published_by=reviewer, now=timezone.now())
    QuestionFactory(quiz=quiz)
    retire_question(question=retired, now=timezone.now())

    for question, words in [(replaced, "was replaced by a new one"), (retired, "is not asked any more")]:
        answer = page.post(practice_url(member, quiz), {"question": question.pk, "choice": right_of(question)})
        assert answer.status_code == 200
        assert words in answer.text
        assert "Nothing that you practised is lost." in answer.text
        assert f'href="{practice_url(member, quiz)}">Go on with the next question' in answer.text
        assert_not_explained(answer, question)


def test_practice_says_that_the_quiz_was_taken_back_meanwhile(page, member, quiz):
    question = quiz.questions.first()
    unpublish_quiz(quiz=quiz, now=timezone.now())

    answer = page.post(practice_url(member, quiz), {"question": question.pk, "choice": right_of(question)})

    assert "This policy cannot be practised at the moment" in answer.text
    assert "Go on with the next question" not in answer.text
    assert_not_explained(answer, question)


def test_practice_of_a_draft_is_not_found(page, member, quiz):
    draft = replace_question(question=quiz.questions.first(), replaced_by=UserFactory(), now=timezone.now())

    answer = page.post(practice_url(member, quiz), {"question": draft.pk, "choice": right_of(draft)})

    assert answer.status_code == 404


def test_practice_of_an_unpublished_quiz_is_not_found(page, member):
    assert page.get(practice_url(member, QuizFactory(published_at=None))).status_code == 404


def test_practice_of_another_seller_is_not_found(client, member, quiz):
    client.force_login(UserFactory())

    assert client.get(list_url(member)).status_code == 404
    assert client.get(practice_url(member, quiz)).status_code == 404
    assert client.post(practice_url(member, quiz), {"question": 1}).status_code == 404

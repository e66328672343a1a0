from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from audit.models import AuditEntry
from inbox.models import Message
from quizzes import services
from quizzes.models import Attempt, AttemptQuestion
from quizzes.services import (
    answer_question,
    publish_quiz,
    retire_question,
    start_attempt,
    submit_attempt,
    unpublish_quiz,
)
from tests.credits import credit_points
from tests.factories import (
    LONG_AGO,
    NOW,
    ArticleFactory,
    ArticleSectionFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    PolicyVersionFactory,
    QuestionFactory,
    QuizFactory,
    UserFactory,
    issue,
)
from tests.factories import SellerFactory as Shop
from tests.locks import background, wait_until_somebody_waits_for_a_lock
from tests.quizzes.helpers import (
    answer,
    answer_all,
    approve_pass_points,
    left,
    member_of,
    several_right,
    start,
    take,
    wrong_choice,
)
from tests.threads import together
from violations.models import PointsEntry
from violations.selectors import get_standing
from violations.services import void_violation

pytestmark = pytest.mark.django_db

NEW_YORK = "America/New_York"
DECEMBER = datetime(2026, 12, 1, 5, tzinfo=UTC)
"""The first instant of December in New York."""
JANUARY = datetime(2027, 1, 1, 5, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def seller(db):
    return Shop()


@pytest.fixture
def policy(db):
    return PolicyFactory(points=2)


@pytest.fixture
def quiz(policy):
    return QuizFactory(policy=policy)


@pytest.fixture
def violation(seller, policy):
    return issue(seller, policy)


# --- Starting


def test_start_attempt_draws_questions_of_the_bank(seller, quiz, violation):
    attempt = start(seller, quiz, violation=violation)

    asked = list(attempt.questions.values_list("position", "question__quiz", "chosen"))
    assert asked == [(1, quiz.pk, []), (2, quiz.pk, []), (3, quiz.pk, [])]
    assert (attempt.violation, attempt.month, attempt.ordinal) == (violation, date(2026, 11, 1), 1)
    assert attempt.started_at == NOW
    assert attempt.user == member_of(seller)


def test_start_attempt_never_draws_retired_or_broken_questions(seller, policy, violation):
    quiz = QuizFactory(policy=policy, bank=3)
    QuestionFactory(quiz=quiz, retired_at=NOW)
    QuestionFactory(quiz=quiz, choices=False)

    assert set(start(seller, quiz).questions.values_list("question__retired_at", flat=True)) == {None}
    assert AttemptQuestion.objects.filter(question__choices=None).count() == 0


def test_start_attempt_prefers_questions_not_asked_before(seller, policy, violation):
    quiz = QuizFactory(policy=policy, bank=6)

    first, second = (set(take(seller, quiz, right=0).questions.values_list("question", flat=True)) for _ in range(2))

    assert first.isdisjoint(second)


def test_start_attempt_takes_up_the_open_one(seller, quiz, violation):
    attempt = start(seller, quiz)
    answer_all(attempt)

    again = start(seller, quiz, now=NOW + timedelta(minutes=59))

    assert again == attempt
    assert again.questions.unanswered().count() == 0
    assert again.violation is None


def test_start_attempt_changes_what_an_open_one_is_for(seller, quiz, violation):
    other = issue(seller, quiz.policy)
    attempt = start(seller, quiz, violation=violation)
    answer_all(attempt)

    assert start(seller, quiz, violation=other).violation == other
    assert start(seller, quiz).violation == other
    submit_attempt(attempt=attempt, user=attempt.user, now=NOW)

    assert (left(violation), left(other)) == (2, 1)


def test_start_attempt_keeps_the_pick_of_an_open_one_when_the_new_one_is_not_eligible(seller, quiz, violation):
    voided = issue(seller, quiz.policy)
    void_violation(violation=voided, reason="Wrong shop", now=NOW, voided_by=None)
    attempt = start(seller, quiz, violation=violation)

    with pytest.raises(services.ViolationNotEligible):
        start(seller, quiz, violation=voided)

    attempt.refresh_from_db()
    assert attempt.violation == violation


def test_start_attempt_keeps_the_questions_as_they_read(seller, quiz, violation):
    quiz.questions.update(section=ArticleSectionFactory(article=ArticleFactory(policy=quiz.policy)))

    for asked in start(seller, quiz).questions.select_related("question"):
        question = asked.question
        own = {choice.pk: choice.text for choice in question.choices.all()}
        assert dict(asked.choices) == own
        assert asked.right_ids == [pk for pk, text in own.items() if text == "Choice 2"]
        assert (asked.text, asked.explanation) == (question.text, question.explanation)
        assert asked.section_id == question.section_id


def test_start_attempt_shows_the_choices_in_an_order_of_its_own(seller, policy, violation):
    quiz = QuizFactory(policy=policy, bank=30)
    quiz.questions_per_attempt = 30
    quiz.save()

    orders = {tuple(asked.choice_texts) for asked in start(seller, quiz).questions.all()}

    assert len(orders) > 5


def test_start_attempt_takes_up_the_open_one_of_a_quiz_taken_back(seller, quiz, violation):
    attempt = start(seller, quiz)
    unpublish_quiz(quiz=quiz, now=NOW)

    assert start(seller, quiz) == attempt


@pytest.mark.parametrize("published_at", [None, NOW + timedelta(seconds=1)])
def test_start_attempt_refuses_a_quiz_not_published(seller, policy, violation, published_at):
    quiz = QuizFactory(policy=policy, published_at=published_at)

    with pytest.raises(services.QuizNotAvailable, match="cannot be started now"):
        start(seller, quiz)


def test_start_attempt_refuses_a_quiz_whose_bank_became_too_small(seller, quiz, violation):
    for question in quiz.questions.all()[:3]:
        quiz.questions.filter(pk=question.pk).update(state="retired", retired_at=NOW)

    with pytest.raises(services.QuizNotAvailable, match="too few questions"):
        start(seller, quiz)


def test_start_attempt_refuses_without_a_violation_of_the_policy(seller, quiz):
    issue(seller, PolicyFactory())
    issue(Shop(market=seller.market), quiz.policy)

    with pytest.raises(services.NoEligibleViolation, match="no violation"):
        start(seller, quiz)


def test_start_attempt_is_possible_until_the_last_instant_of_the_window(seller, quiz):
    issue(seller, quiz.policy, issued_at=datetime(2026, 11, 1, 4, tzinfo=UTC))  # Midnight in New York, summer time.

    with pytest.raises(services.NoEligibleViolation):
        start(seller, quiz, now=JANUARY)
    assert start(seller, quiz, now=JANUARY - INSTANT).month == date(2026, 12, 1)


def test_start_attempt_counts_the_window_in_the_markets_time_zone(quiz):
    """The same instant is the last of October in New York and the first of November in London."""
    issued_at = datetime(2026, 11, 1, 3, 59, tzinfo=UTC)
    american = Shop(market=MarketFactory(time_zone=NEW_YORK, books_closed_until=LONG_AGO))
    british = Shop(market=MarketFactory(time_zone="Europe/London", books_closed_until=LONG_AGO))
    for seller in (american, british):
        issue(seller, quiz.policy, now=issued_at)

    with pytest.raises(services.NoEligibleViolation):
        start(american, quiz, now=DECEMBER)
    assert start(british, quiz, now=DECEMBER).month == date(2026, 12, 1)


def test_start_attempt_refuses_a_picked_violation_that_is_not_eligible(seller, quiz, violation):
    others = [
        issue(Shop(market=seller.market), quiz.policy),
        issue(seller, PolicyFactory()),
        void_violation(violation=issue(seller, quiz.policy), reason="A mistake.", voided_by=None, now=NOW),
    ]
    credited = issue(seller, quiz.policy)
    credit_points(violation=credited, points=2, reason="Goodwill", now=NOW)

    for other in [*others, credited]:
        with pytest.raises(services.ViolationNotEligible) as refused:
            start(seller, quiz, violation=other)
        assert refused.value.field == "violation"
    assert Attempt.objects.count() == 0


def test_start_attempt_refuses_the_fourth_of_a_month(seller, quiz, violation):
    for _ in range(3):
        take(seller, quiz, right=2)

    with pytest.raises(services.AttemptsUsedUp, match=r"all 3 attempts .* on 1 Dec 2026"):
        start(seller, quiz)
    with pytest.raises(services.AttemptsUsedUp):
        start(seller, quiz, now=DECEMBER - INSTANT)
    assert start(seller, quiz, now=DECEMBER).ordinal == 1


def test_start_attempt_counts_each_quiz_by_itself(seller, quiz, violation):
    other = QuizFactory()
    issue(seller, other.policy)
    for _ in range(3):
        take(seller, quiz, right=0)

    assert start(seller, other).ordinal == 1


def test_start_attempt_follows_the_quizs_own_number(seller, quiz, violation):
    quiz.attempts_per_month = 1
    quiz.save()
    take(seller, quiz, right=0)

    with pytest.raises(services.AttemptsUsedUp, match="all 1 attempts"):
        start(seller, quiz)


# --- Answering


def test_answer_question_can_be_changed_until_submitted(seller, quiz, violation):
    attempt = start(seller, quiz)
    first, second = attempt.questions.get(position=2).choice_ids[:2]

    answer(attempt, 2, first)
    answer(attempt, 2, second, now=NOW + INSTANT)

    given = attempt.questions.order_by("position").values_list("chosen", "answered_at")
    assert list(given) == [([], None), ([second], NOW), ([], None)]


def test_answer_question_takes_several_choices_where_several_are_right(seller, quiz, violation):
    attempt = start(seller, quiz)
    several_right(attempt)
    asked = attempt.questions.get(position=1)

    answer(attempt, 1, *reversed(asked.choice_ids), asked.choice_ids[0])

    asked.refresh_from_db()
    assert (asked.several, asked.chosen, asked.is_right) == (True, asked.choice_ids, False)
    with pytest.raises(services.NotAChoice, match="Choose all answers below"):
        answer(attempt, 1, 0)


def test_answer_is_right_with_every_right_choice_and_no_other(seller, quiz, violation):
    attempt = start(seller, quiz)
    several_right(attempt)
    first, second, _ = attempt.questions.order_by("position")
    answer_all(attempt)
    answer(attempt, 1, first.right_ids[0])
    answer(attempt, 2, *second.right_ids, wrong_choice(second))

    submitted = submit_attempt(attempt=attempt, user=attempt.user, now=NOW)

    assert (submitted.right_answers, submitted.passed) == (1, False)
    assert [asked.position for asked in attempt.questions.right()] == [3]


def test_answer_question_refuses_a_choice_of_another_question(seller, quiz, violation):
    attempt = start(seller, quiz)
    foreign, own = (attempt.questions.get(position=position).choice_ids for position in (1, 2))

    for choices in (foreign[:1], [0], [], own[:2]):
        with pytest.raises(services.NotAChoice, match="Choose one"):
            answer_question(attempt=attempt, user=attempt.user, position=2, choices=choices, now=NOW)


def test_answer_question_refuses_a_position_that_is_not_there(seller, quiz, violation):
    attempt = start(seller, quiz)

    with pytest.raises(AttemptQuestion.DoesNotExist):
        answer_question(attempt=attempt, user=attempt.user, position=4, choices=[1], now=NOW)


def test_answer_question_refuses_once_submitted(seller, quiz, violation):
    attempt = take(seller, quiz, right=2)

    with pytest.raises(services.AttemptOver, match="stay as they were"):
        answer(attempt, 3)


# --- Submitting


def test_submit_attempt_removes_a_point_on_a_pass(seller, quiz, violation):
    before = get_standing(seller=seller, as_of=NOW).total

    attempt = take(seller, quiz, violation=violation)

    assert (attempt.passed, attempt.right_answers, attempt.unrewarded) == (True, 3, "")
    assert attempt.credit.violation == violation
    assert (attempt.credit.kind, attempt.credit.points) == (PointsEntry.Kind.CREDIT, -1)
    assert attempt.credit.created_by == attempt.user == member_of(seller)
    assert (attempt.reward_month, attempt.reward_ordinal) == (date(2026, 11, 1), 1)
    assert get_standing(seller=seller, as_of=NOW).total == before - 1


@pytest.mark.parametrize("right", [0, 1, 2])
def test_submit_attempt_without_all_right_removes_nothing(seller, quiz, violation, right):
    attempt = take(seller, quiz, right=right)

    assert (attempt.passed, attempt.right_answers, attempt.credit, attempt.unrewarded) == (False, right, None, "")
    assert left(violation) == 2


def test_submit_attempt_tells_what_was_removed(seller, quiz, violation):
    MemberFactory(seller=seller)

    attempt = take(seller, quiz)

    message = Message.objects.get(kind=Message.Kind.QUIZ)
    assert message.subject == "Quiz passed: 1 point removed"
    assert "1 point was removed from your violation of 18 Nov 2026 (LIVE “Sunday LIVE”)" in message.body
    assert "It has 1 point left" in message.body
    assert (message.seller, message.path) == (seller, attempt.get_absolute_url())
    assert (message.content, message.content_title) == (violation.content, "Sunday LIVE")
    assert message.deliveries.count() == 1


def test_submit_attempt_removes_as_many_points_as_the_quiz_says_and_are_left(seller, quiz, violation):
    PolicyVersionFactory(policy=quiz.policy, number=2, points=5, effective_from=LONG_AGO - timedelta(days=1))
    approve_pass_points(quiz, 5)
    quiz.pass_points = 5
    quiz.save()
    bare = issue(seller, quiz.policy, content=None)

    take(seller, quiz, violation=bare)

    assert (left(violation), left(bare)) == (2, 0)
    assert "2 points were removed from your violation of 18 Nov 2026. It has 0 points left" in (
        Message.objects.get(kind=Message.Kind.QUIZ).body
    )


def test_submit_attempt_takes_the_picked_violation(seller, quiz, violation):
    issue(seller, quiz.policy, issued_at=NOW - timedelta(days=30))

    assert take(seller, quiz, violation=violation).credit.violation == violation


def test_submit_attempt_without_a_pick_takes_the_one_that_closes_first(seller, quiz, violation):
    closing = issue(seller, quiz.policy, issued_at=NOW - timedelta(days=30))

    assert take(seller, quiz).credit.violation == closing


def test_submit_attempt_takes_another_violation_if_the_picked_one_is_gone(seller, quiz, violation):
    picked = issue(seller, quiz.policy)
    attempt = start(seller, quiz, violation=picked)
    answer_all(attempt)
    void_violation(violation=picked, reason="Appeal granted.", voided_by=None, now=NOW)

    attempt = submit_attempt(attempt=attempt, user=attempt.user, now=NOW)

    assert attempt.credit.violation == violation


def test_submit_attempt_twice_gives_one_credit(seller, quiz, violation):
    attempt = take(seller, quiz)

    again = submit_attempt(attempt=attempt, user=attempt.user, now=NOW + timedelta(hours=1))

    assert (again, again.submitted_at, again.credit) == (attempt, NOW, attempt.credit)
    assert left(violation) == 1


def test_submit_attempt_names_the_questions_without_an_answer(seller, quiz, violation):
    attempt = start(seller, quiz)

    with pytest.raises(services.UnansweredQuestion, match=r"Questions 1, 2 and 3 have no answer") as refused:
        submit_attempt(attempt=attempt, user=attempt.user, now=NOW)
    assert refused.value.position == 1

    answer_all(attempt)
    attempt.questions.filter(position=2).update(chosen=[], answered_at=None)
    with pytest.raises(services.UnansweredQuestion, match=r"Question 2 has no answer") as refused:
        submit_attempt(attempt=attempt, user=attempt.user, now=NOW)
    assert refused.value.position == 2


def pass_with(seller, **fields):
    """Pass the quiz of a policy of its own, with a violation of 2 points."""
    quiz = QuizFactory()
    issue(seller, quiz.policy, issued_at=NOW)
    return take(seller, quiz, **fields)


def test_submit_attempt_rewards_three_passes_a_month(seller):
    attempts = [pass_with(seller) for _ in range(4)]

    assert [attempt.reward_ordinal for attempt in attempts] == [1, 2, 3, None]
    assert (attempts[3].passed, attempts[3].credit, attempts[3].unrewarded) == (True, None, "limit")
    assert pass_with(seller, now=DECEMBER).reward_ordinal == 1
    assert Message.objects.filter(kind=Message.Kind.QUIZ).count() == 4


def test_submit_attempt_counts_the_rewards_of_each_seller_by_itself(seller):
    for _ in range(3):
        pass_with(seller)

    assert pass_with(Shop(market=seller.market)).reward_ordinal == 1


def test_submit_attempt_counts_the_reward_in_the_local_month_of_submission(seller, quiz, violation):
    attempt = start(seller, quiz, now=DECEMBER - INSTANT)
    answer_all(attempt)

    attempt = submit_attempt(attempt=attempt, user=attempt.user, now=DECEMBER)

    assert (attempt.month, attempt.reward_month) == (date(2026, 11, 1), date(2026, 12, 1))


def test_submit_attempt_follows_the_markets_own_number(quiz):
    seller = Shop(market=MarketFactory(rewarded_passes_per_month=0))
    issue(seller, quiz.policy)

    assert take(seller, quiz).unrewarded == "limit"


def test_submit_attempt_of_a_voided_violation_is_not_rewarded(seller, quiz, violation):
    attempt = start(seller, quiz, violation=violation)
    answer_all(attempt)
    void_violation(violation=violation, reason="Appeal granted.", voided_by=None, now=NOW)

    assert submit_attempt(attempt=attempt, user=attempt.user, now=NOW).unrewarded == "nothing"


def test_submit_attempt_of_a_violation_without_points_left_is_not_rewarded(seller, quiz, violation):
    attempt = start(seller, quiz, violation=violation)
    answer_all(attempt)
    credit_points(violation=violation, points=2, reason="Goodwill", now=NOW)

    assert submit_attempt(attempt=attempt, user=attempt.user, now=NOW).unrewarded == "nothing"


def test_submit_attempt_of_a_violation_whose_points_expired_is_not_rewarded(quiz):
    seller = Shop(market=MarketFactory(points_valid_days=10))
    violation = issue(seller, quiz.policy)
    expiry = NOW + timedelta(days=10)
    attempt = start(seller, quiz, violation=violation, now=expiry - INSTANT)
    answer_all(attempt)

    assert submit_attempt(attempt=attempt, user=attempt.user, now=expiry).unrewarded == "nothing"


def test_submit_attempt_skips_points_that_expire_before_they_could_be_credited(quiz):
    """The books closed while the request was on its way, so the credit is recorded a little later than asked for."""
    market = MarketFactory(points_valid_days=10)
    seller = Shop(market=market)
    expiring, fresh = issue(seller, quiz.policy), issue(seller, quiz.policy, issued_at=NOW + timedelta(hours=1))
    now = NOW + timedelta(days=10) - INSTANT
    attempt = start(seller, quiz, violation=expiring, now=now)
    answer_all(attempt)
    market.books_closed_until = now + INSTANT
    market.save()

    assert submit_attempt(attempt=attempt, user=attempt.user, now=now).credit.violation == fresh


def test_submit_attempt_tells_of_no_closed_window_when_points_expire_before_they_could_be_credited(quiz):
    market = MarketFactory(points_valid_days=10)
    seller = Shop(market=market)
    issue(seller, quiz.policy)
    now = NOW + timedelta(days=10) - INSTANT
    attempt = start(seller, quiz, now=now)
    answer_all(attempt)
    market.books_closed_until = now + INSTANT
    market.save()

    assert submit_attempt(attempt=attempt, user=attempt.user, now=now).unrewarded == "nothing"


def test_submit_attempt_of_an_open_one_works_while_the_quiz_is_taken_back(seller, quiz, violation):
    attempt = start(seller, quiz)
    answer_all(attempt)
    unpublish_quiz(quiz=quiz, now=NOW)

    assert submit_attempt(attempt=attempt, user=attempt.user, now=NOW).credit.points == -1


def test_credit_of_a_quiz_stays_when_the_violation_is_voided(seller, quiz, violation):
    take(seller, quiz)

    void_violation(violation=violation, reason="Appeal granted.", voided_by=None, now=NOW)

    points = violation.entries.order_by("id").values_list("kind", "points")
    assert list(points) == [("assessment", 2), ("credit", -1), ("reversal", -1)]


# --- The bank


def test_publish_quiz_opens_it(policy):
    quiz = QuizFactory(policy=policy, published_at=None, bank=3)

    assert publish_quiz(quiz=quiz, now=NOW).published_at == NOW
    assert publish_quiz(quiz=quiz, now=NOW + timedelta(days=1)).published_at == NOW


def test_unpublish_quiz_leaves_a_draft_as_it_is_and_no_entry(policy):
    quiz, staff = QuizFactory(policy=policy, published_at=None), UserFactory()
    assert unpublish_quiz(quiz=quiz, now=NOW, unpublished_by=staff).published_at is None
    assert not AuditEntry.objects.exists()


def test_publish_quiz_refuses_an_unusable_bank_naming_each_problem(policy):
    quiz = QuizFactory(policy=policy, published_at=None, bank=0)
    first = QuestionFactory(quiz=quiz, choices__right=())
    QuestionFactory(quiz=quiz, text="Why?", choices=False)

    with pytest.raises(services.UnusableQuiz) as refused:
        publish_quiz(quiz=quiz, now=NOW)

    assert refused.value.problems == [
        "An attempt asks 3 questions, and the bank has 2 questions in use.",
        f"“{first.text}” needs a right choice; it has none.",
        "“Why?” needs at least two choices.",
    ]
    quiz.refresh_from_db()
    assert quiz.published_at is None


def test_retire_question_keeps_it_in_open_attempts(seller, policy, violation):
    quiz = QuizFactory(policy=policy, bank=4)
    attempt = start(seller, quiz)
    question = attempt.questions.get(position=1).question

    assert retire_question(question=question, now=NOW).retired_at == NOW
    assert retire_question(question=question, now=NOW + timedelta(days=1)).retired_at == NOW
    answer_all(attempt)
    assert submit_attempt(attempt=attempt, user=attempt.user, now=NOW).passed


def test_retire_question_refuses_what_a_published_quiz_needs(policy):
    quiz = QuizFactory(policy=policy, bank=3)
    question = quiz.questions.first()

    with pytest.raises(services.UnusableQuiz, match=r"2 questions in use\. Add a question first, or unpublish"):
        retire_question(question=question, now=NOW)

    unpublish_quiz(quiz=quiz, now=NOW)
    assert retire_question(question=question, now=NOW).retired_at == NOW


# --- Real threads against the limits


@pytest.mark.django_db(transaction=True)
def test_start_attempt_in_many_requests_at_once_starts_one(seller, quiz, violation):
    user = member_of(seller)

    answers = together(8, lambda _: start_attempt(quiz=quiz, seller=seller, user=user, now=NOW).pk)

    assert len(set(answers)) == 1
    assert list(Attempt.objects.values_list("pk", "ordinal")) == [(answers[0], 1)]


@pytest.mark.django_db(transaction=True)
def test_start_attempt_at_once_never_exceeds_the_months_attempts(seller, quiz, violation):
    """Each thread takes the quiz again and again and fails it each time."""
    user = member_of(seller)

    def run(_: int) -> None:
        for _ in range(4):
            attempt = start_attempt(quiz=quiz, seller=seller, user=user, now=NOW)
            for asked in attempt.questions.all():
                try:
                    answer(attempt, asked.position, wrong_choice(asked))
                except services.AttemptOver:
                    break
            submit_attempt(attempt=attempt, user=attempt.user, now=NOW)

    answers = together(6, run)

    assert {type(answer) for answer in answers} == {services.AttemptsUsedUp}
    assert sorted(Attempt.objects.values_list("ordinal", flat=True)) == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_submit_attempt_many_times_at_once_credits_once(seller, quiz, violation):
    attempt = start(seller, quiz)
    answer_all(attempt)

    answers = together(8, lambda _: submit_attempt(attempt=attempt, user=attempt.user, now=NOW).credit_id)

    assert len(set(answers)) == 1
    assert left(violation) == 1
    assert Message.objects.filter(kind=Message.Kind.QUIZ).count() == 1


@pytest.mark.django_db(transaction=True)
def test_submit_attempt_of_many_quizzes_at_once_keeps_to_the_months_rewards(seller):
    attempts = []
    for _ in range(6):
        quiz = QuizFactory()
        issue(seller, quiz.policy)
        attempts.append(start(seller, quiz))
        answer_all(attempts[-1])

    answers = together(
        6, lambda number: submit_attempt(attempt=attempts[number], user=attempts[number].user, now=NOW).unrewarded
    )

    assert sorted(map(str, answers)) == ["", "", "", "limit", "limit", "limit"]
    assert get_standing(seller=seller, as_of=NOW).total == 6 * 2 - 3


@pytest.mark.django_db(transaction=True)
def test_answer_question_and_submit_at_once_grade_what_is_stored(seller, quiz, violation):
    attempt = start(seller, quiz)
    answer_all(attempt)
    wrong = wrong_choice(attempt.questions.get(position=1))

    def run(number: int) -> object:
        if number % 2:
            return submit_attempt(attempt=attempt, user=attempt.user, now=NOW)
        return answer(attempt, 1, wrong)

    answers = together(6, run)

    attempt.refresh_from_db()
    assert {type(answer) for answer in answers} <= {Attempt, AttemptQuestion, services.AttemptOver}
    assert attempt.right_answers == attempt.questions.right().count()


@pytest.mark.django_db(transaction=True)
def test_submit_attempt_waits_for_an_answer_that_is_being_stored(seller, quiz, violation):
    attempt = start(seller, quiz)
    answer_all(attempt)
    wrong = wrong_choice(attempt.questions.get(position=1))

    with background() as begin, transaction.atomic():
        answer(attempt, 1, wrong)
        submitted = begin(lambda: submit_attempt(attempt=attempt, user=attempt.user, now=NOW))
        wait_until_somebody_waits_for_a_lock()

    assert (submitted.result().right_answers, submitted.result().passed) == (2, False)


@pytest.mark.django_db(transaction=True)
def test_answer_question_waits_for_a_submission_and_comes_too_late(seller, quiz, violation):
    attempt = start(seller, quiz)
    answer_all(attempt)
    wrong = wrong_choice(attempt.questions.get(position=1))

    with background() as begin:
        with transaction.atomic():
            submit_attempt(attempt=attempt, user=attempt.user, now=NOW)
            answered = begin(lambda: answer(attempt, 1, wrong))
            wait_until_somebody_waits_for_a_lock()
        with pytest.raises(services.AttemptOver):
            answered.result()

    assert attempt.questions.right().count() == 3


@pytest.mark.django_db(transaction=True)
def test_submit_attempt_and_void_at_once_never_overdraw(seller, quiz, violation):
    attempt = start(seller, quiz, violation=violation)
    answer_all(attempt)

    def run(number: int) -> object:
        if number:
            return submit_attempt(attempt=attempt, user=attempt.user, now=NOW)
        return void_violation(violation=violation, reason="Appeal granted.", voided_by=None, now=NOW)

    answers = together(2, run)

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert left(violation) == 0


# Books, seller, role, attempt, questions, rewards of the month, what is eligible, the credit; books, id, message and
# emails; the attempt, the event; the two of the transaction.
SUBMISSION = 16


def test_rewarded_submission_takes_few_statements(quiz, violation, django_assert_num_queries):
    attempt = start(violation.seller, quiz)
    answer_all(attempt)
    user = attempt.user
    with django_assert_num_queries(SUBMISSION):
        submit_attempt(attempt=attempt, user=user, now=NOW)

"""Grading again after a wrong key: who is wronged gets a pass and its credit or the attempt back, once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from audit.models import AuditEntry
from inbox.events.models import Event
from inbox.models import Message
from kit.outcomes import Refused, WrongState
from kit.second_person import OwnProposal
from quizzes import selectors, services, tasks
from quizzes.models import Attempt, Question, Regrade, RegradedAttempt
from tests.factories import NOW, MarketFactory, MemberFactory, QuizFactory, UserFactory, issue, person_in
from tests.quizzes.helpers import (
    answer,
    left,
    start,
)
from tests.quizzes.test_milestones import restrict
from tests.quizzes.test_models import refuses
from tests.threads import together
from violations.models import PointsEntry
from violations.services import void_violation

pytestmark = pytest.mark.django_db
Outcome = RegradedAttempt.Outcome


@pytest.fixture
def quiz():
    return QuizFactory(bank=3)


@pytest.fixture
def seller():
    return MemberFactory().seller


@pytest.fixture
def question(quiz):
    """The one whose key is wrong: its second choice is right."""
    return quiz.questions.order_by("pk").first()


@pytest.fixture
def right(question):
    return second_choice(question)


def second_choice(question):
    return [question.choices.filter(is_right=False).order_by("pk").first().pk]


def wronged(seller, quiz, question, *, others_right=True, now=NOW):
    """An attempt whose answer to the question is right by the key to come, and wrong by the one it has."""
    attempt = start(seller, quiz, now=now)
    for asked in attempt.questions.all():
        wrong = [pk for pk in asked.choice_ids if pk not in asked.right_ids]
        if asked.question_id == question.pk:
            answer(attempt, asked.position, *second_choice(question), now=now)
        else:
            answer(attempt, asked.position, *(asked.right_ids if others_right else wrong[:1]), now=now)
    return services.submit_attempt(attempt=attempt, user=attempt.user, now=now)


def propose(question, right, **other):
    said = {"explanation": "The second is.", "reason": "The key was wrong.", "proposed_by": UserFactory(), "now": NOW}
    return services.propose_regrade(question=question, right=right, **said | other)


def approve(regrade, *, now=NOW, by=None):
    return services.decide_regrade(regrade=regrade, is_approved=True, decided_by=by or UserFactory(), now=now)


def run(regrade, *, now=NOW, limit=2):
    while services.regrade_next_batch(regrade_id=regrade.pk, now=now, limit=limit):
        pass
    regrade.refresh_from_db()
    return regrade


def outcomes():
    return list(RegradedAttempt.objects.order_by("attempt_id").values_list("outcome", flat=True))


def test_wronged_seller_gets_the_pass_and_its_credit_with_a_message(seller, quiz, question, right):
    violation = issue(seller, quiz.policy)
    before = left(violation)
    attempt = wronged(seller, quiz, question)
    assert not attempt.passed

    regrade = run(approve(propose(question, right)))

    attempt.refresh_from_db()
    assert (attempt.passed, attempt.right_answers, attempt.unrewarded) == (True, 3, "")
    assert left(violation) == before - 1
    assert (attempt.reward_ordinal, attempt.credit.points) == (1, -1)
    assert (regrade.state, regrade.passes, regrade.credited, regrade.points) == (Regrade.State.DONE, 1, 1, 1)
    assert Event.objects.get(kind="attempt.passed").data == {"attempt": attempt.pk, "quiz": quiz.pk}
    message = Message.objects.get(template="quiz_regraded")
    assert "passed" in message.body
    assert "The key was wrong." in message.body
    assert "1 point was removed" in message.body
    assert message.path == attempt.get_absolute_url()


def test_approval_puts_a_question_with_the_right_key_in_its_place(quiz, question, right):
    regrade = propose(question, right)
    decider = UserFactory()
    approve(regrade, by=decider)

    question.refresh_from_db()
    new = Question.objects.get(replaces=question)
    assert (question.state, new.state) == ("retired", "published")
    assert (new.author, new.reviewed_by, new.explanation) == (regrade.proposed_by, decider, "The second is.")
    marked = [choice.is_right for choice in new.choices.order_by("pk")]
    assert marked == [choice.pk in right for choice in question.choices.order_by("pk")]
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"propose", "decide", "publish", "retire"}


def test_retired_question_is_graded_again_and_replaced_by_none(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = wronged(seller, quiz, question)
    quiz.published_at = None
    quiz.save()
    services.retire_question(question=question, now=NOW)
    run(approve(propose(question, right)))
    attempt.refresh_from_db()
    assert attempt.passed
    assert not Question.objects.filter(replaces=question).exists()


def test_declined_changes_nothing_and_deciding_again_neither(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = wronged(seller, quiz, question)
    regrade = propose(question, right)
    services.decide_regrade(regrade=regrade, is_approved=False, decided_by=UserFactory(), now=NOW)
    assert approve(regrade).approved is False
    assert not services.regrade_next_batch(regrade_id=regrade.pk, now=NOW)
    attempt.refresh_from_db()
    assert not attempt.passed
    assert regrade.state is Regrade.State.WAITING  # as it was read
    assert Regrade.objects.get().state is Regrade.State.DECLINED


def test_cap_of_the_month_gives_the_attempt_back(quiz, question, right):
    seller = MemberFactory(seller__market=MarketFactory(rewarded_passes_per_month=0)).seller
    violation = issue(seller, quiz.policy)
    attempt = wronged(seller, quiz, question)
    run(approve(propose(question, right)))
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.unrewarded, attempt.credit) == (True, "limit", None)
    assert attempt.given_back_in == attempt.month
    assert outcomes() == [Outcome.GIVEN_BACK]
    assert not violation.entries.filter(kind="credit").exists()
    assert "given back" in Message.objects.get(template="quiz_regraded").body


def test_given_back_attempt_can_be_made_once_more(seller, quiz, question, right):
    violation = issue(seller, quiz.policy)
    for _ in range(quiz.attempts_per_month):
        wronged(seller, quiz, question)
    void_violation(violation=violation, reason="No.", voided_by=UserFactory(), now=NOW)
    run(approve(propose(question, right)))
    assert outcomes() == [Outcome.GIVEN_BACK] * 3
    issue(seller, quiz.policy)
    (item,) = selectors.open_quizzes(seller=seller, as_of=NOW)
    assert item.attempts_left == 3

    for ordinal in (4, 5, 6):
        assert wronged(seller, quiz, question, others_right=False).ordinal == ordinal
    with pytest.raises(services.AttemptsUsedUp):
        start(seller, quiz)


def test_attempt_of_an_earlier_month_is_given_back_in_this_one(quiz, question, right):
    seller = MemberFactory(seller__market=MarketFactory(rewarded_passes_per_month=0)).seller
    issue(seller, quiz.policy, now=NOW)
    attempt = wronged(seller, quiz, question)
    later = NOW + timedelta(days=100)
    run(approve(propose(question, right, now=later), now=later), now=later)
    attempt.refresh_from_db()
    assert attempt.given_back_in > attempt.month
    issue(seller, quiz.policy, now=later)
    (item,) = selectors.open_quizzes(seller=seller, as_of=later)
    assert item.attempts_left == item.attempts_limit == quiz.attempts_per_month + 1


def test_credit_counts_in_the_month_of_submission(seller, quiz, question, right):
    issue(seller, quiz.policy, now=NOW)
    attempt = wronged(seller, quiz, question)
    later = NOW + timedelta(days=31)
    run(approve(propose(question, right, now=later), now=later), now=later)
    attempt.refresh_from_db()
    assert attempt.reward_month == attempt.month
    assert attempt.credit.recorded_at == later


def test_violation_told_after_the_attempt_is_left_alone(seller, quiz, question, right):
    first = issue(seller, quiz.policy)
    wronged(seller, quiz, question)
    void_violation(violation=first, reason="No.", voided_by=UserFactory(), now=NOW + timedelta(minutes=1))
    issue(seller, quiz.policy, now=NOW + timedelta(minutes=2))
    later = NOW + timedelta(minutes=3)
    preview = selectors.preview_regrade(question, right, as_of=later)
    assert (preview.credited, preview.given_back) == (0, 1)
    run(approve(propose(question, right, now=later), now=later), now=later)
    assert outcomes() == [Outcome.GIVEN_BACK]


def test_attempt_that_stays_failed_has_one_more_right_answer_and_no_message(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = wronged(seller, quiz, question, others_right=False)
    regrade = run(approve(propose(question, right)))
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.right_answers) == (False, 1)
    assert (regrade.improved, regrade.passes) == (1, 0)
    assert outcomes() == [Outcome.NOT_PASSED]
    assert not Message.objects.filter(template="quiz_regraded").exists()


def test_nobody_loses_a_pass(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    for asked in attempt.questions.all():
        answer(attempt, asked.position)
    services.submit_attempt(attempt=attempt, user=attempt.user, now=NOW)
    run(approve(propose(question, right)))
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.right_answers) == (True, 3)
    assert all(one.is_right for one in selectors.get_taken_attempt(seller=seller, attempt_id=attempt.pk).answers)


def test_attempt_whose_time_ran_out_stays_so(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    for asked in attempt.questions.all():
        answer(attempt, asked.position, *(right if asked.question_id == question.pk else asked.right_ids))
    services.submit_attempt(attempt=attempt, user=attempt.user, now=attempt.ends_at)
    regrade = run(approve(propose(question, right)))
    assert regrade.improved == 0


def test_open_attempt_is_graded_by_the_new_key_when_it_is_submitted(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    for asked in attempt.questions.all():
        answer(attempt, asked.position, *(right if asked.question_id == question.pk else asked.right_ids))
    regrade = run(approve(propose(question, right)))
    assert regrade.improved == 0
    attempt = services.submit_attempt(attempt=attempt, user=attempt.user, now=NOW)
    assert (attempt.passed, attempt.right_answers) == (True, 3)
    assert not RegradedAttempt.objects.exists()


def test_second_regrade_of_a_question_gives_no_answer_twice(seller, quiz, question, right):
    issue(seller, quiz.policy)
    wronged(seller, quiz, question)
    run(approve(propose(question, right)))
    with pytest.raises(Refused, match="nobody was wronged"):
        propose(question, right)
    both = {*right, question.choices.get(is_right=True).pk}
    regrade = run(approve(propose(question, both)))
    assert regrade.improved == 0
    assert Attempt.objects.get().right_answers == 3


def test_two_regrades_of_one_attempt_count_each_answer_once(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    other, _ = quiz.questions.exclude(pk=question.pk).order_by("pk")
    keys = {question.pk: right, other.pk: second_choice(other)}
    for asked in attempt.questions.all():
        wrong = [pk for pk in asked.choice_ids if pk not in asked.right_ids]
        answer(attempt, asked.position, *keys.get(asked.question_id, wrong[:1]))
    services.submit_attempt(attempt=attempt, user=attempt.user, now=NOW)
    approved = [approve(propose(one, keys[one.pk])) for one in (question, other)]

    assert [run(regrade).improved for regrade in approved] == [1, 0]

    attempt.refresh_from_db()
    assert (attempt.passed, attempt.right_answers) == (False, 2)
    assert outcomes() == [Outcome.NOT_PASSED]


def test_milestone_quiz_that_becomes_a_pass_shortens_its_action(quiz, question, right):
    seller = MemberFactory(seller__market=MarketFactory(milestone_quiz_share=50)).seller
    action, attempt = milestone_attempt(seller, quiz, question)
    later = NOW + timedelta(hours=1)
    assert selectors.preview_regrade(question, right, as_of=later).of_actions == 1
    run(approve(propose(question, right, now=later), now=later), now=later)
    attempt.refresh_from_db()
    action.refresh_from_db()
    assert attempt.passed
    assert action.lifted_at == later
    assert outcomes() == [Outcome.SHORTENED]
    assert set(Message.objects.values_list("template", flat=True)) >= {"action_shortened", "quiz_regraded"}


def test_milestone_quiz_of_an_action_that_is_over_is_a_pass_without_more(quiz, question, right):
    seller = MemberFactory(seller__market=MarketFactory(milestone_quiz_share=50)).seller
    action, attempt = milestone_attempt(seller, quiz, question)
    later = action.ends_at + timedelta(hours=1)
    assert selectors.preview_regrade(question, right, as_of=later).of_actions == 1
    run(approve(propose(question, right, now=later), now=later), now=later)
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.unrewarded, attempt.given_back_in) == (True, "over", None)
    assert outcomes() == [Outcome.ACTION_OVER]


def milestone_attempt(seller, quiz, question):
    """A milestone quiz that failed by the question alone."""
    action = restrict(seller, [quiz] * 12, now=NOW)
    user = seller.members.first().user
    attempt = services.start_milestone_attempt(action=action, seller=seller, user=user, now=NOW)
    for asked in attempt.questions.all():
        chosen = second_choice(question) if asked.question_id == question.pk else asked.right_ids
        answer(attempt, asked.position, *chosen)
    return action, services.submit_attempt(attempt=attempt, user=user, now=NOW)


# --- The preview


def test_preview_counts_all_and_names_those_of_the_markets_that_somebody_works_for(quiz, question, right):
    own, other = MemberFactory().seller, MemberFactory().seller
    for one in (own, other):
        issue(one, quiz.policy)
        wronged(one, quiz, question)
    preview = selectors.preview_regrade(question, right, as_of=NOW, named={own.market_id})
    assert (preview.passes, [one.attempt.seller for one in preview.first]) == (2, [own])


def test_preview_says_what_is_done(quiz, question, right):
    market = MarketFactory(rewarded_passes_per_month=2)
    for _ in range(2):
        seller = MemberFactory(seller__market=market).seller
        issue(seller, quiz.policy)
        issue(seller, quiz.policy)
        for _ in range(3):
            wronged(seller, quiz, question)
    preview = selectors.preview_regrade(question, right, as_of=NOW)

    regrade = run(approve(propose(question, right)), limit=2)

    assert (preview.improved, preview.passes) == (regrade.improved, regrade.passes) == (6, 6)
    assert (preview.credited, preview.points, preview.given_back) == (4, 4, 2)
    assert (regrade.credited, regrade.points, regrade.given_back) == (4, 4, 2)
    assert [one.outcome for one in preview.first] == outcomes()
    assert preview.first[0].total == PointsEntry.objects.filter(kind="assessment", seller=seller).total()


@pytest.mark.parametrize("sellers", [1, 3])
def test_preview_takes_the_same_queries_for_any_number(quiz, question, right, sellers, django_assert_num_queries):
    market = MarketFactory()
    for _ in range(sellers):
        seller = MemberFactory(seller__market=market).seller
        issue(seller, quiz.policy)
        wronged(seller, quiz, question)
    with django_assert_num_queries(5):
        selectors.preview_regrade(question, right, as_of=NOW)


def test_preview_takes_many_in_parts_with_each_seller_in_one(quiz, question, right, monkeypatch):
    monkeypatch.setattr("quizzes.selectors.regrades.CHUNK", 1)
    for _ in range(2):
        seller = MemberFactory().seller
        issue(seller, quiz.policy)
        wronged(seller, quiz, question)
        wronged(seller, quiz, question)
    assert selectors.preview_regrade(question, right, as_of=NOW).credited == 4


def test_preview_counts_all_and_shows_the_first(quiz, question, right, monkeypatch):
    monkeypatch.setattr("quizzes.selectors.regrades.MAX_NAMED_ATTEMPTS", 1)
    for _ in range(2):
        seller = MemberFactory().seller
        issue(seller, quiz.policy)
        wronged(seller, quiz, question)
    preview = selectors.preview_regrade(question, right, as_of=NOW)
    assert (preview.credited, len(preview.first)) == (2, 1)


# --- What is refused


@pytest.mark.parametrize(
    ("other", "field"), [({"reason": " "}, "reason"), ({"explanation": " "}, "explanation"), ({"right": []}, "right")]
)
def test_proposal_needs_a_reason_an_explanation_and_a_choice(question, right, other, field):
    with pytest.raises(Refused) as refused:
        propose(question, **{"right": right} | other)
    assert refused.value.field == field


def test_key_marks_some_choices_of_the_question_that_were_not_right_already(quiz, question):
    everything = list(question.choices.values_list("pk", flat=True))
    foreign = list(quiz.questions.last().choices.values_list("pk", flat=True))[:1]
    for key in (everything, foreign):
        with pytest.raises(Refused, match="at least one choice"):
            propose(question, key)
    with pytest.raises(Refused, match="nobody was wronged"):
        propose(question, question.choices.filter(is_right=True).values_list("pk", flat=True))


def test_draft_and_question_that_is_being_replaced_are_not_graded_again(quiz, question, right):
    draft = services.replace_question(question=question, replaced_by=UserFactory(), now=NOW)
    with pytest.raises(WrongState, match="waits to replace this one"):
        propose(question, right)
    with pytest.raises(WrongState, match="Nobody was asked"):
        propose(draft, second_choice(draft))


def test_one_proposal_of_a_question_waits(question, right):
    propose(question, right)
    with pytest.raises(WrongState, match="Decide on that first"):
        propose(question, right)


def test_replacement_drafted_meanwhile_keeps_the_approval_waiting(question, right):
    regrade = propose(question, right)
    services.replace_question(question=question, replaced_by=UserFactory(), now=NOW)
    with pytest.raises(WrongState, match="waits to replace"):
        approve(regrade)
    assert Regrade.objects.get().approved is None


def test_nobody_approves_their_own_or_decides_for_their_seller(seller, quiz, question, right):
    issue(seller, quiz.policy)
    wronged(seller, quiz, question)
    member = seller.members.first().user
    with pytest.raises(Refused, match="You are a member"):
        propose(question, right, proposed_by=member)
    regrade = propose(question, right)
    with pytest.raises(OwnProposal):
        approve(regrade, by=regrade.proposed_by)
    with pytest.raises(Refused, match="You are a member"):
        approve(regrade, by=member)


# --- Dying and colliding


def test_batch_that_dies_leaves_nothing_and_is_done_in_the_end(seller, quiz, question, right, monkeypatch):
    issue(seller, quiz.policy)
    wronged(seller, quiz, question)
    wronged(seller, quiz, question)
    regrade = approve(propose(question, right))
    calls = []

    def dies(**facts):
        calls.append(facts)
        if len(calls) == 2:
            raise RuntimeError("Out of memory.")
        return real(**facts)

    real = services.regrades.grade_again
    monkeypatch.setattr("quizzes.services.regrades.grade_again", dies)
    assert not services.regrade_next_batch(regrade_id=regrade.pk, now=NOW)
    assert not RegradedAttempt.objects.exists()
    assert not PointsEntry.objects.filter(kind="credit").exists()
    assert "Out of memory." in Regrade.objects.get().last_error

    regrade = run(regrade, now=NOW + timedelta(minutes=2))
    assert (regrade.state, regrade.passes) == (Regrade.State.DONE, 2)


def test_regrade_that_fails_too_often_stops(regrade_that_fails):
    for number in range(1, 6):
        services.regrade_next_batch(regrade_id=regrade_that_fails.pk, now=NOW + timedelta(hours=number))
    regrade_that_fails.refresh_from_db()
    assert regrade_that_fails.state is Regrade.State.STOPPED


@pytest.fixture
def regrade_that_fails(seller, quiz, question, right, monkeypatch):
    issue(seller, quiz.policy)
    wronged(seller, quiz, question)

    def dies(**facts):
        raise RuntimeError("Out of memory.")

    monkeypatch.setattr("quizzes.services.regrades.grade_again", dies)
    regrade = approve(propose(question, right))
    assert regrade.state is Regrade.State.RUNNING
    return regrade


def test_tasks_go_on_with_what_runs(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = wronged(seller, quiz, question, now=NOW)
    regrade = approve(propose(question, right))
    tasks.continue_regrade(regrade.pk)
    attempt.refresh_from_db()
    assert attempt.passed


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_grade_each_attempt_once():
    quiz = QuizFactory(bank=3)
    question = quiz.questions.order_by("pk").first()
    sellers = [MemberFactory().seller for _ in range(4)]
    for seller in sellers:
        issue(seller, quiz.policy)
        wronged(seller, quiz, question)
    regrade = approve(propose(question, second_choice(question)))
    together(4, lambda n: services.regrade_next_batch(regrade_id=regrade.pk, now=NOW, limit=2))
    run(regrade, now=NOW)
    assert (regrade.passes, regrade.credited) == (4, 4)
    assert PointsEntry.objects.filter(kind="credit").count() == 4
    assert Message.objects.filter(template="quiz_regraded").count() == 4


@pytest.mark.django_db(transaction=True)
def test_attempts_submitted_while_a_regrade_is_approved_are_passed_once():
    quiz = QuizFactory(bank=3)
    question = quiz.questions.order_by("pk").first()
    right, attempts = second_choice(question), []
    for _ in range(3):
        seller = MemberFactory().seller
        issue(seller, quiz.policy)
        attempt = start(seller, quiz)
        for asked in attempt.questions.all():
            answer(attempt, asked.position, *(right if asked.question_id == question.pk else asked.right_ids))
        attempts.append(attempt)
    regrade = propose(question, right)

    def act(number):
        if number == 3:
            return approve(regrade)
        return services.submit_attempt(attempt=attempts[number], user=attempts[number].user, now=NOW)

    together(4, act)
    run(regrade)
    assert list(Attempt.objects.values_list("passed", "right_answers")) == [(True, 3)] * 3
    assert PointsEntry.objects.filter(kind="credit").count() == 3


# --- Pages


@pytest.fixture
def editor(settings):
    settings.STAFF_MFA_REQUIRED = False
    return person_in("Policy editor")


def test_editor_sees_the_effect_proposes_and_another_decides(client, seller, quiz, question, right, editor, settings):
    issue(seller, quiz.policy)
    wronged(seller, quiz, question)
    client.force_login(editor)
    page = reverse("admin:quizzes_question_regrade", args=[question.pk])
    assert page in client.get(reverse("admin:quizzes_question_change", args=[question.pk])).text
    data = {"right": right, "explanation": "The second is.", "reason": "The key was wrong."}

    shown = client.post(page, data).text

    assert "1 attempt would become a pass" in shown
    assert seller.name in shown
    assert not Regrade.objects.exists()
    other = question.choices.exclude(pk__in=right).values_list("pk", flat=True)
    client.post(page, data | {"shown": ",".join(map(str, sorted(other)))})
    assert not Regrade.objects.exists()  # The effect of other choices was shown.
    client.post(page, data | {"shown": str(right[0])})
    regrade = Regrade.objects.get()
    decide = reverse("admin:quizzes_regrade_decide", args=[regrade.pk])
    assert decide in client.get(reverse("admin:quizzes_question_change", args=[question.pk])).text
    assert "somebody else has to decide" in client.post(decide, {"decision": "approve"}).text

    second = person_in("Policy editor")
    client.force_login(second)
    assert "The key was wrong." in client.get(decide).text
    client.post(decide, {"decision": "approve"})
    assert Regrade.objects.get().approved
    assert "Somebody decided on this already." in client.get(decide).text
    record = reverse("admin:quizzes_regrade_change", args=[regrade.pk])
    text = client.get(record).text
    assert "Running" in text
    assert decide not in text
    assert "Running" in client.get(reverse("admin:quizzes_regrade_changelist")).text


def test_who_cannot_change_quizzes_cannot_grade_again(client, question, right, settings):
    settings.STAFF_MFA_REQUIRED = False
    auditor = person_in("Auditor")
    client.force_login(auditor)
    regrade = propose(question, right)
    assert client.get(reverse("admin:quizzes_question_regrade", args=[question.pk])).status_code == 403
    assert client.get(reverse("admin:quizzes_regrade_decide", args=[regrade.pk])).status_code == 403
    decide = reverse("admin:quizzes_regrade_decide", args=[regrade.pk])
    assert decide not in client.get(reverse("admin:quizzes_regrade_change", args=[regrade.pk])).text


def test_seller_reads_what_was_corrected(client, seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = wronged(seller, quiz, question)
    run(approve(propose(question, right)))
    client.force_login(attempt.user)
    text = client.get(attempt.get_absolute_url()).text
    assert "Corrected on" in text
    assert "The second is." in text
    assert "3 right answers" in text


def test_seller_reads_what_was_corrected_of_an_attempt_that_was_left(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    for asked in attempt.questions.all():
        answer(attempt, asked.position, *(right if asked.question_id == question.pk else asked.right_ids))
    run(approve(propose(question, right)))

    taken = selectors.get_taken_attempt(seller=seller, attempt_id=attempt.pk)

    assert all(one.is_right for one in taken.answers)
    assert {one.explained for one in taken.answers if one.question_id == question.pk} == {"The second is."}


def test_seller_reads_that_the_attempt_is_given_back(client, quiz, question, right):
    seller = MemberFactory(seller__market=MarketFactory(rewarded_passes_per_month=0)).seller
    issue(seller, quiz.policy)
    attempt = wronged(seller, quiz, question)
    run(approve(propose(question, right)))
    client.force_login(attempt.user)
    assert "graded again and given back" in client.get(attempt.get_absolute_url()).text


# --- Attacks with SQL


def test_graded_attempt_changes_by_a_regrade_alone(seller, quiz, question, right):
    issue(seller, quiz.policy)
    attempt = wronged(seller, quiz, question)
    passed = "UPDATE quizzes_attempt SET passed = true, right_answers = 3, unrewarded = 'nothing' WHERE id = %s"
    refuses("attempt_graded_stays", passed, attempt.pk)
    run(approve(propose(question, right)))
    for change in ("passed = false", "right_answers = 2", "credit_id = NULL", "month = '2026-01-01'"):
        refuses("attempt_graded_stays", f"UPDATE quizzes_attempt SET {change} WHERE id = %s", attempt.pk)


@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("regrade_stays_as_decided", "right_ids = '{1}'"),
        ("regrade_stays_as_decided", "reason = 'Other.'"),
        ("regrade_stays_as_decided", "last_asked_id = -1"),
        ("regrade_approved_by_another", "decided_by_id = proposed_by_id, decided_at = now(), approved = true"),
        ("regrade_decision_is_whole", "decided_at = now()"),
        ("regrade_runs_once_approved", "due_at = now()"),
        ("regrade_runs_once_approved", "done_at = now()"),
    ],
)
def test_regrade_is_whole_and_stays(question, right, constraint, columns):
    regrade = propose(question, right)
    refuses(constraint, f"UPDATE quizzes_regrade SET {columns} WHERE id = %s", regrade.pk)


def test_decided_regrade_stays(question, right):
    regrade = approve(propose(question, right))
    for change in ("approved = false", "decided_at = now() + interval '1 day'"):
        refuses("regrade_stays_as_decided", f"UPDATE quizzes_regrade SET {change} WHERE id = %s", regrade.pk)
    refuses("regrade_stays_as_decided", "DELETE FROM quizzes_regrade WHERE id = %s", regrade.pk)
    run(regrade)
    refuses("regrade_stays_as_decided", "UPDATE quizzes_regrade SET passes = 9 WHERE id = %s", regrade.pk)


def test_what_became_of_an_attempt_stays(seller, quiz, question, right):
    issue(seller, quiz.policy)
    wronged(seller, quiz, question)
    run(approve(propose(question, right)))
    refuses("regraded_attempt_stays", "UPDATE quizzes_regradedattempt SET outcome = 'back'")
    refuses("regraded_attempt_stays", "DELETE FROM quizzes_regradedattempt")


COPY = """
    INSERT INTO quizzes_regrade (question_id, right_ids, explanation, reason, proposed_by_id, proposed_at,
        last_asked_id, improved, passes, credited, points, given_back)
    SELECT question_id, {right}, 'Why.', 'Why.', proposed_by_id, now(), 0, 0, 0, 0, 0, 0 FROM quizzes_regrade
"""


def test_second_that_waits_and_a_foreign_key_are_refused(quiz, question, right):
    propose(question, right)
    refuses("regrade_one_waits", COPY.format(right="right_ids"))
    refuses("regrade_marks_own_choices", COPY.format(right="'{0}'"))
    refuses("regrade_marks_own_choices", COPY.format(right="ARRAY(SELECT id FROM quizzes_choice)"))
    refuses("regrade_marks_something_right", COPY.format(right="'{}'"))
    refuses("regrade_says_why", COPY.format(right="right_ids").replace("'Why.'", "''"))


def test_attempt_given_back_was_passed_without_credit(seller, quiz):
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    refuses(
        "attempt_given_back_was_passed_without_credit",
        "UPDATE quizzes_attempt SET given_back_in = month WHERE id = %s",
        attempt.pk,
    )

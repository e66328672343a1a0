"""A trial from its start to its result; what is stored before what; twice at once; attacks with SQL; the pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEntry
from inbox.models import Message
from kit.outcomes import Refused
from quizzes import services, tasks
from quizzes.models import FairTrial, TrialSeller
from quizzes.rules import FOLLOWED_FOR
from quizzes.trials import selectors, wording
from quizzes.trials.rules import TrialVerdict, is_invited
from tests.factories import (
    NOW,
    MarketFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    issue,
    person_in,
)
from tests.quizzes.helpers import (
    start,
    take,
)
from tests.quizzes.test_models import refuses
from tests.threads import together
from violations.services import void_violation

pytestmark = pytest.mark.django_db
LATER = NOW + FOLLOWED_FOR


@pytest.fixture
def quiz():
    return QuizFactory(policy=PolicyFactory(points=2), bank=3)


@pytest.fixture
def market():
    return MarketFactory()


@pytest.fixture
def trial(quiz, market):
    return services.start_trial(
        quiz=quiz, market=market, question="Does it help?", started_by=UserFactory(), now=NOW - timedelta(days=1)
    )


@pytest.fixture
def editor(settings):
    settings.STAFF_MFA_REQUIRED = False
    return person_in("Policy editor")


def sellers_of(market, quiz, count=8):
    sellers = SellerFactory.create_batch(count, market=market)
    for seller in sellers:
        issue(seller, quiz.policy)
    return sellers


def run(now=NOW, **options):
    return services.run_trials(clock=lambda: now, **options)


def invitations():
    return Message.objects.filter(template="quiz_invited")


def test_half_is_invited_once_and_as_the_hash_says(trial, market, quiz):
    sellers = sellers_of(market, quiz)
    meant = {seller.pk for seller in sellers if is_invited(seed=trial.seed, seller_id=seller.pk)}

    assert run(batch=3) == len(meant)
    assert run() == 0

    assert set(invitations().values_list("seller", flat=True)) == meant
    assert {row.seller_id for row in trial.sellers.filter(invited=True)} == meant
    assert trial.sellers.count() == 8
    for message in invitations():
        assert message.subject == f"Take the quiz about {quiz.policy.name}"
        assert "a pass takes 1 point off" in message.body
        assert message.path == f"/s/{message.seller_id}/quizzes/"


def test_only_who_could_take_it_is_in_a_trial(trial, market, quiz):
    voided, passed, used, none = SellerFactory.create_batch(4, market=market)
    for seller in (voided, passed, used):
        violation = issue(seller, quiz.policy)
        if seller is voided:
            void_violation(violation=violation, reason="A mistake.", voided_by=None, now=NOW)
    for _ in range(2):
        take(passed, quiz)
    for _ in range(3):
        take(used, quiz, right=0)
    issue(none, PolicyFactory(points=2))
    issue(SellerFactory(), quiz.policy)
    run()
    assert not TrialSeller.objects.exists()


def test_half_is_stored_before_anybody_is_told(trial, market, quiz):
    sellers_of(market, quiz)
    assert services.assign_batch(trial=trial, after=0, now=NOW) is None
    assert trial.sellers.count() == 8
    assert not invitations().exists()
    told = run()
    assert told == trial.sellers.filter(invited=True).count() == invitations().count()


def test_who_gains_nothing_any_more_is_not_told_and_stays_in_their_half(trial, market, quiz):
    sellers_of(market, quiz)
    services.assign_batch(trial=trial, after=0, now=NOW)
    for row in trial.sellers.all():
        take(row.seller, quiz)
        take(row.seller, quiz)
    assert run() == 0
    assert not trial.sellers.filter(invited=True, handled_at=None).exists()
    assert not invitations().exists()
    assert trial.sellers.count() == 8


def test_stopped_trial_takes_nobody_in_but_tells_who_was_to_be_told(trial, market, quiz):
    sellers_of(market, quiz)
    services.assign_batch(trial=trial, after=0, now=NOW)
    services.stop_trial(trial=trial, stopped_by=UserFactory(), now=NOW)
    sellers_of(market, quiz)
    assert run() == trial.sellers.filter(invited=True).count()
    assert trial.sellers.count() == 8
    assert services.assign_batch(trial=trial, after=0, now=NOW) is None
    assert trial.sellers.count() == 8


def test_task_runs_the_trials(trial):
    tasks.run_trials()
    assert not TrialSeller.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_four_at_once_tell_everybody_once(trial, market, quiz):
    sellers_of(market, quiz, 12)
    told = together(4, lambda _: run(batch=5))
    assert trial.sellers.count() == 12
    assert sum(told) == invitations().count() == trial.sellers.filter(invited=True).count()


def test_one_trial_of_a_quiz_runs_in_a_market(trial, quiz, market):
    by = UserFactory()
    with pytest.raises(Refused, match="runs in this market"):
        services.start_trial(quiz=quiz, market=market, question="Why?", started_by=by, now=NOW)
    with pytest.raises(Refused, match="Publish the quiz"):
        services.start_trial(
            quiz=QuizFactory(published_at=None), market=market, question="Why?", started_by=by, now=NOW
        )
    services.stop_trial(trial=trial, stopped_by=by, now=NOW)
    with pytest.raises(Refused, match="stopped already"):
        services.stop_trial(trial=trial, stopped_by=by, now=NOW)
    services.start_trial(quiz=quiz, market=market, question="Why?", started_by=by, now=NOW)


# --- The result


def test_outcome_counts_both_halves_only_after_90_days(trial, market, quiz):
    sellers_of(market, quiz)
    run()
    rows = list(trial.sellers.order_by("pk"))
    again, late, voided = rows[0], rows[1], rows[2]
    for row, when in ((again, NOW + FOLLOWED_FOR), (late, NOW + FOLLOWED_FOR + timedelta(seconds=1)), (voided, LATER)):
        violation = issue(row.seller, quiz.policy, issued_at=when, now=when)
        if row is voided:
            void_violation(violation=violation, reason="A mistake.", voided_by=None, now=when)
    take(rows[3].seller, quiz)
    issue(rows[4].seller, PolicyFactory(), issued_at=LATER, now=LATER)

    early = selectors.outcome(trial, as_of=LATER - timedelta(seconds=1))
    assert (early.invited.sellers, early.others.sellers, early.waiting) == (0, 0, 8)
    assert "Stop it" in wording.verdict(early, last_assigned_at=selectors.last_assigned_at(trial))

    services.stop_trial(trial=trial, stopped_by=UserFactory(), now=NOW)
    trial.refresh_from_db()
    still = selectors.outcome(trial, as_of=NOW)
    assert "followed until" in wording.verdict(still, last_assigned_at=selectors.last_assigned_at(trial))
    found = selectors.outcome(trial, as_of=LATER + timedelta(days=1))
    half = {True: found.invited, False: found.others}
    assert half[again.invited].again == 1
    assert half[not again.invited].again == 0
    assert found.invited.took + found.others.took == 0  # it was taken in the same moment, not after
    assert found.invited.sellers + found.others.sellers == 8
    assert found.verdict is TrialVerdict.NO_EFFECT
    assert wording.verdict(found, last_assigned_at=None).startswith("No effect")


def test_outcome_counts_who_took_the_quiz(trial, market, quiz):
    (seller,) = sellers_of(market, quiz, 1)
    run()
    take(seller, quiz, right=0, now=NOW + timedelta(hours=1))
    found = selectors.outcome(trial, as_of=LATER)
    assert found.invited.took + found.others.took == 1
    assert wording.difference(found) == "–"


def test_outcome_and_file_count_an_attempt_that_was_left_once_its_time_is_over(trial, market, quiz):
    (seller,) = sellers_of(market, quiz, 1)
    run()
    attempt = start(seller, quiz, now=NOW + timedelta(hours=1))

    found = selectors.outcome(trial, as_of=LATER)
    assert found.invited.took + found.others.took == 1
    rows = [selectors.assigned_sellers(trial, as_of=moment).get() for moment in (attempt.started_at, LATER)]
    assert [one.took_at for one in rows] == [None, attempt.ends_at]


# --- The database


def test_database_refuses_a_half_that_chance_did_not_give(trial, market, quiz):
    (seller,) = sellers_of(market, quiz, 1)
    wrong = not is_invited(seed=trial.seed, seller_id=seller.pk)
    insert = "INSERT INTO quizzes_trialseller (trial_id, seller_id, invited, assigned_at) VALUES (%s, %s, %s, now())"
    refuses("trial_assignment_is_fair", insert, trial.pk, seller.pk, wrong)
    run()
    refuses("trial_assignment_is_fair", "UPDATE quizzes_trialseller SET invited = NOT invited")
    refuses("trial_assignment_is_fair", "UPDATE quizzes_trialseller SET assigned_at = now() - interval '1 day'")
    refuses("trial_assignment_is_fair", "DELETE FROM quizzes_trialseller")
    refuses("trial_assignment_is_fair", "UPDATE quizzes_fairtrial SET seed = repeat('0', 32)")
    refuses("trial_seller_once", insert, trial.pk, seller.pk, not wrong)


def test_database_keeps_trials_whole(trial, market, quiz):
    refuses(
        "trial_has_a_seed",
        "INSERT INTO quizzes_fairtrial (quiz_id, market_id, question, seed, started_at, "
        "started_by_id) SELECT quiz_id, market_id, question, 'x', started_at, started_by_id FROM quizzes_fairtrial",
    )
    refuses("trial_one_runs_of_a_quiz", "INSERT INTO quizzes_fairtrial (quiz_id, market_id, question, seed, started_at,"
            " started_by_id) SELECT quiz_id, market_id, question, seed, started_at, started_by_id "
            "FROM quizzes_fairtrial")  # fmt: skip
    refuses("trial_stop_is_whole", "UPDATE quizzes_fairtrial SET stopped_at = now()")
    refuses("trial_question_fits", "UPDATE quizzes_fairtrial SET question = repeat('x', 3000)")
    sellers_of(market, quiz)
    services.assign_batch(trial=trial, after=0, now=NOW)
    refuses("trial_tells_only_the_invited", "UPDATE quizzes_trialseller SET handled_at = now() WHERE NOT invited")


# --- The pages


def test_editor_starts_reads_and_stops_a_trial(client, editor, quiz, market):
    client.force_login(editor)
    add = reverse("admin:quizzes_fairtrial_add")
    quiz_page = client.get(reverse("admin:quizzes_quiz_change", args=[quiz.pk])).text
    assert f"{add}?quiz={quiz.pk}" in quiz_page
    assert f'<option value="{quiz.pk}" selected>' in client.get(add, {"quiz": quiz.pk}).text
    client.post(add, {"quiz": quiz.pk, "market": market.pk, "question": "Does it help?"})
    trial = FairTrial.objects.get()
    sellers_of(market, quiz)
    services.run_trials(clock=lambda: NOW)

    page = client.get(reverse("admin:quizzes_fairtrial_change", args=[trial.pk])).text
    result = reverse("admin:quizzes_fairtrial_result", args=[trial.pk])
    assert result in page
    assert "Too early" in client.get(result).text
    client.post(reverse("admin:quizzes_fairtrial_stop", args=[trial.pk]))
    trial.refresh_from_db()
    assert trial.stopped_by == editor
    lines = b"".join(client.get(result, {"format": "csv"}).streaming_content).decode().splitlines()
    assert lines[0].endswith("seller,invited,assigned_at,told_at,followed_until,took_quiz_at,breached_again_at")
    assert len(lines) == 9
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == ["add", "stop", "download"]


def test_pages_of_trials_are_for_who_keeps_quizzes(client, trial, settings):
    settings.STAFF_MFA_REQUIRED = False
    auditor = person_in("Auditor")
    client.force_login(auditor)
    assert client.get(reverse("admin:quizzes_fairtrial_add")).status_code == 403
    assert client.post(reverse("admin:quizzes_fairtrial_stop", args=[trial.pk])).status_code == 403
    assert client.get(reverse("admin:quizzes_fairtrial_result", args=[trial.pk])).status_code == 200
    host = person_in("Workshop host")
    client.force_login(host)
    assert client.get(reverse("admin:quizzes_fairtrial_result", args=[trial.pk])).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_result_costs_one_statement_whoever_is_in_it(trial, market, quiz, count):
    sellers_of(market, quiz, count)
    run()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        selectors.outcome(trial, as_of=LATER)
    assert len(queries) == 1

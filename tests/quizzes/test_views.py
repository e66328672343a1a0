import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quizzes.models import Attempt
from quizzes.services import start_attempt, submit_attempt, unpublish_quiz
from tests.credits import credit_points
from tests.factories import (
    ArticleFactory,
    ArticleSectionFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    draft,
    issue,
)
from tests.quizzes.helpers import answer_all, draw_otherwise, places
from violations.services import apply_due_rules, approve_rules, draft_rules, issue_violations

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db):
    market = MarketFactory(books_closed_until=timezone.now() - timedelta(days=100))
    return MemberFactory(seller=SellerFactory(market=market))


@pytest.fixture
def seller(member):
    return member.seller


@pytest.fixture
def quiz(db):
    return QuizFactory()


@pytest.fixture
def violation(seller, quiz):
    return breach(seller, quiz)


@pytest.fixture
def page(client, member):
    """Opens a page as the member; `post` sends to it."""
    client.force_login(member.user)
    return client


def breach(seller, quiz):
    """A violation issued now: pages ask the clock."""
    return issue(seller, quiz.policy, now=timezone.now())


def start(member, quiz, **fields):
    return start_attempt(quiz=quiz, seller=member.seller, user=member.user, now=timezone.now(), **fields)


def take(member, quiz, *, right=None):
    attempt = start(member, quiz)
    answer_all(attempt, right=right)
    return submit_attempt(attempt=attempt, user=attempt.user, now=timezone.now())


def url(name, seller, **kwargs):
    return reverse(f"quizzes:{name}", kwargs={"seller_id": seller.pk, **kwargs})


def question_url(attempt, position):
    return url("question", attempt.seller, attempt_id=attempt.pk, position=position)


# --- The list


def test_list_without_a_quiz_says_what_will_appear(page, seller):
    response = page.get(url("list", seller))

    assert "No quiz is open" in response.text
    assert "You have not taken a quiz yet" in response.text


def test_list_shows_what_is_at_stake_and_until_when(page, seller, quiz, violation):
    response = page.get(url("list", seller))

    (item,) = [step.quiz for step in response.context["steps"]]
    assert f"Take the quiz “{quiz.policy.name}” by {item.last_day.day} {item.last_day:%b %Y}" in response.text
    assert "−1 point" in response.text
    assert f'href="{url("detail", seller, policy=quiz.policy.code)}"' in response.text


def test_list_shows_attempts_with_their_result(page, member, quiz, violation):
    failed, passed = take(member, quiz, right=1), take(member, quiz)
    credit_points(violation=violation, points=1, reason="Goodwill", now=timezone.now())

    response = page.get(url("list", member.seller))

    assert list(response.context["page"].object_list) == [passed, failed]
    assert violation.get_absolute_url() in response.text
    assert "No quiz is open" in response.text


def test_list_says_when_attempts_are_counted_anew(page, member, quiz, violation):
    for _ in range(3):
        take(member, quiz, right=0)

    response = page.get(url("list", member.seller))

    (step,) = response.context["steps"]
    assert step.opens_at is not None
    assert f"Take the quiz “{quiz.policy.name}” between 1 " in response.text


def test_list_says_which_quizzes_are_not_in_the_plan(page, member, quiz, violation):
    """The market rewards one pass a month: this one goes to the first quiz, the next to the second."""
    market = member.seller.market
    market.rewarded_passes_per_month = 1
    market.save()
    for _ in range(2):
        breach(member.seller, QuizFactory())

    response = page.get(url("list", member.seller))

    assert response.text.count("Not in your plan") == 1
    assert response.text.count("Your market rewards one pass a month; other violations come first.") == 1
    assert "A pass would not remove a point" not in response.text


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_any_number_of_rows(page, member, count, django_assert_num_queries):
    for quiz in QuizFactory.create_batch(count):
        breach(member.seller, quiz)
        take(member, quiz, right=0)
        ArticleFactory(policy=quiz.policy)
    page.get(url("list", member.seller))

    with django_assert_num_queries(LIST_QUERIES):
        response = page.get(url("list", member.seller))

    assert len(response.context["steps"]) == len(response.context["page"].object_list) == count


# Session, person, seller; violations, quizzes, attempts, entries, milestones; attempts counted, attempts; the menu.
LIST_QUERIES = 6


# --- Before it starts


def test_detail_shows_the_stakes_before_the_start(page, seller, quiz, violation):
    article = ArticleFactory(policy=quiz.policy)
    other = breach(seller, quiz)

    response = page.get(url("detail", seller, policy=quiz.policy.code))

    assert article.get_absolute_url() in response.text
    assert f'value="{violation.pk}" checked' in response.text
    assert f'value="{other.pk}"' in response.text
    assert "3 of 3" in response.text
    assert '<b class="gain">1 point</b> comes off one of your violations' in response.text
    assert Attempt.objects.count() == 0


def test_detail_starts_an_attempt_for_the_picked_violation(page, seller, quiz, violation):
    picked = breach(seller, quiz)

    response = page.post(url("detail", seller, policy=quiz.policy.code), {"violation": picked.pk})

    attempt = Attempt.objects.get()
    assert attempt.violation == picked
    assert response.url == question_url(attempt, 1)


def test_detail_takes_up_an_open_attempt(page, member, quiz, violation):
    attempt = start(member, quiz)
    here = url("detail", member.seller, policy=quiz.policy.code)

    shown = page.get(here).text
    assert "Continue the quiz" in shown
    assert "Submit by <b>" in shown  # until when, and no longer by when to start
    assert "Start by <b>" not in shown
    assert page.post(here).url == question_url(attempt, 1)


def test_detail_says_why_an_attempt_was_not_started(page, member, quiz, violation):
    here = url("detail", member.seller, policy=quiz.policy.code)
    others = breach(SellerFactory(market=member.seller.market), quiz)

    assert "Pick one of the violations below." in page.post(here, {"violation": others.pk}).text
    for _ in range(3):
        take(member, quiz, right=0)
    assert "You have used all 3 attempts" in page.post(here).text
    assert Attempt.objects.count() == 3


def test_detail_of_a_quiz_that_is_not_open_offers_the_policy(page, seller, quiz):
    response = page.get(url("detail", seller, policy=quiz.policy.code))

    assert "This quiz is not open to you now" in response.text
    assert quiz.policy.get_absolute_url() in response.text


def test_detail_says_that_a_pass_would_not_be_rewarded(page, seller, quiz, violation):
    seller.market.rewarded_passes_per_month = 0
    seller.market.save()

    response = page.get(url("detail", seller, policy=quiz.policy.code))

    assert "Quizzes remove no points in your market" in response.text


def test_detail_changes_the_pick_of_an_open_attempt(page, member, quiz, violation):
    other = breach(member.seller, quiz)
    attempt = start(member, quiz, violation=violation)
    here = url("detail", member.seller, policy=quiz.policy.code)

    assert f'value="{violation.pk}" checked' in page.get(here).text
    page.post(here, {"violation": other.pk})

    attempt.refresh_from_db()
    assert attempt.violation == other
    assert f'value="{other.pk}" checked' in page.get(here).text
    for shown in (question_url(attempt, 1), url("review", member.seller, attempt_id=attempt.pk)):
        goal = page.get(shown).context["item"].goal
        assert goal.violation == other
        assert other.content.title in page.get(shown).text


def test_pages_say_when_the_pick_has_no_points_left(page, member, quiz, violation):
    other = breach(member.seller, quiz)
    attempt = start(member, quiz, violation=other)
    credit_points(violation=other, points=2, reason="Goodwill", now=timezone.now())

    text = page.get(url("review", member.seller, attempt_id=attempt.pk)).text

    assert "The violation you picked has no points or no time left" in text
    assert violation.content.title in text


@pytest.mark.parametrize("name", ["list", "detail", "question", "review", "dashboard"])
def test_no_page_promises_a_point_in_a_market_without_rewards(page, member, quiz, violation, name):
    market = member.seller.market
    market.rewarded_passes_per_month = 0
    market.save()
    attempt = start(member, quiz)
    addresses = {
        "list": url("list", member.seller),
        "detail": url("detail", member.seller, policy=quiz.policy.code),
        "question": question_url(attempt, 1),
        "review": url("review", member.seller, attempt_id=attempt.pk),
        "dashboard": member.seller.get_absolute_url(),
    }

    text = page.get(addresses[name]).text

    for promise in ("−1 point", "comes off", "rewarded passes", "Take the quiz by", "count starts again", "takes <b"):
        assert promise not in text


def test_detail_of_an_unpublished_quiz_that_never_concerned_the_seller_is_not_found(page, seller, quiz):
    unpublish_quiz(quiz=quiz, now=timezone.now())

    assert page.get(url("detail", seller, policy=quiz.policy.code)).status_code == 404
    assert page.get(url("detail", seller, policy="no-such-policy")).status_code == 404


def test_detail_of_an_unpublished_quiz_stays_for_who_had_a_violation(page, seller, quiz, violation):
    unpublish_quiz(quiz=quiz, now=timezone.now())

    response = page.get(url("detail", seller, policy=quiz.policy.code))

    assert "This quiz is being reworked" in response.text
    assert "This uses one attempt" not in response.text
    assert "being reworked" in page.post(url("detail", seller, policy=quiz.policy.code)).text
    assert Attempt.objects.count() == 0


def test_open_attempt_of_an_unpublished_quiz_is_continued_and_rewarded(page, member, quiz, violation):
    attempt = start(member, quiz)
    unpublish_quiz(quiz=quiz, now=timezone.now())
    here = url("detail", member.seller, policy=quiz.policy.code)

    assert "Continue the quiz" in page.get(here).text
    assert page.post(here).url == question_url(attempt, 1)
    answer_all(attempt)
    assert "A pass can no longer" not in page.get(url("review", member.seller, attempt_id=attempt.pk)).text
    page.post(attempt.get_absolute_url())
    assert "1 point came off" in page.get(attempt.get_absolute_url()).text
    assert "This quiz is being reworked" in page.get(here).text


def test_open_attempt_can_be_continued_when_nothing_is_left_to_gain(page, member, quiz, violation):
    attempt = start(member, quiz)
    credit_points(violation=violation, points=2, reason="Goodwill", now=timezone.now())
    here = url("detail", member.seller, policy=quiz.policy.code)

    assert "Your attempt is open" in page.get(here).text
    assert page.post(here).url == question_url(attempt, 1)


# --- Taking it


def test_quiz_is_taken_with_forms_alone(page, member, quiz, violation):
    """From the start to the result, following the redirects, as a browser without JavaScript does."""
    here = page.post(url("detail", member.seller, policy=quiz.policy.code)).url
    for asked in Attempt.objects.get().questions.order_by("position"):
        assert page.get(here).context["answer"].position == asked.position
        here = page.post(here, {"choice": places(asked, asked.right_ids)}).url

    review = page.get(here)
    assert "Submit my answers" in review.text
    attempt = Attempt.objects.get()
    result = page.post(attempt.get_absolute_url(), follow=True)

    assert result.redirect_chain == [(attempt.get_absolute_url(), 302)]
    assert "1 point came off your violation" in result.text
    assert result.context["total"] == 1


def test_attempt_is_resumed_at_the_first_question_without_an_answer(page, member, quiz, violation):
    attempt = start(member, quiz)
    page.post(question_url(attempt, 1), {"choice": 1})

    assert page.get(attempt.get_absolute_url()).url == question_url(attempt, 2)


def test_question_left_out_is_asked_again_before_the_review(page, member, quiz, violation):
    attempt = start(member, quiz)

    response = page.post(question_url(attempt, 3), {"choice": 1})

    assert response.url == question_url(attempt, 1)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({}, "Choose an answer, then go on."),
        ({"choice": "x"}, "Choose one of the answers below, then go on."),
        ({"choice": 0}, "Choose one of"),
        ({"choice": 5}, "Choose one of"),
    ],
)
def test_question_without_a_valid_answer_says_so(page, member, quiz, violation, sent, error):
    attempt = start(member, quiz)

    response = page.post(question_url(attempt, 1), sent)

    assert error in response.text
    assert attempt.questions.unanswered().count() == 3


def test_question_keeps_the_answer_given_selected(page, member, quiz, violation):
    attempt = start(member, quiz)
    answer_all(attempt)
    asked = attempt.questions.get(position=2)

    assert f'value="{places(asked, asked.right_ids)[0]}" required checked' in page.get(question_url(attempt, 2)).text


def test_question_beyond_the_last_is_not_found(page, member, quiz, violation):
    assert page.get(question_url(start(member, quiz), 4)).status_code == 404


def test_choices_keep_the_order_of_their_attempt(page, member, quiz, violation):
    attempt = start(member, quiz)
    asked = attempt.questions.get(position=1)

    for _ in range(2):
        answer = page.get(question_url(attempt, 1)).context["answer"]
        assert [pk for pk, _ in answer.choices] == asked.choice_ids


def test_pages_write_out_the_markdown_of_a_question(page, member, quiz, violation):
    attempt = start(member, quiz)
    texts = ["Yes:\nalways", "Yes:\nalways", "Yes:\nalways", "Yes:\nalways"]
    words = ["First *line* <b>\n\nsecond line", "Because\n\nof this", texts]
    draw_otherwise(attempt, "text = %s, explanation = %s, choice_texts = %s", *words)
    answer_all(attempt)

    for address in (question_url(attempt, 1), url("review", member.seller, attempt_id=attempt.pk)):
        assert "<p>First <em>line</em> &lt;b&gt;</p>\n<p>second line</p>" in page.get(address).text
        assert "Yes:<br>always" in page.get(address).text
    page.post(attempt.get_absolute_url())
    result = page.get(attempt.get_absolute_url()).text
    assert "<p>First <em>line</em> &lt;b&gt;</p>\n<p>second line</p>" in result
    assert "<p>Because</p>\n<p>of this</p>" in result


def test_question_shows_the_deadline_and_nothing_of_the_right_answers(page, member, quiz, violation):
    attempt = start(member, quiz)
    draw_otherwise(attempt, "explanation = %s", "The secret of it")
    here = [question_url(attempt, position) for position in (1, 2, 3)]

    for address in here:
        response = page.get(address)
        assert "minutes left." in response.text
        assert "The secret of it" not in response.text
        assert "is_right" not in response.text
    assert "The secret of it" not in page.get(url("review", member.seller, attempt_id=attempt.pk)).text


def test_question_does_not_tell_in_which_order_its_choices_were_written(page, member, quiz, violation):
    """Teachers often write the right choice first, and ids are given in that order."""
    attempt = start(member, quiz)

    for asked in attempt.questions.all():
        shown = page.get(question_url(attempt, asked.position)).text
        assert re.findall(r'name="choice"[^>]* value="(\d+)"', shown) == ["1", "2", "3", "4"]
        page.post(question_url(attempt, asked.position), {"choice": 2})
        asked.refresh_from_db()
        assert asked.chosen == asked.choice_ids[1:2]


def test_scene_is_shown_moment_by_moment(page, member, quiz, violation):
    attempt = start(member, quiz)
    draw_otherwise(attempt, "scene = %s", "A LIVE.\n00:42 The *host* waves.\n01:10:03 She leaves.")
    moments = (
        '<div class="prose"><p>A LIVE.</p>',
        '<b class="scene-mark">00:42</b> <div class="prose"><p>The <em>host</em> waves.</p>',
        '<b class="scene-mark">01:10:03</b> <div class="prose"><p>She leaves.</p>',
    )
    answer_all(attempt)
    shown = page.get(question_url(attempt, 1)).text
    submit_attempt(attempt=attempt, user=member.user, now=timezone.now())

    assert [shown.count(one) for one in moments] == [1, 1, 1]
    assert [page.get(attempt.get_absolute_url()).text.count(one) for one in moments] == [3, 3, 3]


@pytest.mark.parametrize(("limit", "said"), [(0, "Submit by"), (1, "its rewarded passes are used")])
def test_question_shows_the_deadline_where_a_pass_removes_nothing(page, member, quiz, violation, limit, said):
    market = member.seller.market
    market.rewarded_passes_per_month = limit
    market.save()
    if limit:
        take(member, quiz)
    attempt = start(member, quiz)

    response = page.get(question_url(attempt, 1))

    assert said in response.text
    assert f"{response.context['item'].goal.last_day:%Y}" in response.text


def test_review_names_what_has_no_answer_and_cannot_be_submitted(page, member, quiz, violation):
    attempt = start(member, quiz)

    response = page.get(url("review", member.seller, attempt_id=attempt.pk))

    assert "No answer yet" in response.text
    assert "Submit my answers" not in response.text


def test_review_warns_when_a_pass_can_no_longer_be_rewarded(page, member, quiz, violation):
    attempt = start(member, quiz)
    credit_points(violation=violation, points=2, reason="Goodwill", now=timezone.now())

    response = page.get(url("review", member.seller, attempt_id=attempt.pk))

    assert "A pass can no longer remove a point" in response.text


def test_submitting_with_a_question_open_leads_to_it(page, member, quiz, violation):
    attempt = start(member, quiz)

    response = page.post(attempt.get_absolute_url(), follow=True)

    assert response.redirect_chain == [(question_url(attempt, 1), 302)]
    assert "Your other answers are kept" in response.text


def test_submitted_attempt_shows_its_result_everywhere(page, member, quiz, violation):
    attempt = take(member, quiz, right=2)
    result = attempt.get_absolute_url()

    assert page.get(question_url(attempt, 1)).url == result
    assert page.post(question_url(attempt, 1), {"choice": 1}).url == result
    assert page.get(url("review", member.seller, attempt_id=attempt.pk)).url == result
    assert page.post(result).url == result


def test_result_explains_each_answer_and_links_to_its_section(page, member, quiz, violation):
    section = ArticleSectionFactory(article=ArticleFactory(policy=quiz.policy))
    quiz.questions.update(section=section)
    for _ in range(3):
        attempt = take(member, quiz, right=2)

    response = page.get(attempt.get_absolute_url())

    assert "Not passed" in response.text
    assert response.text.count("Because it is so.") == 3
    assert response.text.count(section.get_absolute_url()) == 4
    assert response.context["sections"] == [section]
    assert [len(response.context[name]) for name in ("wrong", "right")] == [1, 2]


def test_result_while_attempts_remain_shows_only_what_was_right(page, member, quiz, violation):
    section = ArticleSectionFactory(article=ArticleFactory(policy=quiz.policy))
    quiz.questions.update(section=section)
    attempt = start(member, quiz)
    draw_otherwise(attempt, "text = %s", "Which?")
    answer_all(attempt, right=2)
    submit_attempt(attempt=attempt, user=member.user, now=timezone.now())

    response = page.get(attempt.get_absolute_url())

    assert (response.text.count("Which?"), response.text.count("Because it is so.")) == (2, 2)
    assert "Right answer</dt>" not in response.text
    assert "One answer was not right." in response.text
    assert response.context["sections"] == [section]
    assert f"Take the quiz “{quiz.policy.name}” by" in response.text


def test_result_leads_to_what_can_be_done_now_before_a_quiz_that_waits_for_the_next_month(
    page, member, quiz, violation
):
    other = QuizFactory()
    breach(member.seller, other)
    for _ in range(3):
        attempt = take(member, quiz, right=0)

    response = page.get(attempt.get_absolute_url())

    assert (response.context["step"].quiz.quiz, response.context["later"].quiz.quiz) == (other, quiz)
    assert (response.context["step"].opens_at, response.context["later"].opens_at is None) == (None, False)
    assert "After that" in response.text
    other.published_at = None
    other.save()
    alone = page.get(attempt.get_absolute_url()).context
    assert (alone["step"].quiz.quiz, alone["later"]) == (quiz, None)


def test_result_of_an_attempt_left_says_that_its_time_ran_out(page, member, quiz):
    before = timezone.now() - timedelta(minutes=61)
    issue(member.seller, quiz.policy, now=before - timedelta(days=1))
    attempt = start_attempt(quiz=quiz, seller=member.seller, user=member.user, now=before)
    answer_all(attempt)

    response = page.get(attempt.get_absolute_url())

    assert "could be submitted until" in response.text
    assert "Not passed" in response.text
    assert "Time ran out" in page.get(url("list", member.seller)).text
    assert page.get(question_url(attempt, 1)).url == attempt.get_absolute_url()
    assert page.post(attempt.get_absolute_url(), follow=True).status_code == 200
    assert page.get(attempt.get_absolute_url()).text.count("could be submitted until") == 1


def test_deadline_is_that_of_the_violation_that_is_picked(page, member, quiz):
    """One told last month closes with this month; the other with the next."""
    now = timezone.now()
    month = now.astimezone(member.seller.market.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    earlier, later = (issue(member.seller, quiz.policy, now=at) for at in (month - timedelta(days=1), now))
    here = url("detail", member.seller, policy=quiz.policy.code)

    for violation in (earlier, later):
        response = page.get(here, {"violation": violation.pk})
        picked = response.context["picked"]
        assert picked.violation == violation
        day = f"{picked.last_day.day} {picked.last_day:%b %Y}"
        assert f"Start by <b>the end of {day}</b>: {response.context['time_left']}." in response.text
    assert page.get(here).context["time_left"] != page.get(here, {"violation": later.pk}).context["time_left"]


def test_detail_says_what_is_at_stake(page, member, quiz):
    section = ArticleSectionFactory(article=ArticleFactory(policy=quiz.policy))
    quiz.questions.update(section=section)
    violations = [breach(member.seller, quiz) for _ in range(5)]

    response = page.get(url("detail", member.seller, policy=quiz.policy.code), {"violation": violations[4].pk})

    shown = [one.violation for one in response.context["first"]]
    assert shown == [violations[4], *violations[:2]]
    assert "Choose another (2 more)" in response.text
    assert "Your total would go from <b>10</b> to <b>9</b>." in response.text
    assert "Taking the quiz is no admission" in response.text
    assert "You have 60 minutes from then on" in response.text
    assert section.get_absolute_url() in response.text


@pytest.mark.parametrize("count", [1, 300])
def test_detail_takes_the_same_queries_for_any_number(page, member, quiz, count, django_assert_num_queries):
    seller = member.seller
    drafts = [draft(seller, quiz.policy, issued_at=timezone.now(), external_id=f"many-{n}") for n in range(count)]
    issue_violations(market=seller.market, drafts=drafts, source="feed", now=timezone.now())
    here = url("detail", seller, policy=quiz.policy.code)
    page.get(here)
    with django_assert_num_queries(DETAIL_QUERIES):
        response = page.get(here)
    assert len(response.context["item"].eligible) == count


# Session, person, seller; quiz, violations, attempts of the month, attempts listed, total with milestones, sections;
# the menu.
DETAIL_QUERIES = 10


@pytest.mark.parametrize("questions", [1, 3])
def test_question_and_check_take_the_same_queries(page, member, questions, django_assert_num_queries):
    quiz = QuizFactory(questions_per_attempt=questions)
    breach(member.seller, quiz)
    attempt = start(member, quiz)
    for here in (question_url(attempt, 1), url("review", member.seller, attempt_id=attempt.pk)):
        page.get(here)
        with django_assert_num_queries(QUESTION_QUERIES):
            page.get(here)


# Session, person, seller; the attempt with its questions, violations, attempts of the month; the menu.
QUESTION_QUERIES = 7


def test_result_of_a_pass_says_what_became_of_the_total_and_what_comes_next(page, member, quiz, violation):
    other = QuizFactory()
    issue(member.seller, PolicyFactory(points=9), now=timezone.now())
    breach(member.seller, other)
    before = page.get(member.seller.get_absolute_url()).context["board"].standing.total
    attempt = take(member, quiz)

    response = page.get(attempt.get_absolute_url())

    effect = response.context["effect"]
    assert (effect.before, effect.after, effect.milestone - effect.distance) == (before, before - 1, before - 1)
    assert f"{before} → {before - 1}" in response.text
    assert f"{effect.distance} left before {effect.milestone}" in response.text
    assert response.context["step"].quiz.quiz == other
    assert "Back to the dashboard" in response.text
    assert response.context["sections"] == []
    issue(member.seller, PolicyFactory(points=9), now=timezone.now())
    assert page.get(attempt.get_absolute_url()).context["effect"] == effect  # as it was known then


def test_result_of_a_pass_above_the_last_milestone_names_none(page, member, quiz, violation):
    issue(member.seller, PolicyFactory(points=60), now=timezone.now())
    response = page.get(take(member, quiz).get_absolute_url())
    assert (response.context["effect"].milestone, response.context["effect"].distance) == (None, None)
    assert "left before" not in response.text


@pytest.mark.parametrize("count", [1, 3])
def test_result_takes_the_same_queries_for_any_number(page, member, quiz, violation, count, django_assert_num_queries):
    for _ in range(count):
        breach(member.seller, QuizFactory())
    attempt = take(member, quiz)
    page.get(attempt.get_absolute_url())
    with django_assert_num_queries(RESULT_QUERIES):
        page.get(attempt.get_absolute_url())


# Session, person, seller; the attempt with its questions; milestones, points, violations, quizzes and attempts in one;
# the menu.
RESULT_QUERIES = 6


def test_result_of_a_pass_without_a_reward_says_why(page, member, quiz, violation):
    attempt = start(member, quiz)
    answer_all(attempt)
    credit_points(violation=violation, points=2, reason="Goodwill", now=timezone.now())
    submit_attempt(attempt=attempt, user=attempt.user, now=timezone.now())

    assert "no violation of it had points left" in page.get(attempt.get_absolute_url()).text


def test_result_of_a_pass_above_the_months_limit_says_so(page, member, quiz, violation):
    member.seller.market.rewarded_passes_per_month = 0
    member.seller.market.save()
    attempt = take(member, quiz)

    text = page.get(attempt.get_absolute_url()).text
    assert "Quizzes remove no points in your market." in text
    assert "the rewarded passes of" not in text


def test_result_of_a_pass_is_explained_by_the_limit_of_its_day(page, member, quiz, violation):
    market = member.seller.market
    market.rewarded_passes_per_month = 1
    market.save()
    take(member, quiz)
    attempt = take(member, quiz)
    later = {"effective_from": timezone.now() + timedelta(days=30), "numbers": {"rewarded_passes_per_month": 0}}
    drafted = {"market": market, "milestones": None, "reason": "A new law.", "drafted_by": UserFactory()}
    change = draft_rules(**drafted, **later, now=timezone.now())
    approve_rules(change=change, approved_by=UserFactory(), now=timezone.now())
    apply_due_rules(now=later["effective_from"])

    assert "the rewarded passes of" in page.get(attempt.get_absolute_url()).text


def test_result_of_a_pass_beyond_the_months_rewards_says_so(page, member, quiz, violation):
    market = member.seller.market
    market.rewarded_passes_per_month = 1
    market.save()
    take(member, quiz)
    attempt = take(member, quiz)

    assert "the rewarded passes of" in page.get(attempt.get_absolute_url()).text


# --- Somebody else's


@pytest.mark.parametrize("method", ["get", "post"])
def test_pages_of_another_sellers_attempt_are_not_found(client, member, quiz, violation, method):
    """Neither under the other seller's address nor under one's own; a stranger learns nothing."""
    attempt = start(member, quiz)
    stranger = MemberFactory(seller=SellerFactory(market=member.seller.market))
    client.force_login(stranger.user)

    for seller in (member.seller, stranger.seller):
        addresses = [
            url("attempt", seller, attempt_id=attempt.pk),
            url("question", seller, attempt_id=attempt.pk, position=1),
        ]
        if method == "get":
            addresses.append(url("review", seller, attempt_id=attempt.pk))
        assert {getattr(client, method)(address).status_code for address in addresses} == {404}
    attempt.refresh_from_db()
    assert attempt.is_open(as_of=timezone.now())


def test_pages_of_another_seller_are_not_found(client, seller, quiz, violation):
    client.force_login(UserFactory())

    assert client.get(url("list", seller)).status_code == 404
    assert client.get(url("detail", seller, policy=quiz.policy.code)).status_code == 404
    assert client.post(url("detail", seller, policy=quiz.policy.code)).status_code == 404
    assert Attempt.objects.count() == 0


def test_changes_need_a_token(member, quiz, violation):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member.user)

    assert client.post(url("detail", member.seller, policy=quiz.policy.code)).status_code == 403

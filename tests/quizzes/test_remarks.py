"""What sellers say is wrong with a question: the page, the queue, and attacks with SQL."""

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from inbox.models import Message
from kit.outcomes import Refused, WrongState
from quizzes import services
from quizzes.models import Remark
from tests.factories import NOW, MemberFactory, QuizFactory, SellerFactory, issue, person_in
from tests.quizzes.helpers import (
    start,
    take,
)
from tests.quizzes.test_models import refuses
from tests.threads import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked():
    seller, quiz = SellerFactory(), QuizFactory(bank=3)
    issue(seller, quiz.policy)
    return take(seller, quiz, right=1).questions.get(position=2)


@pytest.fixture
def remark(asked):
    return services.send_remark(asked=asked, text="Two are right.", user=asked.attempt.user, now=NOW)


@pytest.fixture
def editor(settings):
    settings.STAFF_MFA_REQUIRED = False
    return person_in("Policy editor")


def page(asked, seller=None):
    where = {"seller_id": seller or asked.attempt.seller_id, "attempt_id": asked.attempt_id, "position": asked.position}
    return reverse("quizzes:remark", kwargs=where)


def test_seller_says_what_is_wrong_and_reads_the_answer(client, asked, editor):
    client.force_login(asked.attempt.user)
    assert page(asked) in client.get(asked.attempt.get_absolute_url()).text
    assert "Say what is wrong with the question." in client.post(page(asked), {"text": " "}).text
    client.post(page(asked), {"text": "Two are right."})
    text = client.get(page(asked)).text
    assert "An editor looks at the question." in text
    assert asked.explanation not in text

    services.answer_remark(
        remark=Remark.objects.get(), answer="It was corrected.", follows="corrected", answered_by=editor, now=NOW
    )

    text = client.get(page(asked)).text
    assert "It was corrected." in text
    assert "Two are right." in text


def test_remark_of_another_seller_or_an_open_attempt_is_no_page(client, asked):
    other = MemberFactory()
    client.force_login(other.user)
    assert client.get(page(asked)).status_code == 404
    assert client.get(page(asked, other.seller_id)).status_code == 404
    quiz = QuizFactory(bank=3)
    now = timezone.now()
    issue(other.seller, quiz.policy, now=now)
    open_one = start(other.seller, quiz, now=now).questions.first()
    assert client.get(page(open_one)).status_code == 404
    with pytest.raises(WrongState, match="Submit the attempt first"):
        services.send_remark(asked=open_one, text="No.", user=other.user, now=now)


def test_remark_is_sent_on_a_question_of_an_attempt_that_was_left(client):
    """Its result is shown with a link to say that a question is wrong, whether anybody noted its end or not."""
    member, quiz = MemberFactory(), QuizFactory(bank=3)
    issue(member.seller, quiz.policy)
    asked = start(member.seller, quiz).questions.first()
    client.force_login(member.user)

    assert page(asked) in client.get(asked.attempt.get_absolute_url()).text
    client.post(page(asked), {"text": "Two are right."})

    assert Remark.objects.get().asked == asked


def test_viewer_sends_no_remark(client, asked):
    viewer = MemberFactory(seller=asked.attempt.seller, role="viewer")
    client.force_login(viewer.user)
    client.post(page(asked), {"text": "Two are right."})
    assert not Remark.objects.exists()


def test_editor_answers_from_the_queue(client, remark, editor):
    client.force_login(editor)
    listed = client.get(reverse("admin:quizzes_remark_changelist")).text
    assert [words in listed for words in ("Two are right.", "Waits for an answer", "Answered")] == [True] * 3
    where = reverse("admin:quizzes_remark_answer", args=[remark.pk])
    question = reverse("admin:quizzes_question_change", args=[remark.asked.question_id])
    assert f'<a href="{question}">' in client.get(where).text
    assert where in client.get(reverse("admin:quizzes_remark_change", args=[remark.pk])).text

    client.post(where, {"answer": "It was corrected.", "follows": "corrected"})

    remark.refresh_from_db()
    assert (remark.answer, remark.answered_by) == ("It was corrected.", editor)
    assert AuditEntry.objects.get(action="answer").note == "Answered: It was corrected."
    assert "Somebody answered this remark already." in client.post(where, {"answer": "Again.", "follows": "stays"}).text
    assert where not in client.get(reverse("admin:quizzes_remark_change", args=[remark.pk])).text


@pytest.mark.parametrize(
    ("follows", "said"),
    [
        ("stays", "The question and your result stay as they are."),
        ("corrected", "is corrected for attempts to come"),
        ("regraded", "are graded again"),
    ],
)
def test_seller_is_told_the_answer_and_what_follows(client, remark, asked, editor, follows, said):
    services.answer_remark(remark=remark, answer="See **there**.", follows=follows, answered_by=editor, now=NOW)
    message = Message.objects.get(template="remark_answered")
    assert (message.seller, message.kind) == (asked.attempt.seller, "quiz")
    assert said in message.body
    assert "See **there**." in message.body
    assert message.path == page(asked)
    client.force_login(asked.attempt.user)
    assert client.get(message.get_absolute_url()).status_code == 200


def test_nobody_answers_a_remark_of_their_own_seller(remark, asked):
    with pytest.raises(Refused, match="You are a member"):
        services.answer_remark(remark=remark, answer="Yes.", follows="stays", answered_by=asked.attempt.user, now=NOW)


def test_queue_shows_what_waits_first_and_of_that_what_was_sent_first(client, editor, remark, asked):
    seller, quiz = SellerFactory(), QuizFactory(bank=3)
    issue(seller, quiz.policy)
    waiting = [
        services.send_remark(asked=one, text=f"Waits {one.position}", user=one.attempt.user, now=NOW)
        for one in take(seller, quiz, right=0).questions.order_by("position")
    ]
    services.answer_remark(remark=remark, answer="No.", follows="stays", answered_by=editor, now=NOW)
    client.force_login(editor)

    listed = client.get(reverse("admin:quizzes_remark_changelist")).context["cl"].result_list

    assert list(listed) == [*waiting, remark]


@pytest.mark.parametrize("rows", [1, 3])
def test_queue_takes_the_same_queries_for_any_number(client, editor, rows, django_assert_num_queries):
    for _ in range(rows):
        seller, quiz = SellerFactory(), QuizFactory(bank=3)
        issue(seller, quiz.policy)
        one = take(seller, quiz).questions.first()
        services.send_remark(asked=one, text="Why?", user=one.attempt.user, now=NOW)
    client.force_login(editor)
    with django_assert_num_queries(8):
        client.get(reverse("admin:quizzes_remark_changelist"))


@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("remark_answer_is_whole", "answer = 'Yes.'"),
        ("remark_answer_is_whole", "answered_at = now()"),
        ("remark_answer_is_whole", "follows = 'stays'"),
        ("remark_answer_is_whole", "answer = 'Yes.', answered_at = now(), answered_by_id = user_id"),
        ("remark_text_fits", "text = repeat('x', 2001)"),
        (
            "remark_answer_fits",
            "answer = repeat('x', 2001), follows = 'stays', answered_at = now(), answered_by_id = user_id",
        ),
    ],
)
def test_remark_is_whole(remark, constraint, columns):
    refuses(constraint, f"UPDATE quizzes_remark SET {columns} WHERE id = %s", remark.pk)


@pytest.mark.django_db(transaction=True)
def test_remarks_sent_at_once_are_one():
    seller, quiz = SellerFactory(), QuizFactory(bank=3)
    issue(seller, quiz.policy)
    asked = take(seller, quiz).questions.first()
    sent = together(4, lambda n: services.send_remark(asked=asked, text=f"{n}", user=asked.attempt.user, now=NOW))
    assert {one.pk for one in sent} == {Remark.objects.get().pk}

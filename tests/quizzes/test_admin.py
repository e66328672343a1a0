import pytest
from django.urls import reverse

from audit.models import AuditEntry
from quizzes.models import Question
from tests.factories import (
    NOW,
    ArticleFactory,
    ArticleSectionFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    issue,
    person_in,
)
from tests.quizzes.helpers import start, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client, settings):
    settings.STAFF_MFA_REQUIRED = False
    user = person_in("Policy editor")
    client.force_login(user)
    return client


def url(name, record=None):
    return reverse(f"admin:quizzes_{name}", args=[record.pk] if record else [])


def act(client, model, action, *records):
    data = {"action": action, "confirmed": "1", "_selected_action": [record.pk for record in records]}
    return client.post(url(f"{model}_changelist"), data, follow=True)


def choices_sent(question, *rows):
    """The formset of choices as a browser sends it: (text, is_right) a row, in the order of the stored ones.

    That of pictures stands beside it, without a row.
    """
    stored = list(question.choices.order_by("pk")) if question else []
    data = {"choices-TOTAL_FORMS": len(rows), "choices-INITIAL_FORMS": len(stored)}
    data |= {"pictures-TOTAL_FORMS": 0, "pictures-INITIAL_FORMS": 0}
    for index, (text, is_right) in enumerate(rows):
        data[f"choices-{index}-text"] = text
        if is_right:
            data[f"choices-{index}-is_right"] = "on"
        if index < len(stored):
            data |= {f"choices-{index}-id": stored[index].pk, f"choices-{index}-question": question.pk}
    return data


def test_admin_publishes_a_usable_quiz(editor):
    quiz = QuizFactory(published_at=None, bank=3)

    assert "Nothing: the bank is usable." in editor.get(url("quiz_change", quiz)).text
    response = editor.post(url("quiz_publish", quiz), follow=True)

    quiz.refresh_from_db()
    assert quiz.published_at is not None
    assert "is published." in response.text


def test_admin_refuses_to_publish_with_fewer_than_three_questions(editor):
    quiz = QuizFactory(published_at=None, bank=2)
    sentence = "An attempt asks 3 questions, and the bank has 2 questions in use."

    assert sentence in editor.get(url("quiz_change", quiz)).text
    assert sentence in editor.post(url("quiz_publish", quiz)).text
    assert sentence in act(editor, "quiz", "publish", quiz).text
    quiz.refresh_from_db()
    assert quiz.published_at is None


def test_admin_refuses_to_publish_with_a_question_without_a_right_answer(editor):
    quiz = QuizFactory(published_at=None, bank=2)
    QuestionFactory(quiz=quiz, choices__right=())

    assert "needs a right choice; it has none." in act(editor, "quiz", "publish", quiz).text
    quiz.refresh_from_db()
    assert quiz.published_at is None


def test_admin_publishes_and_takes_back_several(editor):
    quizzes = QuizFactory.create_batch(2, published_at=None)

    act(editor, "quiz", "publish", *quizzes)
    assert all(quiz.published_at for quiz in type(quizzes[0]).objects.all())
    act(editor, "quiz", "unpublish", quizzes[0])
    editor.post(url("quiz_unpublish", quizzes[1]))
    assert not any(quiz.published_at for quiz in type(quizzes[0]).objects.all())


def test_admin_edits_the_numbers_of_a_quiz(editor):
    quiz = QuizFactory(bank=3)
    numbers = {"attempts_per_month": 2, "pass_points": 1}
    no_rows = {"questions-TOTAL_FORMS": 0, "questions-INITIAL_FORMS": 0}

    refused = editor.post(url("quiz_change", quiz), {"questions_per_attempt": 4, **numbers, **no_rows})
    assert "An attempt asks 4 questions" in refused.text
    editor.post(url("quiz_change", quiz), {"questions_per_attempt": 3, **numbers, **no_rows})

    quiz.refresh_from_db()
    assert (quiz.questions_per_attempt, quiz.attempts_per_month, quiz.pass_points) == (3, 2, 1)


def test_admin_adds_a_question_with_its_choices(editor):
    quiz = QuizFactory(published_at=None, bank=0)
    data = {"quiz": quiz.pk, "section": "", "text": "Why?", "explanation": "So."}

    editor.post(url("question_add"), data | choices_sent(None, ("Yes", True), ("No", False)))

    assert list(Question.objects.get().choices.values_list("text", "is_right")) == [("Yes", True), ("No", False)]


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([("Yes", True), ("No", True)], "needs a choice that is wrong; every one is right."),
        ([("Yes", False), ("No", False)], "needs a right choice; it has none."),
        ([("Yes", True)], "needs at least two choices."),
    ],
)
def test_admin_sends_only_for_review_what_can_be_asked(editor, rows, error):
    question = QuestionFactory(state="draft", choices=False)
    for text, is_right in rows:
        question.choices.create(text=text, is_right=is_right)

    assert error in editor.post(url("question_send_for_review", question)).text
    question.refresh_from_db()
    assert question.state == "draft"


def test_admin_takes_a_question_from_draft_to_published(editor):
    quiz = QuizFactory(published_at=None, bank=0)
    data = {"quiz": quiz.pk, "section": "", "text": "Why?", "explanation": "So."}
    editor.post(url("question_add"), data | choices_sent(None, ("Yes", True), ("So", True), ("No", False)))
    question = Question.objects.get()
    editor.post(url("question_send_for_review", question))

    assert "/publish/" not in editor.get(url("question_change", question)).text
    assert "You wrote this question" in editor.post(url("question_publish", question)).text
    other = person_in("Policy editor")
    editor.force_login(other)
    assert "/publish/" in editor.get(url("question_change", question)).text
    editor.post(url("question_publish", question))

    question.refresh_from_db()
    assert (question.state, question.reviewed_by) == ("published", other)


@pytest.mark.parametrize("step", ["send_for_review", "publish"])
def test_step_shows_the_question_that_it_is_about(editor, step):
    state = "draft" if step == "send_for_review" else "review"
    question = QuestionFactory(state=state, scene="00:42 She waves.", text="Why?")

    page = editor.get(url(f"question_{step}", question)).text

    for said in ("00:42 She waves.", "Why?", question.explanation, "Choice 2 (right)"):
        assert said in page


def test_admin_replaces_a_published_question_by_a_draft(editor):
    question = QuestionFactory()

    page = editor.get(url("question_change", question)).text
    button = f'<form method="post" action="{url("question_replace", question)}">'
    response = editor.post(url("question_replace", question))

    assert button in page
    assert response.url == url("question_change", question.replacement)


def test_admin_moves_the_right_answer_to_another_choice(editor):
    question = QuestionFactory(state="draft")
    rows = [("Choice 1", True), ("Choice 2", False), ("Choice 3", False), ("Choice 4", False)]
    data = {"section": "", "text": question.text, "explanation": "So."}

    response = editor.post(url("question_change", question), data | choices_sent(question, *rows))

    assert response.status_code == 302
    assert list(question.choices.order_by("pk").values_list("is_right", flat=True)) == [True, False, False, False]


@pytest.fixture
def asked(db):
    quiz = QuizFactory(bank=4)
    seller = SellerFactory()
    issue(seller, quiz.policy)
    return start(seller, quiz).questions.get(position=1).question


def test_admin_shows_a_written_question_and_changes_nothing(editor, asked):
    page = editor.get(url("question_change", asked)).text
    assert 'name="text"' not in page
    assert "is_right" not in page.replace("field-is_right", "").replace("column-is_right", "")

    editor.post(url("question_change", asked), {"section": ""} | choices_sent(asked, ("Other", True)))

    assert asked.choices.filter(text="Other").count() == 0


def test_admin_refuses_what_was_written_about_a_question_sent_for_review_meanwhile_and_keeps_it(editor, asked):
    rows = [("Choice 1", False), ("Better", True), ("Choice 3", False), ("Choice 4", False)]
    data = {"section": "", "text": "A better text?", "explanation": "A better reason."}

    page = editor.post(url("question_change", asked), data | choices_sent(asked, *rows)).text

    assert "Somebody sent this question for review since you opened it" in page
    for typed in ("A better text?", "A better reason.", "Better"):
        assert typed in page
    assert Question.objects.get(pk=asked.pk).text == asked.text
    assert not AuditEntry.objects.filter(kind="quizzes.question").exists()


@pytest.mark.parametrize("other", ["No", " no", "NO ", "N\u200bo"])
def test_admin_refuses_choices_that_read_the_same(editor, other):
    quiz = QuizFactory(published_at=None, bank=0)
    data = {"quiz": quiz.pk, "section": "", "text": "Why?", "explanation": "So."}

    page = editor.post(url("question_add"), data | choices_sent(None, ("Yes", True), ("No", False), (other, False)))

    assert "Two choices read the same" in page.text
    assert Question.objects.count() == 0


def test_admin_says_that_the_bank_has_a_question_twice(editor):
    quiz = QuizFactory(published_at=None, bank=1)
    text = quiz.questions.get().text.upper()
    data = {"quiz": quiz.pk, "section": "", "text": f" {text} ", "explanation": "So."}

    page = editor.post(url("question_add"), data | choices_sent(None, ("Yes", True), ("No", False)), follow=True)

    assert "The bank has this question twice" in page.text


def test_admin_offers_sections_of_the_policys_article_only(editor):
    quiz = QuizFactory(published_at=None, bank=0)
    QuestionFactory(quiz=quiz, state="draft")
    own = ArticleSectionFactory(article=ArticleFactory(policy=quiz.policy), title="Its own")
    other = ArticleSectionFactory(title="Another policy's")
    question = quiz.questions.get()
    rows = [(choice.text, choice.is_right) for choice in question.choices.order_by("pk")]
    data = {"section": other.pk, "text": question.text, "explanation": "So."} | choices_sent(question, *rows)

    page = editor.get(url("question_change", question)).text
    assert "Its own" in page
    assert f'<optgroup label="{own.article} ({quiz.policy})">' in page
    assert "Another policy" not in page
    assert "Another policy" not in editor.get(url("question_add"), {"quiz": quiz.pk}).text
    assert "Another policy" in editor.get(url("question_add")).text
    assert "Choose one about" in editor.post(url("question_change", question), data).text
    assert editor.post(url("question_change", question), data | {"section": own.pk}).status_code == 302
    question.refresh_from_db()
    assert question.section == own


def test_admin_bounds_what_a_pass_removes(editor):
    quiz = QuizFactory(bank=3)
    data = {"questions_per_attempt": 3, "attempts_per_month": 2, "pass_points": 3}
    no_rows = {"questions-TOTAL_FORMS": 0, "questions-INITIAL_FORMS": 0}

    assert "gives 2 points; choose 2 or less." in editor.post(url("quiz_change", quiz), data | no_rows).text
    page = editor.post(url("quiz_change", quiz), data | no_rows | {"pass_points": 2}).text
    assert "Two people raise what a pass removes" in page


def test_admin_raises_what_a_pass_removes_by_two_people(editor):
    quiz = QuizFactory(bank=3)
    why = {"points": 2, "reason": "The policy was made stricter."}

    assert "Choose a number above the first." in editor.post(url("quiz_propose", quiz), why | {"points": 9}).text
    editor.post(url("quiz_propose", quiz), why)
    assert "waits for a decision" in editor.post(url("quiz_propose", quiz), why).text
    assert "You proposed this" in editor.post(url("quiz_decide", quiz), {"decision": "approve"}).text
    other = person_in("Policy editor")
    editor.force_login(other)
    assert "The policy was made stricter." in editor.get(url("quiz_decide", quiz)).text
    editor.post(url("quiz_decide", quiz), {"decision": "approve"})
    assert "No proposal waits" in editor.post(url("quiz_decide", quiz), {"decision": "approve"}).text

    quiz.refresh_from_db()
    assert quiz.pass_points == 2
    assert editor.get(reverse("admin:quizzes_passpointsproposal_changelist")).status_code == 200


def test_admin_retires_a_question_and_refuses_what_the_quiz_needs(editor, asked):
    editor.post(url("question_retire", asked))
    asked.refresh_from_db()
    assert asked.retired_at is not None

    needed = asked.quiz.questions.in_use().first()
    assert "2 questions in use" in editor.post(url("question_retire", needed)).text
    assert "was not retired" in act(editor, "question", "retire", needed).text
    assert "is retired" in act(editor, "question", "retire", asked).text
    needed.refresh_from_db()
    assert needed.retired_at is None


def test_admin_sends_many_drafts_for_review_and_says_which_not(editor):
    quiz = QuizFactory(bank=0)
    good = QuestionFactory.create_batch(2, quiz=quiz, state="draft")
    unexplained = QuestionFactory(quiz=quiz, state="draft", explanation="")
    sent = {"action": "send_for_review", "_selected_action": [one.pk for one in (*good, unexplained)]}

    page = editor.post(url("question_changelist"), sent, follow=True).text

    assert "2 questions are sent for review." in page
    assert "was not sent for review. Explain why the right answer is right" in page
    assert [one.state for one in quiz.questions.order_by("pk")] == ["review", "review", "draft"]
    assert (
        f"{url('question_changelist')}?quiz__policy__id__exact={quiz.policy_id}"
        in editor.get(url("quiz_change", quiz)).text
    )


def test_admin_deletes_drafts_only(editor, asked):
    fresh = asked.quiz.questions.filter(asked=None).first()
    draft = QuestionFactory(state="draft")

    codes = [editor.post(url("question_delete", one), {"post": "yes"}).status_code for one in (asked, fresh, draft)]

    assert codes == [403, 403, 302]


def test_admin_shows_attempts_and_changes_none(admin_client, settings, asked):
    settings.STAFF_MFA_REQUIRED = False
    attempt = asked.asked.get().attempt

    page = admin_client.get(url("attempt_changelist")).text
    assert f'<td class="field-policy">{attempt.quiz.policy.name}</td>' in page
    assert f'<td class="field-attempt">1 in {attempt.month:%b %Y}</td>' in page
    assert '<td class="field-what_became">Not passed' in page
    assert admin_client.get(url("attempt_change", attempt)).status_code == 200
    assert admin_client.post(url("attempt_change", attempt), {"passed": "on"}).status_code == 403
    assert admin_client.post(url("attempt_delete", attempt), {"post": "yes"}).status_code == 403


def test_admin_shows_how_often_a_question_was_answered_rightly(editor):
    quiz = QuizFactory(bank=3)
    seller = SellerFactory()
    issue(seller, quiz.policy)
    take(seller, quiz, now=NOW)

    response = editor.get(url("question_changelist"))

    assert response.text.count("100 %") == 3


def test_admin_of_quizzes_is_closed_to_other_roles(client, settings):
    settings.STAFF_MFA_REQUIRED = False
    quiz = QuizFactory(published_at=None)
    auditor = person_in("Auditor")
    client.force_login(auditor)

    assert client.get(url("quiz_change", quiz)).status_code == 200
    assert client.post(url("quiz_publish", quiz)).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("model", "queries"), [("quiz", 5), ("question", 6), ("attempt", 6)])
def test_list_takes_the_same_queries_for_any_number(admin_client, rows, model, queries, django_assert_num_queries):
    for _ in range(rows):
        quiz = QuizFactory(bank=3)
        violation = issue(SellerFactory(), quiz.policy)
        take(violation.seller, quiz)
        QuizFactory(published_at=None, bank=2)
    with django_assert_num_queries(queries):
        admin_client.get(url(f"{model}_changelist"))


def test_list_of_quizzes_says_which_can_be_published(admin_client):
    QuizFactory(published_at=None, bank=3)
    QuizFactory(published_at=None, bank=2)
    QuizFactory(bank=3)
    page = admin_client.get(url("quiz_changelist")).text
    for state in ("Draft, can be published", "Draft, not usable yet", "Published"):
        assert f">{state}</td>" in page


def test_admin_tries_a_question_as_a_seller_takes_it_and_records_nothing(editor):
    question = QuestionFactory(state="draft", scene="00:10 *Hello*", choices__right=(1, 2))
    right = list(question.choices.filter(is_right=True).values_list("pk", flat=True))
    page = editor.get(url("question_try", question)).text
    assert all(said in page for said in ("<em>Hello</em>", 'type="checkbox"', "Choose all that are right."))

    assert "Choose all answers that are right" in editor.post(url("question_try", question)).text
    assert "Because it is so." in editor.post(url("question_try", question), {"choice": right}).text
    assert "Right answers" in editor.post(url("question_try", question), {"choice": right[:1]}).text
    assert "needs at least two choices" in editor.get(url("question_try", QuestionFactory(choices=False))).text
    assert not AuditEntry.objects.exists()

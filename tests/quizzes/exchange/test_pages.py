"""Files of questions in the admin: nothing is written before it was shown, and a bank goes out in every format."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import AuditEntry
from quizzes.exchange.formats import FORMATS
from quizzes.exchange.items import BankFile, FileChoice, FileQuestion, Refusal
from quizzes.models import Question
from quizzes.selectors import check_bank_file
from quizzes.services import import_questions
from tests.factories import (
    NOW,
    ArticleFactory,
    ArticleSectionFactory,
    QuestionFactory,
    QuizFactory,
    person_in,
)

pytestmark = pytest.mark.django_db

GIFT = "Why? {=So ~No}\n\nWhat? {=Only}\n\n::Q::What then? {T}"


@pytest.fixture
def editor(client, settings):
    settings.STAFF_MFA_REQUIRED = False
    user = person_in("Policy editor")
    client.force_login(user)
    client.person = user
    return client


@pytest.fixture
def quiz(db):
    return QuizFactory(bank=0)


def url(name, quiz):
    return reverse(f"admin:quizzes_quiz_{name}", args=[quiz.pk])


def sent(text, name="gift"):
    return {"format": name, "file": SimpleUploadedFile("bank.txt", text.encode() if isinstance(text, str) else text)}


def test_file_is_shown_before_anything_is_written(editor, quiz):
    page = editor.post(url("import", quiz), sent(GIFT)).text

    assert "2 questions would become drafts" in page
    assert "It asks for a short text; a quiz asks to choose." in page
    assert "<td>its name</td>" in page
    assert not Question.objects.exists()

    editor.post(url("import", quiz), {"format": "gift", "content": GIFT, "confirmed": "1"})
    drafts = Question.objects.order_by("pk")
    assert [(one.text, one.state, one.author) for one in drafts] == [
        ("Why?", "draft", editor.person),
        ("What then?", "draft", editor.person),
    ]
    assert list(drafts[0].choices.values_list("text", "is_right")) == [("So", True), ("No", False)]
    assert AuditEntry.objects.get(action="import").note == "Imported 2 questions from Moodle GIFT."


def test_file_imported_again_adds_nothing(editor, quiz):
    for _ in range(2):
        editor.post(url("import", quiz), {"format": "gift", "content": GIFT, "confirmed": "1"})

    assert Question.objects.count() == 2
    assert AuditEntry.objects.filter(action="import").count() == 1
    assert "Nothing would be added" in editor.post(url("import", quiz), sent(GIFT)).text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"format": "gift"}, "Choose a file."),
        (sent(b"\xffabc"), "The file is not in UTF-8."),
        (sent("Why?".encode("utf-16")), "The file is in UTF-16"),
        (sent("Why? {=So ~No}".encode("utf-16-le")), "The file is in UTF-16"),
        (sent(b"PK\x03\x04\xff"), "The file is a spreadsheet or a zip file"),
        (sent('[{"\\ud800": 1}]', "json"), "A question has no"),
        (sent("x" * 1_000_001), "larger than 1 MB"),
        ({"format": "qti", "content": "x"}, "Select a valid choice"),
    ],
)
def test_file_that_cannot_be_read_is_refused(editor, quiz, data, said):
    assert said in editor.post(url("import", quiz), data).text


def question(**changes):
    made = {"text": "Why?", "choices": [FileChoice("a", True), FileChoice("b")]} | changes
    return FileQuestion(**made)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": " "}, Refusal.NO_TEXT),
        ({"choices": [FileChoice("a", True), FileChoice("")]}, Refusal.NO_TEXT),
        ({"text": "a\x00"}, Refusal.UNREADABLE),
        ({"text": "x" * 2_001}, Refusal.TOO_LONG),
        ({"scene": "x" * 5_001}, Refusal.TOO_LONG),
        ({"choices": [FileChoice("x" * 301, True), FileChoice("b")]}, Refusal.TOO_LONG),
        ({"choices": [FileChoice("a", True), FileChoice("A ")]}, Refusal.EQUAL_CHOICES),
        ({"choices": [FileChoice("a", True)]}, Refusal.TOO_FEW_CHOICES),
        ({"choices": [FileChoice("a"), FileChoice("b")]}, Refusal.NO_RIGHT_CHOICE),
        ({"choices": [FileChoice("a", True), FileChoice("b", True)]}, Refusal.NO_WRONG_CHOICE),
        ({"section": "gone"}, Refusal.NO_SECTION),
        ({"text": "Already there?"}, Refusal.PRESENT),
    ],
)
def test_question_that_the_bank_cannot_hold_is_refused(quiz, changes, reason):
    QuestionFactory(quiz=quiz, text="Already  THERE?")
    found = check_bank_file(quiz, BankFile([question(**changes)]))
    assert ([one.reason for one in found.refused], found.questions) == ([reason], [])


def test_question_names_a_section_of_the_article(quiz):
    section = ArticleSectionFactory(article=ArticleFactory(policy=quiz.policy), slug="do")
    found = BankFile([question(section="do"), question(), question(text="Other?")])

    taken = import_questions(quiz=quiz, found=found, format_name="CSV", imported_by=None, now=NOW)

    assert [one.reason for one in taken.refused] == [Refusal.PRESENT]
    assert list(Question.objects.order_by("pk").values_list("section", flat=True)) == [section.pk, None]


def test_bank_goes_out_in_every_format_and_says_what_is_lost(editor, quiz):
    QuestionFactory(quiz=quiz, choices__right=(1, 2))
    QuestionFactory(quiz=quiz, section=ArticleSectionFactory(article=ArticleFactory(policy=quiz.policy)))
    QuestionFactory(quiz=quiz, state="draft")

    page = editor.get(url("export", quiz)).text
    assert "The bank has 2 published questions." in page
    assert "1 question with several right answers" in page
    assert "<td>the explanation and the section</td>" in page
    for name, one in FORMATS.items():
        response = editor.get(url("export", quiz), {"format": name})
        assert response["Content-Type"] == one.content_type
        assert response.content
    assert AuditEntry.objects.filter(action="download").count() == len(FORMATS)
    assert editor.get(url("export", quiz), {"format": "word"}).status_code == 404


def test_exported_bank_is_imported_elsewhere(editor, quiz):
    original = QuestionFactory(quiz=quiz, choices__right=(1, 3))
    text = editor.get(url("export", quiz), {"format": "csv"}).content.decode()
    other = QuizFactory(bank=0)

    editor.post(url("import", other), sent(text, "csv") | {"confirmed": "1"})

    copy = other.questions.get()
    assert (copy.text, copy.explanation) == (original.text, original.explanation)
    assert list(copy.choices.values_list("text", "is_right")) == list(original.choices.values_list("text", "is_right"))

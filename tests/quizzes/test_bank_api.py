"""Banks of questions over the API: out in every format, in as drafts, and for tokens of that purpose alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from audit.models import AuditEntry
from quizzes.exchange.formats import FORMATS, READABLE, read
from quizzes.models import Question
from tests.api import Caller, refusal
from tests.factories import MarketFactory, PolicyFactory, QuestionFactory, QuizFactory
from tests.quizzes.test_models import refuses

pytestmark = pytest.mark.django_db
PATH = "quizzes/claims/questions"
GIFT = "Why? {=So ~No}\n\nWhat? {=Only}\n"
DOCUMENTATION = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()


@pytest.fixture
def caller() -> Caller:
    return Caller(MarketFactory(code="US"), name="authors", scope="banks")


@pytest.fixture
def quiz() -> Any:
    return QuizFactory(policy=PolicyFactory(code="claims"), bank=2)


def added(caller: Caller, body: str, query: str = "", status: int = 200) -> dict[str, Any]:
    response = caller.send("POST", PATH + query, body, "text/plain")
    assert response.status_code == status, response.content
    found: dict[str, Any] = json.loads(response.content)
    return found


def drafts() -> list[Question]:
    return list(Question.objects.filter(state="draft").order_by("pk"))


def test_preview_says_what_would_be_taken_and_writes_nothing(caller: Caller, quiz: Any) -> None:
    answer = added(caller, GIFT, "?format=gift&preview=true")
    assert answer == {
        "written": False,
        "taken": [{"line": 1, "text": "Why?", "not_kept": ""}],
        "refused": [{"line": 3, "reason": "It asks for a short text; a quiz asks to choose."}],
    }
    assert drafts() == []
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("said", [{"Content-Encoding": "gzip"}, {"Content-Type": "text/plain; charset=latin-1"}])
def test_a_file_is_sent_as_plain_utf_8(caller: Caller, quiz: Any, said: dict[str, str]) -> None:
    caller.headers |= said
    response = caller.send("POST", PATH + "?format=gift", GIFT, said.get("Content-Type", "text/plain"))
    assert (response.status_code, "Send" in refusal(response)[1]) == (415, True)
    assert drafts() == []


def test_questions_become_drafts_once_and_the_trail_names_the_token(caller: Caller, quiz: Any) -> None:
    assert added(caller, GIFT, "?format=gift")["written"] is True
    (draft,) = drafts()
    assert (draft.text, draft.author, draft.quiz) == ("Why?", None, quiz)
    again = added(caller, GIFT, "?format=gift")
    assert (again["written"], again["taken"], len(again["refused"])) == (False, [], 2)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == ("API token authors (US)", "import")


def test_documented_questions_are_answered_as_documented(caller: Caller, quiz: Any) -> None:
    blocks = dict(re.findall(r"```json (questions|added)\n(.*?)```", DOCUMENTATION, re.DOTALL))
    assert added(caller, blocks["questions"]) == json.loads(blocks["added"])


@pytest.mark.parametrize("name", FORMATS)
def test_bank_goes_out_in_every_format_and_the_trail_says_so(caller: Caller, quiz: Any, name: str) -> None:
    QuestionFactory(quiz=quiz, state="draft")
    response = caller.get(f"{PATH}?format={name}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == FORMATS[name].content_type
    assert response.headers["Questions-Left-Out"] == "0"
    if name in READABLE:
        assert len(read(name, response.content.decode("utf-8-sig")).questions) == 2
    assert AuditEntry.objects.get().action == "download"


def test_json_is_what_goes_out_and_in_unless_said_otherwise(caller: Caller, quiz: Any) -> None:
    exported = caller.get(PATH).content.decode()
    other = QuizFactory(policy=PolicyFactory(code="other"), bank=0)
    response = caller.send("POST", "quizzes/other/questions", exported, "application/json")
    assert json.loads(response.content)["refused"] == []
    assert [one.text for one in other.questions.order_by("pk")] == [one.text for one in quiz.questions.order_by("pk")]


@pytest.mark.parametrize(
    ("query", "body", "status", "said"),
    [
        ("?format=word", "x", 422, "format is one of: gift, aiken, moodle, csv, json."),
        ("?format=qti", "x", 422, "format is one of: gift, aiken, moodle, csv, json."),
        ("?preview=maybe", "[]", 422, "preview is true or false."),
        ("", b"\xff", 422, "The file is not in UTF-8."),
        ("?format=csv", b"PK\x03\x04\xff", 422, "The file is a spreadsheet or a zip file"),
        ("?format=gift", "Why?".encode("utf-16"), 422, "The file is in UTF-16"),
        ("", "x" * 1_000_001, 413, "longer than 1,000,000 bytes"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence(
    caller: Caller, quiz: Any, query: str, body: Any, status: int, said: str
) -> None:
    found, why = refusal(caller.send("POST", PATH + query, body, "text/plain"))
    assert found == status
    assert said in why


def test_quiz_or_format_that_is_none_is_told(caller: Caller, quiz: Any) -> None:
    assert refusal(caller.get("quizzes/none/questions"))[0] == 404
    assert refusal(caller.get("quizzes/%00/questions"))[0] == 404
    assert refusal(caller.get(f"{PATH}?format=word")) == (
        422, "format is one of: gift, aiken, moodle, csv, json, qti."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "It cannot be read"),
        ("{}", "It is no list of questions"),
        ("[1]", "It is no list of questions"),
        ('[{"text": "Why?"}]', "The column “choices” is missing."),
        ('[{"text": "Why?", "choices": [1]}]', "The column “is_right” is missing."),
        ('[{"text": 1, "choices": []}]', "The column “text” is missing."),
        ('[{"text": "Why?", "answer": "B", "choices": []}]', "A question has no “answer”."),
        ('[{"text": "Why?", "choices": [{"text": "So", "is_right": true}]}]', "It needs at least two choices."),
    ],
)
def test_json_that_holds_no_question_is_refused_by_line(caller: Caller, quiz: Any, body: str, reason: str) -> None:
    (refused,) = added(caller, body)["refused"]
    assert refused["line"] == 1
    assert refused["reason"].startswith(reason)


def test_token_is_for_its_purpose_alone(caller: Caller, quiz: Any) -> None:
    feed = Caller(caller.token.market)
    status, why = refusal(feed.get(PATH))
    assert (status, why) == (403, "This token is for feed; the call needs one that is for banks.")
    assert refusal(caller.get("sellers/x/capabilities"))[0] == 403
    assert refusal(feed.send("POST", PATH, "[]"))[0] == 403
    refuses("api_token_scope_known", "UPDATE sellers_apitoken SET scope = 'all'")

"""Pictures of questions: what is taken and made anew, who may see them, where they are shown, and what files keep."""

from __future__ import annotations

import struct
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile
from zlib import crc32

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from audit.models import AuditEntry
from kit.documents.pictures import LONGEST_SIDE, NoPicture, NotAPicture, picture_of
from kit.outcomes import Refused, WrongState
from quizzes import pictures, services, tasks
from quizzes.exchange import formats, moodle_xml
from quizzes.exchange.items import FileChoice, FilePicture, FileQuestion, Loss
from quizzes.models import Question, QuestionPicture
from quizzes.selectors import bank_as_file
from tests.factories import NOW, MemberFactory, QuestionFactory, QuizFactory, UserFactory, issue, person_in
from tests.quizzes.helpers import answer_all, start
from tests.quizzes.test_models import refuses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]
ALT = "A host holds up a cream"


def image(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    made = BytesIO()
    Image.new("RGB", size, "teal").save(made, kind, **options)
    return made.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A small PNG whose header claims so many pixels."""
    png = image()
    header = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + header + struct.pack(">I", crc32(header)) + png[33:]


@pytest.fixture
def quiz() -> Any:
    return QuizFactory(bank=3)


@pytest.fixture
def draft(quiz: Any) -> Question:
    made: Question = QuestionFactory(quiz=quiz, state="draft")
    return made


@pytest.fixture
def editor(client: Any, settings: Any) -> Any:
    settings.STAFF_MFA_REQUIRED = False
    user = person_in("Policy editor")
    client.force_login(user)
    return user


def with_picture(question: Question, by: Any = None) -> QuestionPicture:
    services.add_picture(question=question, sent=image(), alt=ALT, added_by=by or UserFactory(), now=NOW)
    return question.pictures.get()


def asked_with_picture(quiz: Any) -> Any:
    """An attempt whose first question shows a picture: only such ones are in the bank."""
    for question in list(quiz.questions.in_use()):
        by = UserFactory()
        replacement = services.replace_question(question=question, replaced_by=by, now=NOW)
        with_picture(replacement, by)
        services.send_for_review(question=replacement, sent_by=by, now=NOW)
        services.publish_question(question=replacement, published_by=UserFactory(), now=NOW)
    member = MemberFactory()
    now = timezone.now() - timedelta(minutes=5)
    issue(member.seller, quiz.policy, now=now)
    return start(member.seller, quiz, now=now)


# --- What is taken


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_picture_is_made_anew_and_keeps_nothing_beside_itself(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    sent = image(kind, exif=exif) + b"<script>alert(1)</script>"
    made = picture_of(sent)
    assert (made.content_type, made.width, made.height) == (f"image/{kind.lower()}", 40, 30)
    assert b"script" not in made.content
    assert b"taken" not in made.content


def test_picture_is_turned_upright_and_made_to_fit() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = picture_of(image("JPEG", (2 * LONGEST_SIDE, 800), exif=exif))
    assert (made.width, made.height) == (400, LONGEST_SIDE)


MOVING = BytesIO()
Image.new("RGB", (9, 9)).save(MOVING, "WEBP", save_all=True, append_images=[Image.new("RGB", (9, 9), "red")])


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"", NoPicture.EMPTY),
        (b"x" * 5_000_001, NoPicture.TOO_LARGE),
        (claiming(5_001, 5_000), NoPicture.TOO_MANY_PIXELS),
        (claiming(20_000, 20_000), NoPicture.TOO_MANY_PIXELS),
        (image("GIF"), NoPicture.NO_IMAGE),
        (b"%PDF-1.7", NoPicture.NO_IMAGE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NoPicture.NO_IMAGE),
        (MOVING.getvalue(), NoPicture.MOVES),
        (image("JPEG", (400, 300))[:-900], NoPicture.BROKEN),
        (image()[:60], NoPicture.BROKEN),
    ],
)
def test_what_is_no_picture_is_refused_for_its_reason(sent: bytes, why: NoPicture, draft: Question) -> None:
    with pytest.raises(NotAPicture) as refused:
        picture_of(sent)
    assert refused.value.reason is why
    with pytest.raises(Refused) as told:
        services.add_picture(question=draft, sent=sent, alt=ALT, added_by=UserFactory(), now=NOW)
    assert told.value.field == "file"
    assert not QuestionPicture.objects.exists()


def test_picture_needs_words_and_a_question_has_four_at_most(draft: Question) -> None:
    with pytest.raises(Refused) as told:
        services.add_picture(question=draft, sent=image(), alt=" \u200b", added_by=UserFactory(), now=NOW)
    assert told.value.field == "alt"
    for _ in range(4):
        services.add_picture(question=draft, sent=image(), alt=ALT, added_by=UserFactory(), now=NOW)
    with pytest.raises(Refused, match="at most 4"):
        services.add_picture(question=draft, sent=image(), alt=ALT, added_by=UserFactory(), now=NOW)
    services.remove_picture(picture=draft.pictures.get(position=2), removed_by=UserFactory(), now=NOW)
    services.add_picture(question=draft, sent=image(), alt="Another", added_by=UserFactory(), now=NOW)
    assert draft.pictures.get(position=2).alt == "Another"


def test_full_disk_is_told(draft: Question, settings: Any, tmp_path: Any) -> None:
    (tmp_path / "pictures").write_text("in the way of the folder")
    storage = settings.STORAGES["attachments"]
    options = {**storage["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = {**settings.STORAGES, "attachments": {**storage, "OPTIONS": options}}
    with pytest.raises(Refused, match="no room"):
        services.add_picture(question=draft, sent=image(), alt=ALT, added_by=UserFactory(), now=NOW)


# --- Only drafts, and by their author


def test_who_adds_a_picture_has_written_the_question(draft: Question) -> None:
    by = UserFactory()
    with_picture(draft, by)
    draft.refresh_from_db()
    assert draft.author == by
    services.send_for_review(question=draft, sent_by=by, now=NOW)
    with pytest.raises(services.OwnQuestion):
        services.publish_question(question=draft, published_by=by, now=NOW)
    for change in (
        lambda: services.add_picture(question=draft, sent=image(), alt=ALT, added_by=by, now=NOW),
        lambda: services.remove_picture(picture=draft.pictures.get(), removed_by=by, now=NOW),
    ):
        with pytest.raises(WrongState):
            change()


def test_database_keeps_pictures_of_what_is_no_draft(quiz: Any, draft: Question) -> None:
    with_picture(draft)
    refuses("picture_says_what_it_shows", "UPDATE quizzes_questionpicture SET alt = ' '")
    refuses("picture_position_within", "UPDATE quizzes_questionpicture SET position = 5")
    refuses("picture_is_one", "UPDATE quizzes_questionpicture SET width = 1601")
    refuses("picture_is_one", "UPDATE quizzes_questionpicture SET content_type = 'text/html'")
    refuses(
        "picture_position_unique",
        "INSERT INTO quizzes_questionpicture (question_id, position, alt, content_type, width, height, stored_name) "
        "SELECT question_id, position, alt, content_type, width, height, stored_name FROM quizzes_questionpicture",
    )
    services.send_for_review(question=draft, now=NOW)
    refuses("question_written_stays", "UPDATE quizzes_questionpicture SET alt = 'Other'")
    refuses("question_written_stays", "DELETE FROM quizzes_questionpicture")


def test_drawn_pictures_stay(quiz: Any) -> None:
    attempt = asked_with_picture(quiz)
    refuses("attempt_drawn_question_stays", "UPDATE quizzes_attemptquestion SET pictures = '[]'")
    assert [one.pictures[0]["alt"] for one in attempt.questions.all()] == [ALT] * 3


# --- Where they are shown


def test_seller_sees_pictures_wherever_the_question_stands(client: Any, quiz: Any) -> None:
    attempt = asked_with_picture(quiz)
    client.force_login(attempt.user)
    first = attempt.questions.get(position=1)
    url = reverse("quizzes:picture", args=[attempt.seller_id, first.pictures[0]["id"]])
    shown = f'<img src="{url}" alt="{ALT}" width="40" height="30">'
    kwargs = {"seller_id": attempt.seller_id, "attempt_id": attempt.pk}
    assert shown in client.get(reverse("quizzes:question", kwargs=kwargs | {"position": 1})).text
    assert shown in client.get(reverse("quizzes:review", kwargs=kwargs)).text
    answer_all(attempt)
    services.submit_attempt(attempt=attempt, user=attempt.user, now=timezone.now())
    assert shown in client.get(attempt.get_absolute_url()).text
    assert shown in client.get(reverse("quizzes:remark", kwargs=kwargs | {"position": 1})).text

    answer = client.get(url)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "private" in answer.headers["Cache-Control"]
    assert Image.open(BytesIO(answer.content)).size == (40, 30)


def test_practice_shows_the_picture_before_and_after_the_answer(client: Any, quiz: Any) -> None:
    asked_with_picture(quiz)
    member = MemberFactory()
    client.force_login(member.user)
    path = reverse("quizzes:practice", kwargs={"seller_id": member.seller_id, "policy": quiz.policy.code})
    page = client.get(path).text
    assert ALT in page
    question = Question.objects.get(pk=page.split('name="question" value="')[1].split('"')[0])
    right = question.choices.get(is_right=True)
    assert ALT in client.post(path, {"question": question.pk, "choice": right.pk}).text


def test_picture_of_another_bank_or_seller_is_no_page(client: Any, quiz: Any, draft: Question) -> None:
    hidden = with_picture(draft)
    attempt = asked_with_picture(quiz)
    member = MemberFactory()
    client.force_login(member.user)
    theirs = attempt.questions.get(position=1).pictures[0]["id"]
    assert client.get(reverse("quizzes:picture", args=[member.seller_id, hidden.pk])).status_code == 404
    assert client.get(reverse("quizzes:picture", args=[attempt.seller_id, theirs])).status_code == 404
    assert client.get(reverse("quizzes:picture", args=[member.seller_id, 999_999])).status_code == 404
    services.unpublish_quiz(quiz=quiz, now=NOW)
    assert client.get(reverse("quizzes:picture", args=[member.seller_id, theirs])).status_code == 404
    client.force_login(attempt.user)
    assert client.get(reverse("quizzes:picture", args=[attempt.seller_id, theirs])).status_code == 200


def test_editor_adds_tries_and_removes_a_picture(client: Any, editor: Any, draft: Question) -> None:
    def url(name: str, *more: int) -> str:
        return reverse(f"admin:quizzes_question_{name}", args=[draft.pk, *more])

    file = SimpleUploadedFile("cream.png", image(), content_type="image/png")
    client.post(url("add_picture"), {"file": file, "alt": ALT})
    picture = draft.pictures.get()
    assert url("picture", picture.pk) in client.get(url("change")).text
    assert url("picture", picture.pk) in client.get(url("try")).text
    assert client.get(url("picture", picture.pk)).status_code == 200
    assert client.get(url("picture", 0)).status_code == 404
    assert client.post(url("add_picture"), {"file": SimpleUploadedFile("x.png", b"x"), "alt": ALT}).status_code == 200
    large = SimpleUploadedFile("x.png", b"x" * 5_000_001)
    assert "larger than 5 MB" in client.post(url("add_picture"), {"file": large, "alt": ALT}).text
    client.post(url("remove_picture"), {"picture": picture.pk})
    assert not draft.pictures.exists()
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "add_picture", "remove_picture",
    ]  # fmt: skip


def test_picture_whose_file_is_gone_is_no_page(client: Any, editor: Any, draft: Question) -> None:
    picture = with_picture(draft)
    storages["attachments"].delete(picture.stored_name)
    assert client.get(reverse("admin:quizzes_question_picture", args=[draft.pk, picture.pk])).status_code == 404
    assert pictures.content_of(picture) is None


def test_files_that_no_picture_names_are_swept(draft: Question) -> None:
    with_picture(draft)
    forgotten = pictures.keep(picture_of(image()))
    tasks.sweep_pictures()
    assert storages["attachments"].exists(forgotten)
    assert pictures.sweep_pictures(now=NOW + timedelta(days=1)) == 0


# --- Files


def exported(*, content: bytes | None = None) -> list[FileQuestion]:
    made = picture_of(content or image("JPEG"))
    pictured = [FilePicture("A [cream] on a shelf", made.content, made.content_type)]
    return [FileQuestion("Why?", [FileChoice("So", True), FileChoice("No")], pictures=pictured)]


def test_moodle_xml_carries_pictures_both_ways() -> None:
    (read,) = moodle_xml.read(moodle_xml.write(exported())).questions
    assert (read.text, read.losses) == ("Why?", frozenset())
    assert [(one.alt, one.content_type) for one in read.pictures] == [("A [cream] on a shelf", "image/jpeg")]


HTML = """<quiz><question type="multichoice"><questiontext format="html"><text><![CDATA[<p>Why?
<img src="@@PLUGINFILE@@/a%20b.png" alt="A cream"> <img src="{source}" alt="{alt}"></p>]]></text>
<file name="a b.png" encoding="base64">{data}</file></questiontext>
<answer fraction="100"><text>So</text></answer><answer fraction="0"><text>No</text></answer></question></quiz>"""


@pytest.mark.parametrize(
    ("source", "alt"), [("https://elsewhere.example/x.png", "Elsewhere"), ("@@PLUGINFILE@@/gone.png", "Gone"),
                        ("@@PLUGINFILE@@/a%20b.png", "")]
)  # fmt: skip
def test_moodle_html_keeps_what_lies_in_the_file_and_names_the_rest(source: str, alt: str) -> None:
    from base64 import b64encode

    text = HTML.format(source=source, alt=alt, data=b64encode(image()).decode())
    (read,) = moodle_xml.read(text).questions
    assert [one.alt for one in read.pictures] == ["A cream"]
    assert Loss.FILES in read.losses


@pytest.mark.parametrize("data", ["!", "aGVsbG8="])
def test_moodle_picture_that_is_none_is_lost_and_said(data: str) -> None:
    (read,) = moodle_xml.read(HTML.format(source="x", alt="y", data=data)).questions
    assert (list(read.pictures), Loss.FILES in read.losses) == ([], True)


def test_qti_package_holds_the_pictures() -> None:
    written = formats.write("qti", exported())
    assert isinstance(written, bytes)
    with ZipFile(BytesIO(written)) as package:
        assert "question-1-1.jpg" in package.namelist()
        assert 'src="question-1-1.jpg" alt="A [cream] on a shelf"' in package.read("question-1.xml").decode()
        assert 'href="question-1-1.jpg"' in package.read("imsmanifest.xml").decode()


@pytest.mark.parametrize("name", ["gift", "aiken", "csv", "json"])
def test_formats_without_pictures_say_so(name: str) -> None:
    (question,) = exported()
    assert Loss.FILES in formats.FORMATS[name].loses
    assert formats.has(question, Loss.FILES)


def test_pictures_go_out_of_a_bank_and_into_another(quiz: Any) -> None:
    asked_with_picture(quiz)
    out = bank_as_file(quiz)
    assert [len(one.pictures) for one in out] == [1, 1, 1]
    other = QuizFactory(bank=0)
    written = formats.write("moodle", out)
    found = formats.read("moodle", str(written))
    services.import_questions(quiz=other, found=found, format_name="Moodle XML", imported_by=None, now=NOW)
    assert QuestionPicture.objects.filter(question__quiz=other, alt=ALT).count() == 3


def test_gift_with_a_picture_in_its_html_says_that_it_is_lost() -> None:
    (read,) = formats.read("gift", '[html]<p>Why? <img src="x.png" alt="A cream"></p> {=So ~No}').questions
    assert (read.text, read.losses, list(read.pictures)) == ("Why?", frozenset({Loss.FILES}), [])


def test_replacement_begins_with_the_pictures_of_what_it_replaces(quiz: Any) -> None:
    asked_with_picture(quiz)
    before = quiz.questions.in_use().first()
    after = services.replace_question(question=before, replaced_by=UserFactory(), now=NOW)
    assert [(one.stored_name, one.alt) for one in after.pictures.all()] == [(before.pictures.get().stored_name, ALT)]

"""What each format reads and writes. Round trips are fuzzed: what is written is read as it was."""

import csv
import unicodedata
from io import BytesIO, StringIO
from xml.etree.ElementTree import fromstring
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.documents.csv_files import as_meant, csv_rows
from quizzes.exchange import aiken, csv_table, gift, html_texts, moodle_xml, qti, wording
from quizzes.exchange.formats import FORMATS, can_write, read, write
from quizzes.exchange.items import FileChoice, FileQuestion, Loss, Refusal

LETTERS = st.characters(
    codec="utf-8", categories=["L", "N", "P", "S", "Zs"], include_characters="\n", exclude_characters="\xa0"
)
TEXTS = st.text(LETTERS, min_size=1, max_size=40).map(str.strip).filter(bool)
LINES = st.text("ab cd?.~={}#:\\/%->$<&é中\n", min_size=1, max_size=30).map(str.strip).filter(bool)


def questions(texts):
    choices = st.lists(texts, min_size=2, max_size=5, unique=True)
    right = st.lists(st.booleans(), min_size=5, max_size=5)
    made = st.builds(
        lambda text, said, marks, explanation: (text, marked(said, marks), explanation),
        texts,
        choices,
        right,
        texts | st.just(""),
    )
    return made.map(lambda one: FileQuestion(one[0], one[1], one[2]))


def marked(texts, marks):
    """Choices of which at least one is right and one is wrong."""
    marks = [True, False, *marks[2:]]
    return [FileChoice(text, mark) for text, mark in zip(texts, marks, strict=False)]


def words(question):
    return question.text, list(question.choices), question.explanation


@given(st.lists(questions(LINES | TEXTS), max_size=4))
def test_gift_reads_what_it_wrote(bank):
    found = gift.read(gift.write(bank))
    assert found.refused == []
    assert [words(one) for one in found.questions] == [words(one) for one in bank]
    assert {loss for one in found.questions for loss in one.losses} <= {Loss.WEIGHTS}


@given(st.text())
def test_no_text_breaks_a_reader(text):
    for name in ("gift", "aiken", "moodle", "csv"):
        read(name, text)


@given(st.lists(questions(TEXTS), max_size=4))
def test_moodle_xml_reads_what_it_wrote(bank):
    found = moodle_xml.read(moodle_xml.write(bank))
    assert found.refused == []
    assert [words(one) for one in found.questions] == [words(one) for one in bank]


PLAIN = st.text("abc d?.,é中", min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)


@given(st.lists(questions(PLAIN.map(lambda text: f"Q{text}")), max_size=4))
def test_csv_reads_what_it_wrote(bank):
    found = csv_table.read(csv_table.write(bank))
    assert [words(one) for one in found.questions] == [words(one) for one in bank]


@pytest.mark.parametrize("text", ["=1+1", "-5", "@now", "+1", "a;=1"])
def test_csv_keeps_texts_that_a_spreadsheet_would_run(text):
    bank = [FileQuestion(text, [FileChoice("Yes", True), FileChoice("-No")], section="do", scene="00:10 Hello")]
    written = csv_table.write(bank)
    assert text not in written.split(",")
    [found] = csv_table.read(written).questions
    assert (*words(found), found.section, found.scene) == (*words(bank[0]), "do", "00:10 Hello")


@given(st.lists(questions(PLAIN), max_size=4))
def test_aiken_reads_what_it_wrote(bank):
    bank = [one for one in bank if can_write("aiken", one)]
    found = aiken.read(aiken.write(bank))
    assert [(one.text, list(one.choices)) for one in found.questions] == [(one.text, list(one.choices)) for one in bank]


# --- GIFT, in the manner of Moodle's documentation


GIFT = r"""// A question with feedback
$CATEGORY: policies/claims

::Claims::[html]<p>What may a host <b>say</b> of a cream?</p>{
  =It moisturises.#Right: it can be proved.
  ~It heals.#No product of this kind heals.
}

Which of these need proof? {
  ~%50%“Best”
  ~%50%“Number one”
  ~%-100%“New colour”
  ####Comparisons need proof.
}

Samples must be labelled. {T#Read the section on samples.#Well done.}

It is {FALSE} that claims need no proof.

The rule stands in section {~2 =4 \{four\} ~%30%5} of the article.

Who wrote it? {=Anna =Anne}

Match. {=a -> b =c -> d}

How many? {#3:1}

Explain. {}

Just a text.

Open {=a ~b

What\: then\nand \~now\=? {=x\\y ~\#}
"""


@pytest.fixture
def found():
    return gift.read(GIFT)


def test_gift_reads_choices_and_what_is_lost(found):
    first, several, true, missing, word, last = found.questions
    assert (first.text, first.line) == ("What may a host **say** of a cream?", 4)
    assert first.explanation == "Right: it can be proved."
    assert list(first.choices) == [FileChoice("It moisturises.", True), FileChoice("It heals.")]
    assert first.losses == {Loss.NAME, Loss.CATEGORY, Loss.CHOICE_FEEDBACK}
    assert [choice.is_right for choice in several.choices] == [True, True, False]
    assert (several.explanation, several.losses) == ("Comparisons need proof.", {Loss.CATEGORY})
    assert [choice.is_right for choice in true.choices] == [True, False]
    assert (true.explanation, true.losses) == ("Well done.", {Loss.CATEGORY, Loss.CHOICE_FEEDBACK})
    assert missing.text == "It is _____ that claims need no proof."
    assert [choice.is_right for choice in missing.choices] == [False, True]
    assert [choice.text for choice in word.choices] == ["2", "4 {four}", "5"]
    assert word.losses == {Loss.CATEGORY, Loss.WEIGHTS}
    assert (last.text, [one.text for one in last.choices]) == ("What: then\nand ~now=?", ["x\\y", "#"])


def test_gift_refuses_other_types_by_name_and_line(found):
    assert [(one.line, one.reason) for one in found.refused] == [
        (22, Refusal.SHORT_ANSWER),
        (24, Refusal.MATCHING),
        (26, Refusal.NUMERICAL),
        (28, Refusal.ESSAY),
        (30, Refusal.DESCRIPTION),
        (32, Refusal.UNCLOSED),
    ]
    assert gift.read("Why? {nothing}").refused[0].reason is Refusal.NO_ANSWERS
    assert all(wording.why_refused(one) for one in found.refused)


# --- Aiken


def test_aiken_reads_letters_with_dots_and_brackets():
    found = aiken.read("What is right?\nA. This\nB) That\nANSWER: b\n\nAnd\nthis?\nA. One\nB. Two\nANSWER: A\n")
    assert [one.text for one in found.questions] == ["What is right?", "And\nthis?"]
    assert [choice.is_right for choice in found.questions[0].choices] == [False, True]
    assert [one.line for one in found.questions] == [1, 6]


def test_aiken_refuses_what_names_no_answer_or_another():
    found = aiken.read("Why?\nA. So\nB. No\n\nWhat?\nA. So\nB. No\nANSWER: C\nOnly a text")
    assert [(one.line, one.reason) for one in found.refused] == [
        (1, Refusal.NO_ANSWER_LINE),
        (5, Refusal.UNKNOWN_ANSWER),
        (9, Refusal.NO_ANSWER_LINE),
    ]
    assert wording.why_refused(found.refused[1]) == "It names C as the answer, which is none of its choices."


def test_aiken_reads_choices_without_a_space_and_ends_a_question_at_any_answer():
    found = aiken.read(
        "Why?\nA)So\nB)No\nANSWER: B)\n\nA) Nothing asked\n\nANSWER: of nothing\n\nI.e. what?\nA. So\nB. No\nANSWER: A"
    )
    assert [(one.text, [(c.text, c.is_right) for c in one.choices]) for one in found.questions] == [
        ("Why?", [("So", False), ("No", True)]),
        ("I.e. what?", [("So", True), ("No", False)]),
    ]
    assert [(one.line, one.reason) for one in found.refused] == [
        (6, Refusal.NO_ANSWER_LINE),
        (8, Refusal.UNKNOWN_ANSWER),
    ]


# --- Moodle XML


MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="multichoice">
  <name><text>Claims</text></name>
  <questiontext format="html"><text><![CDATA[<p>What <em>may</em> a host
say?</p><ul><li>a</li><li>b</li></ul><table></table><img src="x">]]></text></questiontext>
  <generalfeedback format="html"><text>It can be proved.</text></generalfeedback>
  <single>true</single>
  <answer fraction="100" format="html"><text>This</text><feedback><text>Yes</text></feedback></answer>
  <answer fraction="50" format="html"><text>That</text></answer>
  <answer fraction="x"><text>Other</text></answer>
</question>
<question type="category"><category><text>Top/Claims</text></category></question>
<question type="truefalse">
  <questiontext format="html"><text>Samples are labelled.</text>
    <file name="a.png" encoding="base64">AA==</file></questiontext>
  <answer fraction="0"><text>true</text></answer>
  <answer fraction="100"><text>false</text></answer>
</question>
<question type="matching"></question>
<question type="cloze"></question>
</quiz>
"""


def test_moodle_xml_reads_choices_and_what_is_lost():
    found = moodle_xml.read(MOODLE)
    first, second = found.questions
    assert (first.text, first.line) == ("What *may* a host say?\n\n- a\n- b", 3)
    assert first.losses == {Loss.NAME, Loss.CHOICE_FEEDBACK, Loss.WEIGHTS, Loss.FILES, Loss.FORMATTING}
    assert [choice.is_right for choice in first.choices] == [True, False, False]
    assert (second.explanation, second.losses) == ("", {Loss.CATEGORY, Loss.FILES})
    assert [(one.line, one.reason, one.about) for one in found.refused] == [
        (20, Refusal.MATCHING, "matching"),
        (21, Refusal.OTHER_TYPE, "cloze"),
    ]


def one_of_moodle(inside):
    answers = '<answer fraction="100"><text>a</text></answer><answer fraction="0"><text>b</text></answer>'
    said = f"<questiontext><text>Q?</text></questiontext>{answers}{inside}"
    [found] = moodle_xml.read(f'<quiz><question type="multichoice">{said}</question></quiz>').questions
    return found


@pytest.mark.parametrize(
    ("inside", "losses"),
    [
        ("", set()),
        ("<correctfeedback><text>Your answer is correct.</text></correctfeedback>", set()),
        ("<incorrectfeedback><text>Read section 2.</text></incorrectfeedback>", {Loss.HINTS}),
        ('<hint format="html"><text>&lt;p>Think.&lt;/p></text></hint>', {Loss.HINTS}),
        ("<tags><tag><text>easy</text></tag></tags>", {Loss.HINTS}),
        ("<shuffleanswers>true</shuffleanswers>", set()),
        ("<shuffleanswers>0</shuffleanswers>", {Loss.ORDER}),
        ("<image>a.png</image><image_base64>AA==</image_base64>", {Loss.FILES}),
    ],
)
def test_moodle_xml_names_what_is_lost_beside_text_and_choices(inside, losses):
    assert one_of_moodle(inside).losses == losses


def test_html_of_a_choice_becomes_the_words_that_it_says():
    """Choices are shown as they are; a text and an explanation are Markdown."""
    html = "&lt;p>Salt &amp;amp; &lt;b>pepper&lt;/b>&lt;/p>"
    answers = (
        f'<answer fraction="100" format="html"><text>{html}</text></answer><answer><text>R&amp;amp;D</text></answer>'
    )
    asked = f"<questiontext><text>{html}</text></questiontext>{answers}"
    [of_moodle] = moodle_xml.read(f'<quiz><question type="multichoice">{asked}</question></quiz>').questions
    [of_gift] = gift.read("[html]<p>Salt &amp; <b>pepper</b></p>{=<p>Salt &amp; <b>pepper</b></p> ~R&amp;D}").questions
    for found in (of_moodle, of_gift):
        assert found.text == "Salt & **pepper**"
        assert [choice.text for choice in found.choices] == ["Salt & pepper", "R&D"]
        assert found.losses == {Loss.FORMATTING}


def test_gift_reads_html_of_what_is_said_to_true_or_false():
    [found] = gift.read("[html]Is it? {T#<p>No.</p>#<p>Yes, <b>it</b> is.</p>}").questions
    assert found.explanation == "Yes, **it** is."


def test_gap_of_gift_stands_apart_from_words_alone():
    found = gift.read("It is {=so ~no}.\n\nIt is {=so ~no}here.").questions
    assert [one.text for one in found] == ["It is _____.", "It is _____ here."]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<quiz>\n<question>\n</quiz>", 3),
        ('<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/passwd">]><quiz><question>&a;</question></quiz>', 1),
        ("", 1),
    ],
)
def test_moodle_xml_refuses_what_is_no_xml_or_an_attack(text, line):
    [refused] = moodle_xml.read(text).refused
    assert (refused.reason, refused.line) == (Refusal.UNREADABLE, line)


# --- CSV


def test_csv_names_missing_columns_and_answers_that_are_none():
    assert [one.about for one in csv_table.read("text,choice_1\n").refused] == ["choice_2", "right"]
    found = csv_table.read('text,choice_1,choice_2,right\nWhy?,Yes,No,3\n"Two\nlines",Yes,No,1;2\nx,a,b,1\n')
    assert [(one.line, one.reason, one.about) for one in found.refused] == [(2, Refusal.UNKNOWN_ANSWER, "3")]
    assert [(one.line, one.text) for one in found.questions] == [(3, "Two\nlines"), (5, "x")]


# --- QTI


SEVERAL = FileQuestion("Which?", [FileChoice("a", True), FileChoice("b", True), FileChoice("c")], "So.", "00:10 Hello")
ONE = FileQuestion("Why?", [FileChoice("a", True), FileChoice("b")])


def test_qti_has_an_item_for_each_question_and_a_manifest():
    package = ZipFile(BytesIO(qti.write([SEVERAL, ONE])))
    assert sorted(package.namelist()) == ["imsmanifest.xml", "question-1.xml", "question-2.xml"]
    item = "{http://www.imsglobal.org/xsd/imsqtiasi_v3p0}qti-"
    first, second = (fromstring(package.read(f"question-{number}.xml")) for number in (1, 2))
    assert [one.text for one in first.iter(f"{item}value")] == ["CHOICE_1", "CHOICE_2"]
    assert [one.get("identifier") for one in first.iter(f"{item}simple-choice")] == ["CHOICE_1", "CHOICE_2", "CHOICE_3"]
    declared = [one.find(f"{item}response-declaration").get("cardinality") for one in (first, second)]
    assert declared == ["multiple", "single"]
    assert next(first.iter(f"{item}choice-interaction")).get("response-identifier") == "RESPONSE"
    manifest = fromstring(package.read("imsmanifest.xml"))
    assert {one.get("href") for one in manifest.iter() if one.get("href")} == {"question-1.xml", "question-2.xml"}


# --- All of them


@pytest.mark.parametrize(
    ("name", "is_kept"), [("csv", True), ("json", True), ("gift", False), ("moodle", False), ("aiken", False)]
)
def test_scene_is_kept_or_said_to_stand_in_the_text(name, is_kept):
    bank = [FileQuestion("Why?", ONE.choices, scene="00:10 Hello")]
    [found] = read(name, write(name, bank)).questions
    assert (found.scene == "00:10 Hello") == is_kept
    assert (Loss.SCENE in FORMATS[name].loses) == (not is_kept)
    assert is_kept or found.text.split() == ["00:10", "Hello", "Why?"]


@pytest.mark.parametrize("name", FORMATS)
def test_format_leaves_out_only_what_it_cannot_hold(name):
    written = write(name, [SEVERAL, ONE])
    assert bool(written)
    assert can_write(name, ONE)
    assert can_write(name, SEVERAL) == (name != "aiken")
    if FORMATS[name].read:
        assert len(read(name, written).questions) == (1 if name == "aiken" else 2)


def test_losses_are_named_in_one_sentence():
    assert wording.lost({Loss.FILES, Loss.NAME}) == "Not kept: its name and pictures and other files."
    assert wording.lost(()) == ""
    assert wording.LOSSES.keys() == set(Loss)
    assert wording.REFUSALS.keys() == set(Refusal)


def test_film_in_a_text_is_lost_and_said():
    _, losses, _ = html_texts.as_markdown("<p>Look:</p><video src='a.mp4'></video>")
    assert losses == {Loss.FILES}


# --- Files that are something else


GOOD = "text,choice_1,choice_2,right\nWhy?,Yes,No,1\n"


@pytest.mark.parametrize(
    "text", ["sep=,\n" + GOOD, "SEP=,\r\n" + GOOD, GOOD.replace("\n", ",,\n"), GOOD.replace("\n", "\r")]
)
def test_csv_passes_over_what_spreadsheets_leave_around_a_table(text):
    found = read("csv", text)
    assert [(one.text, len(one.choices)) for one in found.questions] == [("Why?", 2)]
    assert found.refused == []


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_csv_says_that_values_are_not_separated_by_commas(separator):
    (refused,) = read("csv", GOOD.replace(",", separator)).refused
    assert (refused.line, refused.reason, refused.about) == (1, Refusal.NO_COMMAS, separator)
    assert "separated by commas" in wording.why_refused(refused)


def test_csv_with_a_value_longer_than_any_question_is_read_up_to_there():
    found = read("csv", f"{GOOD}{'x' * 200_000},Yes,No,1\nWhy not?,Yes,No,1\n")
    assert [one.text for one in found.questions] == ["Why?"]
    assert [(one.line, one.reason) for one in found.refused] == [(3, Refusal.UNREADABLE)]
    assert [one.reason for one in read("csv", "x" * 200_000).refused] == [Refusal.UNREADABLE]


@pytest.mark.parametrize("encoding", ["zip", "hex", "nonsense", "utf-16", "rot13"])
def test_moodle_xml_that_says_an_odd_encoding_of_itself_is_refused(encoding):
    found = read("moodle", f'<?xml version="1.0" encoding="{encoding}"?><quiz/>')
    assert [one.reason for one in found.refused] == [Refusal.UNREADABLE]


@pytest.mark.parametrize("weight", ["nan", "inf", "-inf", "1e999", "9" * 400, "", "٣", "x"])
def test_weight_that_is_no_share_breaks_nothing(weight):
    answers = f'<answer fraction="{weight}"><text>a</text></answer><answer fraction="0"><text>b</text></answer>'
    read(
        "moodle",
        f'<quiz><question type="multichoice"><questiontext><text>Q</text></questiontext>{answers}</question></quiz>',
    )
    read("gift", f"Q {{~%{weight}%a ~b}}")


@pytest.mark.parametrize("name", ["gift", "aiken", "moodle", "csv", "json"])
def test_what_is_read_is_composed(name):
    bank = [FileQuestion("Is a café one?", [FileChoice("oui é", True), FileChoice("non")])]
    [found] = read(name, unicodedata.normalize("NFD", write(name, bank))).questions
    assert words(found)[:1] == words(bank[0])[:1]
    assert found.text == "Is a café one?"


def test_reason_can_be_shown_whatever_a_key_is_called():
    (refused,) = read("json", '[{"\\ud800": 1}]').refused
    wording.why_refused(refused).encode()


@given(st.text("=+-@; ＝＋a", max_size=12))
def test_texts_come_back_from_csv_as_they_were(text):
    (line,) = csv_rows([[text]])
    assert as_meant(next(csv.reader(StringIO(line, newline="")))[0]) == text

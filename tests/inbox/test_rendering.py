"""Each message has a template that is whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import timezone

from inbox.models import Message
from inbox.rendering import LINKS, render_part
from tests.apps import ROOT

FOLDER = ROOT / "templates" / "messages"
TEMPLATES = [template.value for template in Message.Template if template != Message.Template.NOTICE]
LIFTED = {"kind": "restriction", "reason": "{{ kind }} & *more*"}
FILED = {
    "policy": "Gifts *and* more",
    "number": "A-0042-69",
    "decide_by": "2026-12-01T03:00:00+00:00",
    "zone": "America/New_York",
}


def test_each_template_has_a_file_and_each_file_a_template() -> None:
    assert sorted(TEMPLATES) == sorted(path.stem for path in FOLDER.glob("[!_]*.md"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: str(path.stem))
def test_templates_of_messages_name_no_address_and_one_app(path: Path) -> None:
    source = path.read_text()
    loaded = {name for names in re.findall(r"{% load ([\w ]+) %}", source) for name in names.split()}
    assert "{% url" not in source
    assert len(loaded - {"i18n", "message_facts"}) <= 1


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_says_its_subject_its_action_and_its_body(template: str) -> None:
    source = (FOLDER / f"{template}.md").read_text()
    assert re.findall(r"^{% block (\w+) %}", source, re.MULTILINE) == ["subject", "action", "body"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_is_said_first_is_whole_without_the_list_that_follows(template: str) -> None:
    body = (FOLDER / f"{template}.md").read_text().partition("{% block body %}\n")[2]
    first = body.partition("\n\n")[0]
    assert not re.search(r":({% (plural|endblocktranslate) %}|$)", first)


MARKDOWN = {"reason", "decision", "facts", "answer", "note", "change_summary", "immediate_reason"}
"""Facts that somebody wrote for the seller to read, as Markdown; they are one paragraph or more of their own."""

OURS = {
    "action_name", "content_name", "days_of_week", "deadline", "do_by", "forbidden", "in_points", "length",
    "local_date", "local_datetime", "lower", "markdown_link", "moment", "moment_there:workshop", "severity_name",
    "spelled", "thousands", "workshop_time",
}  # fmt: skip
"""Filters that make words of the portal's own of a fact."""

NUMBERS = {
    "asked", "count", "left", "more", "number", "points", "points_before", "position", "quiz.points", "quiz.violations",
    "rewards_left", "settled", "shown_from", "waiting",
}  # fmt: skip

WORDS_OF_OURS = {"line", "line.name", "what", "redress_url"}
"""Labels that a tag wrote, and an address that stands in angle brackets."""


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: str(path.stem))
def test_each_fact_in_a_body_is_escaped_or_is_no_words_of_others(path: Path) -> None:
    """A title such as ``[win](…)`` would be a link, in an email in the marketplace's name."""
    source = path.read_text().rpartition("{% block body %}")[2]
    given = dict(re.findall(r"(\w+)=([\w.|:\"]+)", " ".join(re.findall(r"{% blocktranslate ([^%]*)%}", source))))
    counted = dict(re.findall(r"count (\w+)=([\w.|:]+)", source))
    for shown in {found.strip() for found in re.findall(r"{{ ([^}]+) }}", source)}:
        fact, *filters = (given | counted).get(shown, shown).split("|")
        if "escaped" in filters or fact in MARKDOWN | NUMBERS | WORDS_OF_OURS:
            continue
        assert filters, (shown, fact)
        assert filters[-1] in OURS, (shown, fact, filters)


def test_facts_are_written_out_as_they_are() -> None:
    assert render_part("body", template="action_lifted", data=LIFTED).split("\n\n") == [
        "The restriction on your account was lifted.",
        "Reason: {{ kind }} & *more*",
    ]


def test_moments_are_told_in_the_zone_of_the_facts_and_names_are_no_markup() -> None:
    with timezone.override("Asia/Bangkok"):
        filed = render_part("body", template="appeal_filed", data=FILED)
        assert timezone.get_current_timezone_name() == "Asia/Bangkok"
    assert filed.startswith(r"Your appeal of **Gifts \*and\* more** is filed.")
    assert "by 30 Nov 2026 at the latest" in filed
    assert render_part("subject", template="appeal_filed", data=FILED) == "Appeal filed: Gifts *and* more"


def test_what_a_message_of_nothing_leads_to() -> None:
    notice = Message(template="notice", notice_subject="Hello", notice_body="Hi")
    assert (notice.subject, notice.body, notice.action, notice.path) == ("Hello", "Hi", "", "")
    assert str(notice) == "Hello"


def test_what_a_message_says_first_is_its_first_paragraph() -> None:
    notice = Message(template="notice", notice_body="# Dates\n\n- one\n\nHand *over*\nby Friday.\n\nThank you.")
    assert notice.lead == "Hand *over*\nby Friday."
    assert Message(template="notice", notice_body="- one\n- two").lead == "- one\n- two"
    assert Message(template="action_lifted", data=LIFTED).lead == "The restriction on your account was lifted."


def test_every_kind_that_is_linked_belongs_to_one_app() -> None:
    apps = {kind: link.__module__.partition(".")[0] for kind, link in LINKS.items()}
    assert apps == {
        "violation": "violations",
        "voided_violations": "violations",
        "appeal": "violations",
        "milestone": "violations",
        "enforcement_action": "violations",
        "rules_change": "violations",
        "policy_version": "policies",
        "attempt": "quizzes",
        "quizzes": "quizzes",
        "remark": "quizzes",
        "workshop": "workshops",
        "signup": "workshops",
        "feedback": "workshops",
        "report_run": "reports",
        "export": "healthportal",
        "viewing": "healthportal",
    }

"""Policies, articles and quizzes from the texts in ``policies/``, and macros."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from policies.models import Article, ArticleSection, Policy, PolicyVersion
from policies.services import draft_version, publish_version
from quizzes.models import Choice, Question, Quiz
from quizzes.services import publish_quiz
from violations.models import AppealReason, Macro

FOLDER = Path(__file__).parent


def read(name: str) -> dict[str, Any]:
    """One of the folder's TOML files."""
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def read_policies() -> list[dict[str, Any]]:
    """The texts of all policies, by code."""
    return [read(f"policies/{path.name}") for path in sorted((FOLDER / "policies").glob("*.toml"))]


def make_policy(text: dict[str, Any], *, now: datetime) -> None:
    """A policy with its versions, each in force since its number of weeks, its article and its quiz."""
    policy = Policy.objects.create(code=text["code"], name=text["name"], topic=text["topic"])
    for version in text["versions"]:
        _publish(policy, text, version, now=now)
    sections = _make_article(policy, text["article"], now=now)
    _make_quiz(policy, text["questions"], sections, now=now)


def make_macros() -> None:
    """The texts that reviewers can put into requests and reasons, and the reasons that they choose from."""
    policies = Policy.objects.in_bulk(field_name="code")
    Macro.objects.bulk_create(
        Macro(kind=text["kind"], name=text["name"], text=text["text"].strip(), policy=policies.get(text.get("policy")))
        for text in read("macros.toml")["macros"]
    )
    AppealReason.objects.bulk_create(AppealReason(**text) for text in read("macros.toml")["reasons"])


def _publish(policy: Policy, text: dict[str, Any], version: dict[str, Any], *, now: datetime) -> PolicyVersion:
    effective_from = now - timedelta(weeks=version["weeks_ago"])
    notice = timedelta(days=0 if version["number"] == 1 else 30)
    draft = draft_version(
        policy=policy,
        now=effective_from - notice,
        requirement=text["requirement"],
        breach=text["breach"],
        wording=version["wording"].strip(),
        severity=version["severity"],
        points=version["points"],
        change_summary=version["change_summary"],
    )
    return publish_version(version=draft, effective_from=effective_from, published_by=None, now=effective_from - notice)


def _make_article(policy: Policy, text: dict[str, Any], *, now: datetime) -> dict[str, ArticleSection]:
    article = Article.objects.create(
        policy=policy, title=text["title"], summary=text["summary"], updated_at=now - timedelta(weeks=8)
    )
    sections = ArticleSection.objects.bulk_create(
        ArticleSection(article=article, position=n, slug=s["slug"], title=s["title"], body=s["body"].strip())
        for n, s in enumerate(text["sections"], start=1)
    )
    return {section.slug: section for section in sections}


def _make_quiz(
    policy: Policy, questions: list[dict[str, Any]], sections: dict[str, ArticleSection], *, now: datetime
) -> None:
    quiz = Quiz.objects.create(policy=policy)
    stored = Question.objects.bulk_create(
        Question(
            quiz=quiz,
            section=sections[q["section"]],
            scene=q.get("scene", ""),
            text=q["text"],
            explanation=q["explanation"],
        )
        for q in questions
    )
    Choice.objects.bulk_create(
        Choice(question=question, text=choice["text"], is_right=choice.get("was_right", choice["right"]))
        for question, text in zip(stored, questions, strict=True)
        for choice in text["choices"]
    )
    published = {"state": Question.State.PUBLISHED, "published_at": now - timedelta(weeks=30)}
    Question.objects.filter(quiz=quiz).update(**published)  # As a command may: nobody of the portal wrote them.
    publish_quiz(quiz=quiz, now=now - timedelta(weeks=30))

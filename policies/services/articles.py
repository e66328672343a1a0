"""Texts of articles: drafted by one person, published by another."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User
from audit.services import record, record_alone
from audit.snapshots import snapshot
from kit.outcomes import Refused
from sellers.services import refuse_for_all_markets

from .. import trail_notes, wording
from ..differences import article_differences
from ..models import Article, ArticleSection, ArticleVersion, ArticleVersionSection
from .drafts import lock_policy, lock_version

TEXTS = ["position", "slug", "title", "body"]
"""What a section says, and where."""


@transaction.atomic
def draft_article(*, article: Article, drafted_by: User, now: datetime) -> ArticleVersion:
    """The draft of an article's new text: the one that there is, or one that starts with what sellers read."""
    lock_policy(article.policy_id)
    draft = ArticleVersion.objects.filter(policy=article.policy_id, published_at=None).first()
    if draft is not None:
        return draft
    article.refresh_from_db()
    draft = ArticleVersion.objects.create(policy_id=article.policy_id, title=article.title, summary=article.summary)
    ArticleVersionSection.objects.bulk_create(
        ArticleVersionSection(version=draft, replaces=section, **{name: getattr(section, name) for name in TEXTS})
        for section in article.sections.all()
    )
    record(by=drafted_by, action="add", about=draft, before={}, now=now)
    return draft


@transaction.atomic
def propose_article(*, version: ArticleVersion, proposed_by: User, now: datetime) -> ArticleVersion:
    """Ask somebody else to publish a draft.

    Raises ``Refused`` if it waits for a second person already, is published, or says what sellers read already.
    Raises ``BeyondScope`` for who works for some markets.
    """
    refuse_for_all_markets(person=proposed_by)
    version = lock_version(version)
    version.refuse_another_proposal()
    _refuse_unpublishable(version)
    before = snapshot(version)
    version.proposed_by, version.proposed_at = proposed_by, now
    version.save()
    record(by=proposed_by, action="propose", about=version, note=trail_notes.proposed(), before=before, now=now)
    return version


@transaction.atomic
def publish_article(
    *, version: ArticleVersion, published_by: User, now: datetime, alone_reason: str = ""
) -> ArticleVersion:
    """Let sellers read a draft in place of the article's text; from then on it is read-only.

    Another person publishes it than who proposed it, or the same one with an ``alone_reason``; without one
    ``OwnProposal`` is raised. If nobody proposed it, who publishes it proposes it too. A section keeps its id, so that
    questions still lead to it; one that the draft leaves out is gone.

    Raises ``Refused`` if it is published already or says what sellers read already. Raises ``BeyondScope`` for who
    works for some markets.
    """
    refuse_for_all_markets(person=published_by)
    version = lock_version(version)
    _refuse_unpublishable(version)
    before = snapshot(version)
    if version.proposed_by_id is None:
        version.proposed_by, version.proposed_at = published_by, now
    version.approve_as(published_by, alone_reason=alone_reason)
    version.published_at = now
    _write(version, published_by=published_by, now=now)
    version.save()
    note = trail_notes.article_published()
    record(by=published_by, action="publish", about=version, note=note, before=before, now=now)
    record_alone(by=published_by, about=version, now=now)
    return version


def why_not_publish_article(version: ArticleVersion) -> str:
    """Why a draft is not published: it says what sellers read already; empty if it can be."""
    article = Article.objects.filter(policy=version.policy_id).first()
    return "" if article is None or article_differences(article, version) else wording.article_says_the_same()


def _refuse_unpublishable(version: ArticleVersion) -> None:
    if version.published_at is not None:
        raise Refused(wording.article_published_already(version.published_at))
    if why := why_not_publish_article(version):
        raise Refused(why)


def _write(version: ArticleVersion, *, published_by: User, now: datetime) -> None:
    """Put the text of a version into the article that sellers read."""
    article = Article.objects.filter(policy=version.policy_id).first()
    before = snapshot(article) if article else {}
    article = article or Article(policy_id=version.policy_id)
    article.title, article.summary, article.updated_at = version.title, version.summary, now
    article.save()
    sections = list(version.sections.all())
    article.sections.exclude(pk__in=[one.replaces_id for one in sections if one.replaces_id]).delete()
    # A slug may go from one section to another: all are out of the way first.
    article.sections.update(slug=Concat(Value("-"), Cast("pk", CharField())))
    for one in sections:
        texts = {name: getattr(one, name) for name in TEXTS}
        ArticleSection(pk=one.replaces_id, article=article, **texts).save()
    note = trail_notes.article_published()
    record(by=published_by, action="publish", about=article, note=note, before=before, now=now)

"""A text of an article is drafted by one person and published by another, or alone with a reason that others read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry, LoneDecision
from healthportal.roles import POLICY_EDITOR, REVIEWER
from healthportal.workbench.selectors import needs_of
from kit.outcomes import Refused
from kit.second_person import OwnProposal
from policies.models import Article, ArticleSection, ArticleVersion
from policies.services import draft_article, propose_article, publish_article, take_back_proposal
from sellers.services import BeyondScope, limit_staff
from tests.factories import (
    NOW,
    ArticleFactory,
    ArticleSectionFactory,
    ArticleVersionFactory,
    ArticleVersionSectionFactory,
    MarketFactory,
    PolicyFactory,
    QuestionFactory,
    QuizFactory,
    UserFactory,
    person_in,
)
from tests.forms import fields_of
from tests.quizzes.test_models import refuses
from tests.threads import together

pytestmark = pytest.mark.django_db
WHY = "Nobody else is at work before Monday."


def staff(role: str = POLICY_EDITOR) -> User:
    return person_in(role)


def url(page: str, *args: object, model: str = "articleversion") -> str:
    return reverse(f"admin:policies_{model}_{page}", args=args)


@pytest.fixture
def section() -> ArticleSection:
    article = ArticleFactory(title="Claims", summary="Only what you can prove.")
    found: ArticleSection = ArticleSectionFactory(article=article, slug="proof", title="Proof", body="A report.")
    return found


def drafted(section: ArticleSection, **texts: str) -> ArticleVersion:
    """A draft of the section's article, in which that section says something else."""
    draft = draft_article(article=section.article, drafted_by=staff(), now=NOW)
    draft.sections.filter(replaces=section).update(**(texts or {"body": "A test report."}))
    return draft


def proposed(section: ArticleSection, by: User) -> ArticleVersion:
    return propose_article(version=drafted(section), proposed_by=by, now=NOW)


def names_of(person: User) -> set[str]:
    return {found.need.name for found in needs_of(person, now=timezone.now())}


# --- Drafting, proposing, publishing


def test_draft_starts_with_what_sellers_read_and_there_is_one(section: ArticleSection) -> None:
    by = staff()
    draft = draft_article(article=section.article, drafted_by=by, now=NOW)
    assert (draft.title, draft.summary) == ("Claims", "Only what you can prove.")
    (copied,) = draft.sections.all()
    assert (copied.replaces, copied.slug, copied.title, copied.body) == (section, "proof", "Proof", "A report.")
    assert draft_article(article=section.article, drafted_by=staff(), now=NOW) == draft
    assert AuditEntry.objects.get().person == by


def test_sellers_read_nothing_of_it_until_another_publishes(section: ArticleSection, client: Client) -> None:
    by, other = staff(), staff()
    version = proposed(section, by)
    address = section.article.get_absolute_url()
    assert "A test report." not in client.get(address).text
    with pytest.raises(OwnProposal):
        publish_article(version=version, published_by=by, now=NOW)
    published = publish_article(version=version, published_by=other, now=NOW)
    assert (published.proposed_by, published.published_by, published.alone_reason) == (by, other, "")
    assert "A test report." in client.get(address).text
    article = Article.objects.get(pk=section.article_id)
    assert article.updated_at == NOW
    entries = AuditEntry.objects.filter(action="publish").order_by("pk")
    assert [(entry.kind, entry.person, entry.note) for entry in entries] == [
        ("policies.article", other, "Published: sellers read it."),
        ("policies.articleversion", other, "Published: sellers read it."),
    ]


def test_section_keeps_its_id_and_its_questions_whatever_it_is_called(section: ArticleSection) -> None:
    question = QuestionFactory(quiz=QuizFactory(policy=section.article.policy), section=section)
    gone = ArticleSectionFactory(article=section.article, slug="labels", position=2)
    draft = draft_article(article=section.article, drafted_by=staff(), now=NOW)
    draft.sections.filter(replaces=gone).delete()
    draft.sections.update(slug="labels", title="Labels")
    ArticleVersionSectionFactory(version=draft, slug="proof", title="Proof", position=3)
    publish_article(version=draft, published_by=staff(), now=NOW, alone_reason=WHY)
    question.refresh_from_db()
    assert question.section == section
    found = list(section.article.sections.values_list("position", "slug", "title"))
    assert found == [(1, "labels", "Labels"), (3, "proof", "Proof")]
    assert not ArticleSection.objects.filter(pk=gone.pk).exists()


def test_sections_exchange_their_addresses(section: ArticleSection) -> None:
    other = ArticleSectionFactory(article=section.article, slug="labels", position=2)
    draft = drafted(section, slug="for-a-moment")
    draft.sections.filter(replaces=other).update(slug="proof")
    draft.sections.filter(replaces=section).update(slug="labels")
    publish_article(version=draft, published_by=staff(), now=NOW, alone_reason=WHY)
    assert dict(section.article.sections.values_list("pk", "slug")) == {section.pk: "labels", other.pk: "proof"}


def test_first_text_makes_the_article() -> None:
    version = ArticleVersionSectionFactory(slug="proof", version__title="Claims").version
    propose_article(version=version, proposed_by=staff(), now=NOW)
    publish_article(version=version, published_by=staff(), now=NOW)
    article = Article.objects.get(policy=version.policy)
    assert (article.title, article.sections.get().slug) == ("Claims", "proof")


def test_who_goes_alone_says_why_and_the_others_read_it(section: ArticleSection) -> None:
    by, other, draft = staff(), staff(), drafted(section)
    with pytest.raises(OwnProposal):
        publish_article(version=draft, published_by=by, now=NOW)
    published = publish_article(version=draft, published_by=by, now=timezone.now(), alone_reason=WHY)
    assert (published.proposed_by, published.published_by, published.alone_reason) == (by, by, WHY)
    assert LoneDecision.objects.get().permission == "policies.change_articleversion"
    assert "lone_decisions" in names_of(other)


def test_what_says_nothing_new_or_is_published_is_refused(section: ArticleSection) -> None:
    by = staff()
    same = draft_article(article=section.article, drafted_by=by, now=NOW)
    with pytest.raises(Refused, match="read already"):
        propose_article(version=same, proposed_by=by, now=NOW)
    with pytest.raises(Refused, match="does not wait"):
        take_back_proposal(version=same, taken_back_by=by, now=NOW)
    with pytest.raises(Refused, match="read already"):
        publish_article(version=same, published_by=by, now=NOW)
    same.delete()
    version = proposed(section, by)
    with pytest.raises(Refused, match="waits for a second person already"):
        propose_article(version=version, proposed_by=by, now=NOW)
    publish_article(version=version, published_by=staff(), now=NOW)
    for _time in range(2):
        with pytest.raises(Refused, match="It was published on"):
            publish_article(version=version, published_by=staff(), now=NOW)


def test_who_works_for_some_markets_publishes_for_none(section: ArticleSection) -> None:
    limited = staff()
    limit_staff(person=limited, markets=[MarketFactory()], limited_by=None, now=NOW)
    version = drafted(section)
    with pytest.raises(BeyondScope):
        propose_article(version=version, proposed_by=limited, now=NOW)
    propose_article(version=version, proposed_by=staff(), now=NOW)
    with pytest.raises(BeyondScope):
        publish_article(version=version, published_by=limited, now=NOW)
    with pytest.raises(BeyondScope):
        take_back_proposal(version=version, taken_back_by=limited, now=NOW)


# --- What the database holds


def test_database_publishes_none_without_a_second_person_or_a_reason(section: ArticleSection) -> None:
    by = staff()
    version = proposed(section, by)
    sql = "UPDATE policies_articleversion SET published_at = now(), published_by_id = %s WHERE id = %s"
    refuses("article_version_approved_by_another", sql, by.pk, version.pk)
    sql = "UPDATE policies_articleversion SET published_at = now() WHERE id = %s"
    refuses("article_version_decision_is_whole", sql, version.pk)
    sql = "UPDATE policies_articleversion SET proposed_by_id = NULL WHERE id = %s"
    refuses("article_version_proposed_by_somebody", sql, version.pk)
    sql = "INSERT INTO policies_articleversion (policy_id, title, summary) VALUES (%s, 'Two', 'Two.')"
    refuses("article_version_one_draft_per_policy", sql, version.policy_id)
    sql = "UPDATE policies_articleversionsection SET body = repeat('x', 20001)"
    refuses("article_version_section_body_fits", sql)
    sql = (
        "INSERT INTO policies_articleversionsection (version_id, position, slug, title, body)"
        " VALUES (%s, 2, 'proof', 'Again', 'Again.')"
    )
    refuses("article_version_section_slug_unique", sql, version.pk)


def test_database_changes_no_published_text(section: ArticleSection) -> None:
    version = publish_article(version=drafted(section), published_by=staff(), now=NOW, alone_reason=WHY)
    other = ArticleVersionSectionFactory()
    frozen, frozen_section = "article_version_published_is_frozen", "article_version_section_is_frozen"
    refuses(frozen, "UPDATE policies_articleversion SET title = 'Else' WHERE id = %s", version.pk)
    refuses(frozen_section, "DELETE FROM policies_articleversionsection WHERE version_id = %s", version.pk)
    refuses(frozen_section, "UPDATE policies_articleversionsection SET body = 'Else' WHERE version_id = %s", version.pk)
    sql = "UPDATE policies_articleversionsection SET version_id = %s WHERE id = %s"
    refuses(frozen_section, sql, version.pk, other.pk)
    sql = (
        "INSERT INTO policies_articleversionsection (version_id, position, slug, title, body)"
        " VALUES (%s, 2, 'more', 'More', 'More.')"
    )
    refuses(frozen_section, sql, version.pk)
    version.sections.all()
    section.delete()  # what it became may go: the text stays
    assert version.sections.get().replaces is None


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_are_one(section: ArticleSection) -> None:
    version, people = proposed(section, staff()), [UserFactory() for _ in range(4)]
    answers = together(
        4,
        lambda n: publish_article(
            version=ArticleVersion.objects.get(pk=version.pk), published_by=people[n], now=timezone.now()
        ),
    )
    assert sum(isinstance(one, Refused) for one in answers) == 3


# --- Pages


def test_pages_draft_change_propose_and_approve(client: Client, section: ArticleSection) -> None:
    by, other = staff(), staff()
    client.force_login(by)
    article = url("change", section.article_id, model="article")
    draft_it = url("draft", section.article_id, model="article")
    assert f'<form method="post" action="{draft_it}">' in client.get(article).text
    assert client.get(draft_it).status_code == 405
    page = client.post(draft_it).headers["Location"]
    version = ArticleVersion.objects.get()
    assert page == url("change", version.pk)
    assert "says what sellers read already" in client.get(page).text
    assert f'<a href="{page}">Go on with the draft of the article</a>' in client.get(article).text

    sent = fields_of(client.get(page).text) | {"sections-0-body": "A test report."}
    saved = client.post(page, sent)
    assert saved.headers["Location"] == page  # where the next step stands
    assert "<ins>" in client.get(page).text
    publish = url("publish", version.pk)
    assert "somebody else publishes it" in client.get(publish).text
    assert client.post(publish, {"alone_reason": ""}).status_code == 302
    assert {"drafted_articles", "proposed_articles"}.isdisjoint(names_of(by))
    assert "somebody else has to decide" in client.post(publish, {"alone_reason": "So."}).text

    client.force_login(other)
    assert f'<a class="button" href="{publish}">Review it</a>' in client.get("/admin/").text
    shown = client.get(publish).text
    assert "<ins>" in shown
    assert 'name="alone_reason"' not in shown
    assert client.post(publish).status_code == 302
    section.refresh_from_db()
    assert section.body == "A test report."
    assert client.get(publish).context["why"].startswith("It was published on")
    assert 'name="title"' not in client.get(page).text  # read-only


def test_first_text_of_a_policy_is_written_and_shown_whole(client: Client) -> None:
    policy = PolicyFactory()
    client.force_login(staff())
    add = reverse("admin:policies_articleversion_add", query={"policy": policy.pk})
    assert add in client.get(reverse("admin:policies_policy_change", args=[policy.pk])).text
    sent = fields_of(client.get(add).text) | {
        "title": "Claims", "summary": "Only what you can prove.", "sections-0-slug": "proof",
        "sections-0-title": "What counts as proof", "sections-0-body": "A **test report**.",
    }  # fmt: skip
    version_page = client.post(add, sent).headers["Location"]
    version = ArticleVersion.objects.get(policy=policy)
    assert version_page == url("change", version.pk)
    assert "<p>A <strong>test report</strong>.</p>" in client.get(url("publish", version.pk)).text
    assert client.get(add).headers["Location"] == version_page  # there is one already
    assert client.post(url("publish", version.pk), {"alone_reason": WHY}).status_code == 302
    assert Article.objects.get(policy=policy).sections.get().title == "What counts as proof"
    assert f'<option value="{policy.pk}"' not in client.get(url("add")).text


def test_draft_that_is_changed_is_not_proposed_any_more(client: Client, section: ArticleSection) -> None:
    version = proposed(section, staff())
    client.force_login(staff())
    page = url("change", version.pk)
    assert "Take the proposal back" in client.get(page).text
    assert client.post(page, fields_of(client.get(page).text) | {"title": "Renamed"}).status_code == 302
    version.refresh_from_db()
    assert (version.title, version.proposed_by, version.proposed_at) == ("Renamed", None, None)


def test_proposal_is_taken_back_on_its_page(client: Client, section: ArticleSection) -> None:
    version = proposed(section, staff())
    client.force_login(staff())
    page = url("take_back", version.pk)
    assert client.get(page).status_code == 200
    assert client.post(page).status_code == 302
    assert "does not wait" in client.post(page).text
    assert client.get(url("changelist"), {"state": "proposed"}).context["cl"].result_count == 0


def test_who_reads_articles_drafts_none(client: Client, section: ArticleSection) -> None:
    client.force_login(staff(REVIEWER))
    assert "Draft a new text" not in client.get(url("change", section.article_id, model="article")).text
    assert client.post(url("draft", section.article_id, model="article")).status_code == 403
    assert client.get(url("publish", drafted(section).pk)).status_code == 403


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": "Other"}, "Title"),
        ({"summary": "Other."}, "Summary"),
    ],
)
def test_difference_names_what_is_new(client: Client, section: ArticleSection, change: Any, said: str) -> None:
    draft = draft_article(article=section.article, drafted_by=staff(), now=NOW)
    ArticleVersion.objects.filter(pk=draft.pk).update(**change)
    client.force_login(staff())
    assert f"<h3>{said}</h3>" in client.get(url("publish", draft.pk)).text


def test_difference_names_sections_that_are_new_gone_renamed_or_elsewhere(
    client: Client, section: ArticleSection
) -> None:
    gone = ArticleSectionFactory(article=section.article, slug="labels", title="Labels", position=2)
    draft = drafted(section, title="What counts", slug="what-counts")
    draft.sections.filter(replaces=gone).delete()
    ArticleVersionSectionFactory(version=draft, slug="more", title="More", position=2)
    client.force_login(staff())
    page = client.get(url("publish", draft.pk)).text
    assert "<h4>Proof → What counts</h4>" in page
    assert "<h4>More (new)</h4>" in page
    assert "<h4>Labels (gone)</h4>" in page
    assert "Sections in their order" in page


def test_list_of_texts_takes_the_same_queries_for_any_number(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    ArticleVersionFactory()
    client.get(url("changelist"))
    with django_assert_max_num_queries(8):
        client.get(url("changelist"))
    ArticleVersionFactory.create_batch(2)
    with django_assert_max_num_queries(8):
        client.get(url("changelist"))

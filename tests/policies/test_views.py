from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from policies.models import Policy
from tests.factories import ArticleFactory, ArticleSectionFactory, PolicyFactory, PolicyVersionFactory, QuizFactory
from tests.pages import ago, signed_in_seller

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def version_url(policy: Policy, number: int) -> str:
    return reverse("policies:version", kwargs={"code": policy.code, "number": number})


def policy_with_versions() -> Policy:
    """Version 1 is replaced, 2 is in force, 3 is announced, 4 is a draft."""
    policy: Policy = PolicyFactory(name="Misleading claims", points=1)
    for number, effective_from in ((2, ago(days=9)), (3, timezone.now() + timedelta(days=9))):
        PolicyVersionFactory(
            policy=policy,
            number=number,
            points=number,
            effective_from=effective_from,
            published_at=ago(days=10),
            change_summary=f"Change {number}.",
            wording=f"## 1. Wording {number}",
        )
    PolicyVersionFactory(policy=policy, number=4, published_at=None, wording="Nobody may read this yet.")
    return policy


def test_policies_are_listed_for_everybody_by_topic(client: Client) -> None:
    policy_with_versions()
    PolicyFactory(name="Giveaways", topic="Buyers", points=False)  # never published
    PolicyFactory(name="Harassment", topic="Buyers", points=8)
    response = client.get(reverse("policies:list"))
    lines = [(line.policy.name, line.version.points) for line in response.context["lines"]]
    assert lines == [("Harassment", 8), ("Misleading claims", 2)]
    assert "New wording from" in response.text


def test_policies_say_when_there_are_none(client: Client) -> None:
    assert "No policies yet" in client.get(reverse("policies:list")).text


@pytest.mark.parametrize("count", [1, 3])
def test_policies_take_the_same_queries_for_any_number(
    client: Client, django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    for _ in range(count):
        ArticleFactory()
    with django_assert_num_queries(3):
        client.get(reverse("policies:list"))


def test_policy_shows_the_wording_in_force_and_all_published_versions(client: Client) -> None:
    policy = policy_with_versions()
    response = client.get(policy.get_absolute_url())
    assert response.context["line"].version.number == 2
    states = [(line.version.number, line.state) for line in response.context["versions"]]
    assert states == [(3, "upcoming"), (2, "in force"), (1, "replaced")]
    for words in ("Wording 2", "Change 3.", "This policy changes on", f"{version_url(policy, 3)}#changes"):
        assert words in response.text, words


def test_next_version_is_announced_first_when_two_are_published_ahead(client: Client) -> None:
    policy = policy_with_versions()
    policy.versions.get(number=4).delete()
    PolicyVersionFactory(
        policy=policy, number=4, effective_from=timezone.now() + timedelta(days=90), change_summary="Change 4."
    )
    response = client.get(policy.get_absolute_url())
    assert response.context["upcoming"].version.number == 3
    assert response.context["line"].version.number == 2


def test_version_page_shows_what_changed_against_the_one_before(client: Client) -> None:
    policy = policy_with_versions()
    changed = client.get(version_url(policy, 2)).text.partition('id="changes"')[2]
    for words in ("against version 1", "Change 2.", "1. Wording 2", "<del>", "<ins>"):
        assert words in changed, words
    assert 'id="changes"' not in client.get(version_url(policy, 1)).text


def test_version_without_notice_says_why_on_its_page_and_the_policys(client: Client) -> None:
    policy, yesterday = PolicyFactory(), ago(days=1)
    PolicyVersionFactory(
        policy=policy,
        number=2,
        published_at=yesterday,
        effective_from=yesterday,
        notice_ends_at=timezone.now() + timedelta(days=14),
        immediate_reason="A **court** ordered it.",
    )
    for url in [policy.get_absolute_url(), version_url(policy, 2)]:
        text = client.get(url).text
        assert "took effect at once, without the usual notice" in text
        assert "A <strong>court</strong> ordered it." in text
        assert "because: A court ordered it." in text


@pytest.mark.parametrize(("number", "words"), [(1, "An earlier wording"), (2, "Wording 2"), (3, "In force from")])
def test_each_published_version_has_its_page(client: Client, number: int, words: str) -> None:
    response = client.get(version_url(policy_with_versions(), number))
    assert response.context["line"].version.number == number
    assert words in response.text


def test_drafts_and_unknown_versions_and_policies_are_not_found(client: Client) -> None:
    policy = policy_with_versions()
    draft_only = PolicyFactory(points=False)
    PolicyVersionFactory(policy=draft_only, published_at=None)
    urls = [
        version_url(policy, 4),
        version_url(policy, 5),
        draft_only.get_absolute_url(),
        reverse("policies:detail", kwargs={"code": "unknown"}),
        reverse("policies:article", kwargs={"code": policy.code}),
    ]
    assert [client.get(url).status_code for url in urls] == [404] * 5


def test_a_policy_that_is_only_announced_can_be_read(client: Client) -> None:
    policy = PolicyFactory(points=False)
    PolicyVersionFactory(policy=policy, effective_from=timezone.now() + timedelta(days=5))
    assert client.get(policy.get_absolute_url()).context["line"].state == "upcoming"


def test_article_has_sections_that_can_be_linked_to(client: Client) -> None:
    section = ArticleSectionFactory(title="Proof first", body="Some **advice**.")
    text = client.get(section.article.get_absolute_url()).text
    assert f'id="{section.slug}"' in text
    assert f'href="#{section.slug}"' in text
    assert "<strong>advice</strong>" in text


def test_article_without_sections_leads_to_the_policy(client: Client) -> None:
    article = ArticleFactory()
    assert article.policy.get_absolute_url() in client.get(article.get_absolute_url()).text


def test_only_members_see_the_link_to_the_quiz(client: Client) -> None:
    article = ArticleFactory()
    QuizFactory(policy=article.policy)
    urls = [article.get_absolute_url(), article.policy.get_absolute_url()]
    assert all("The quiz about this policy" not in client.get(url).text for url in urls)
    signed_in_seller(client)
    assert all("The quiz about this policy" in client.get(url).text for url in urls)


def test_public_pages_can_be_kept_by_caches_but_not_those_of_a_person(client: Client) -> None:
    url = ArticleFactory().get_absolute_url()
    public = client.get(url)
    assert public.headers["Cache-Control"] == "public, max-age=300"
    assert "Cookie" in public.headers["Vary"]
    assert client.get(url, headers={"If-None-Match": public.headers["ETag"]}).status_code == 304
    signed_in_seller(client)
    assert client.get(url).headers["Cache-Control"] == "private, no-store"


def test_members_read_when_a_policy_changes_in_the_time_of_their_market(client: Client) -> None:
    policy = PolicyFactory()
    midnight = datetime(timezone.now().year + 1, 12, 15, tzinfo=UTC)
    PolicyVersionFactory(policy=policy, number=2, effective_from=midnight)
    assert f"This policy changes on 15 Dec {midnight.year}, 00:00 UTC" in client.get(policy.get_absolute_url()).text
    signed_in_seller(client)
    text = client.get(policy.get_absolute_url()).text
    assert f"This policy changes on 14 Dec {midnight.year}, 19:00 EST" in text
    assert "times are shown in E" in text


def test_public_pages_only_answer_reading(client: Client) -> None:
    assert client.post(reverse("policies:list")).status_code == 405


def test_policy_and_article_lead_to_the_sellers_violations_of_it(client: Client) -> None:
    article = ArticleFactory()
    pages = [article.policy.get_absolute_url(), article.get_absolute_url()]
    assert not any("?policy=" in client.get(page).text for page in pages)
    seller = signed_in_seller(client)
    link = f"{reverse('violations:list', kwargs={'seller_id': seller.pk})}?policy={article.policy.code}"
    assert all(link in client.get(page).text for page in pages)
    assert client.get(link).status_code == 200

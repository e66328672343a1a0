from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from inbox import views
from inbox.context import unread
from inbox.models import Message, MessageRead
from inbox.rendering import fixed_words
from inbox.selectors import MAX_REPORTS_LISTED
from inbox.services import Concern, MessageDraft, post_messages
from sellers.models import Seller
from sellers.services import ContentDraft, put_content
from tests.factories import ContentFactory, MemberFactory, SellerFactory
from tests.pages import LONG_AGO, ago, signed_in_seller

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def inbox_url(seller: Seller) -> str:
    return reverse("inbox:list", kwargs={"seller_id": seller.pk})


NEW_POLICY = {
    "policy": "Giveaways",
    "code": "GIFTS",
    "number": 1,
    "requirement": "Be true.",
    "effective_from": "2026-02-01T00:00:00+00:00",
    "zone": "America/New_York",
    "at_once": False,
    "immediate_reason": "",
    "change_summary": "",
    "points": 2,
}


def post(seller: Seller, *, now: datetime | None = None, **fields: object) -> Message:
    values: dict[str, object] = {"kind": Message.Kind.NOTICE, "subject": "Hello", "body": "Some **words**."}
    draft = MessageDraft(seller_id=seller.pk, **(values | fields))
    (message_id,) = post_messages(market=seller.market, drafts=[draft], now=now or ago(days=1))
    return Message.objects.get(pk=message_id)


def test_words_of_a_notice_carry_their_language_and_those_of_the_portal_that_of_the_page(client: Client) -> None:
    seller = signed_in_seller(client)
    thai, unknown = post(seller, subject="สวัสดี", language="th"), post(seller)
    page = client.get(thai.get_absolute_url()).text
    assert '<bdi lang="th">สวัสดี</bdi>' in page
    assert '<div class="prose" lang="th">' in page
    assert '<bdi lang="th">สวัสดี</bdi>' in client.get(inbox_url(seller)).text
    assert '<div class="prose">' in client.get(unknown.get_absolute_url()).text


def test_the_inbox_lists_the_latest_first_and_counts_the_unread(client: Client) -> None:
    seller = signed_in_seller(client)
    old, new = post(seller, now=ago(days=3)), post(seller)
    response = client.get(inbox_url(seller))
    assert list(response.context["page"]) == [new, old]
    assert "Mark all 2 as read" in response.text


@pytest.mark.parametrize("address", ["/policies/", "/workshops/", "/accounts/email/"])
def test_pages_of_no_seller_count_the_unread_of_the_one_opened_last(client: Client, address: str) -> None:
    seller = signed_in_seller(client)
    post(seller)
    client.get(inbox_url(seller))
    assert '1<span class="visually-hidden"> unread' in client.get(address).text
    client.logout()
    assert " unread" not in client.get("/policies/").text


def test_the_inbox_filters_by_kind_and_state(client: Client) -> None:
    seller = signed_in_seller(client)
    policy, notice = post(seller, kind=Message.Kind.POLICY), post(seller)
    client.get(policy.get_absolute_url())
    lists = [
        list(client.get(inbox_url(seller), query).context["page"])
        for query in ({"kind": "policy"}, {"state": "unread"}, {"state": "read"})
    ]
    assert lists == [[policy], [notice], [policy]]


REPORT = {"week": "2026-W46", "violations": 0, "points_at_start": 0, "points_at_end": 0, "milestones": [12]}


def post_report(seller: Seller, **span: float) -> Message:
    return post(
        seller,
        now=ago(**span),
        kind=Message.Kind.REPORT,
        template=Message.Template.REPORT_PUBLISHED,
        subject="",
        body="",
        data=REPORT | {"next_milestone": 12},
    )


def test_weekly_reports_stand_in_one_row_where_the_latest_would(client: Client) -> None:
    seller = signed_in_seller(client)
    old, reports = post(seller, now=ago(days=9)), [post_report(seller, days=8 - day) for day in range(2)]
    new = post(seller, now=ago(days=1))
    client.get(reports[0].get_absolute_url())
    response = client.get(inbox_url(seller))
    first, together, last = response.context["rows"]
    assert [first.message, last.message] == [new, old]
    assert [row.message for row in together.rows] == reports[::-1]
    assert (together.unread, together.rest) == (1, 0)
    assert "Weekly reports (2)" in response.text
    assert "<b>4</b> messages" in response.text


def test_the_row_of_reports_shows_the_latest_and_leads_to_all(client: Client) -> None:
    seller = signed_in_seller(client)
    for day in range(MAX_REPORTS_LISTED + 1):
        post_report(seller, days=20 - day)
    response = client.get(inbox_url(seller))
    (together,) = response.context["rows"]
    assert (len(together.rows), together.rest) == (MAX_REPORTS_LISTED, 1)
    assert 'href="?kind=report">See all 9 weekly reports' in response.text
    assert len(client.get(inbox_url(seller), {"kind": "report"}).context["rows"]) == 9


def test_one_weekly_report_is_a_message_like_others(client: Client) -> None:
    seller = signed_in_seller(client)
    report = post_report(seller, days=1)
    assert [row.message for row in client.get(inbox_url(seller)).context["rows"]] == [report]


def test_reports_stand_on_the_first_page_only(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MESSAGES_PER_PAGE", 2)
    seller = signed_in_seller(client)
    post_report(seller, days=9), post_report(seller, days=8)
    messages = [post(seller, now=ago(days=7 - day)) for day in range(3)]
    first, second = (client.get(inbox_url(seller), {"page": page}).context["rows"] for page in (1, 2))
    assert [row.message for row in first[:2]] == messages[:0:-1]
    assert first[2].count == 2
    assert [row.message for row in second] == messages[:1]


def test_a_row_says_in_one_line_how_a_message_begins(client: Client) -> None:
    seller = signed_in_seller(client)
    post(
        seller,
        body="Some **words**.\n\nMore of them.",
        concerns=Concern.of(ContentFactory(seller=seller, title="Sunday")),
    )
    (row,) = client.get(inbox_url(seller)).context["rows"]
    assert (row.line, row.icon) == ("Some words.", "megaphone")


def test_a_message_leads_to_those_beside_it(client: Client) -> None:
    seller = signed_in_seller(client)
    post(SellerFactory(market=seller.market), now=ago(days=2))
    moment = ago(days=2)
    messages = [post(seller, now=now) for now in (ago(days=3), moment, moment)]
    urls = [message.get_absolute_url() for message in messages]
    texts = [client.get(url).text for url in urls]
    newer = [f'href="{url}" rel="prev"' for url in urls]
    older = [f'href="{url}" rel="next"' for url in urls]
    assert [newer[1] in texts[0], "Older message" in texts[0]] == [True, False]
    assert [newer[2] in texts[1], older[0] in texts[1]] == [True, True]
    assert ["Newer message" in texts[2], older[1] in texts[2]] == [False, True]


def test_an_empty_inbox_says_what_will_appear(client: Client) -> None:
    assert "No messages" in client.get(inbox_url(signed_in_seller(client))).text


def test_filters_that_leave_nothing_can_be_cleared(client: Client) -> None:
    seller = signed_in_seller(client)
    post(seller)
    assert "No message matches these filters" in client.get(inbox_url(seller), {"state": "read"}).text


@pytest.mark.parametrize("count", [1, 3])
def test_the_inbox_takes_the_same_queries_for_any_number(
    client: Client, django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    seller = signed_in_seller(client)
    for _ in range(count):
        post(seller, concerns=Concern.of(ContentFactory(seller=seller)))
    client.get(inbox_url(seller))
    with django_assert_num_queries(8):
        client.get(inbox_url(seller))


def test_opening_a_message_marks_it_as_read_once(client: Client) -> None:
    seller = signed_in_seller(client)
    message = post(seller)
    client.head(message.get_absolute_url())
    assert not message.reads.exists()
    client.get(message.get_absolute_url())
    first = message.reads.get()
    assert first.user in seller.users.all()
    client.get(message.get_absolute_url())
    assert message.reads.get().read_at == first.read_at


def test_what_one_member_reads_stays_unread_for_the_other(client: Client) -> None:
    seller = signed_in_seller(client)
    first, second = post(seller, subject="First"), post(seller, subject="Second")
    client.get(first.get_absolute_url())
    other = MemberFactory(seller=seller)
    page = client.get(inbox_url(seller))
    assert "Mark all 1 as read" in page.text
    assert [(message, message.is_read) for message in page.context["page"]] == [(second, False), (first, True)]
    client.force_login(other.user)
    page = client.get(inbox_url(seller))
    assert "Mark all 2 as read" in page.text
    assert [message.is_read for message in page.context["page"]] == [False, False]
    assert list(client.get(inbox_url(seller), {"state": "read"}).context["page"]) == []


def test_a_member_who_was_removed_reads_nothing(client: Client) -> None:
    seller = signed_in_seller(client)
    message = post(seller)
    seller.members.all().delete()
    assert client.get(message.get_absolute_url()).status_code == 404
    moment = {"posted_until": timezone.now().isoformat()}
    assert client.post(reverse("inbox:read_all", kwargs={"seller_id": seller.pk}), moment).status_code == 404
    assert not message.reads.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_badge_is_one_query(
    rf: RequestFactory, django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    member = MemberFactory(seller__market__books_closed_until=LONG_AGO)
    request = rf.get("/")
    request.user, request.seller = member.user, member.seller  # type: ignore[attr-defined]  # as the view sets it
    for _ in range(count):
        post(member.seller)
    with django_assert_num_queries(1):
        assert unread(request)["unread_count"] == count


def test_a_message_shows_its_words_its_content_and_where_it_leads(client: Client) -> None:
    seller = signed_in_seller(client)
    content = ContentFactory(seller=seller, title="Sunday LIVE")
    message = post(
        seller,
        now=datetime(2026, 1, 2, 3, 30, tzinfo=UTC),
        template=Message.Template.POLICY_ADDED,
        subject="",
        body="",
        about_kind="policy_version",
        about_id=1,
        data=NEW_POLICY,
        concerns=Concern.of(content),
    )
    text = client.get(message.get_absolute_url()).text
    for words in (
        "New policy: Giveaways",
        "A new policy, <strong>Giveaways</strong>, takes effect on 31 Jan 2026, 19:00 EST.",
        "Sunday LIVE",
        'href="/policies/GIFTS/versions/1/">Read the policy',
        "1 Jan 2026, 22:30 EST",
    ):
        assert words in text, words


def test_a_message_shows_its_content_as_it_was_when_it_was_posted(client: Client) -> None:
    seller = signed_in_seller(client)
    content = ContentFactory(seller=seller, title="Sunday LIVE", url="https://example.com/1")
    message = post(seller, concerns=Concern.of(content))
    pages = [message.get_absolute_url(), inbox_url(seller)]
    before = [main_of(client.get(page).text) for page in pages * 2][2:]  # the first time marks it as read
    draft = ContentDraft(content.kind, content.external_id, "Renamed", url="https://renamed.example/")
    put_content(market=seller.market, drafts=[(seller.external_id, draft)], now=timezone.now())
    after = [main_of(client.get(page).text) for page in pages]
    assert [text.count("Sunday LIVE") for text in after] == [1, 1]
    assert "renamed" not in "".join(after).lower()
    assert after[0] == before[0]


def main_of(text: str) -> str:
    return text[text.index("<main") : text.index("</main>")]


def test_mark_all_as_read_spares_what_came_after_the_list(client: Client) -> None:
    seller = signed_in_seller(client)
    before, after = post(seller, now=ago(hours=2)), post(seller, now=ago(minutes=1))
    url = reverse("inbox:read_all", kwargs={"seller_id": seller.pk})
    response = client.post(url, {"posted_until": (timezone.now() - timedelta(hours=1)).isoformat()}, follow=True)
    assert "1 message marked as read." in response.text
    assert list(Message.objects.unread(user=seller.users.get())) == [after]
    assert before != after


def test_mark_all_as_read_takes_the_moment_that_the_list_gave(client: Client) -> None:
    seller = signed_in_seller(client)
    post(seller)
    moment = client.get(inbox_url(seller)).text.split('name="posted_until" value="')[1].split('"')[0]
    client.post(reverse("inbox:read_all", kwargs={"seller_id": seller.pk}), {"posted_until": moment})
    assert not Message.objects.unread(user=seller.users.get()).exists()


def test_mark_all_as_read_without_a_moment_changes_nothing(client: Client) -> None:
    seller = signed_in_seller(client)
    post(seller)
    response = client.post(reverse("inbox:read_all", kwargs={"seller_id": seller.pk}), follow=True)
    assert "Nothing was marked as read" in response.text
    assert not MessageRead.objects.exists()


def test_mark_all_as_read_is_no_link(client: Client) -> None:
    seller = signed_in_seller(client)
    assert client.get(reverse("inbox:read_all", kwargs={"seller_id": seller.pk})).status_code == 405


def test_messages_of_another_seller_are_not_found_and_stay_unread(client: Client) -> None:
    own = signed_in_seller(client)
    other = SellerFactory(market=own.market)
    message = post(other)
    through_own = reverse("inbox:detail", kwargs={"seller_id": own.pk, "message_id": message.pk})
    for url in (message.get_absolute_url(), through_own, inbox_url(other)):
        assert client.get(url).status_code == 404
    moment = {"posted_until": timezone.now().isoformat()}
    assert client.post(reverse("inbox:read_all", kwargs={"seller_id": other.pk}), moment).status_code == 404
    client.post(reverse("inbox:read_all", kwargs={"seller_id": own.pk}), moment)
    assert not MessageRead.objects.exists()


# --- Search


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("giveaways", ["policy"]),
        ("GIFTS", ["policy"]),
        ("Policy", ["policy"]),
        ("new policy give", ["policy"]),
        ("new policy hello", []),
        ("hello", ["notice"]),
        ("N-4711", ["notice"]),
        ("soap", ["about"]),
        ("notice", ["about", "notice"]),
        ("requirement", []),
        (".*", []),
        ('"', []),
        ("\\", []),
        ("朝露", []),
        ("   ", ["policy", "about", "notice"]),
    ],
)
def test_messages_are_found_by_subject_policy_content_and_reference(
    client: Client, text: str, found: list[str]
) -> None:
    seller = signed_in_seller(client)
    concerns = Concern.of(ContentFactory(seller=seller, title="Soap"))
    messages = {
        "notice": post(seller, external_id="N-4711"),
        "about": post(seller, subject="A word", concerns=concerns),
        "policy": post(seller, kind="policy", template="policy_added", subject="", body="", data=NEW_POLICY),
    }
    rows = client.get(inbox_url(seller), {"q": text}).context["rows"]
    assert [row.message for row in rows] == sorted((messages[name] for name in found), key=lambda one: -one.pk)
    post(SellerFactory(market=seller.market), subject="hello N-4711 giveaways")
    assert len(client.get(inbox_url(seller), {"q": text}).context["rows"]) == len(found)


def test_search_that_finds_nothing_says_so_and_can_be_cleared(client: Client) -> None:
    text = client.get(inbox_url(signed_in_seller(client)), {"q": "nothing like it"}).text
    assert "No message matches these filters" in text
    assert 'value="nothing like it"' in text
    assert "Clear filters" in text


def test_words_of_every_subject_are_known() -> None:
    for name in Message.Template.values:
        if name != Message.Template.NOTICE:
            words = fixed_words("subject", template=name)
            assert (bool(words.strip()), "%(" in words) == (True, False), name

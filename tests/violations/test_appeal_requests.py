"""What reviewers ask sellers for, what sellers answer, and the clock that stands meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from healthportal.roles import AUDITOR, REVIEWER
from inbox.models import Message
from kit.outcomes import Refused
from sellers.models import Market
from sellers.services import add_member
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    issue,
)
from tests.pages import (
    ago,
    signed_in_seller,
    staff_client,
)
from tests.threads import at_once
from tests.violations.appealing import DENIAL, HTML, PNG, appeal_against, upload
from tests.violations.test_models import refused
from violations.models import Appeal, AppealAnswer, AppealDraft, AppealRequest, RequestState
from violations.selectors import appeal_queue, drafts_of
from violations.services import (
    ask_seller,
    attach_to_draft,
    deny_appeal,
    grant_appeal,
    grant_partly,
    save_draft,
    send_answer,
    sweep_drafts,
    void_violation,
    why_not_answer,
    withdraw_appeal,
    withdraw_request,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

DAY = timedelta(days=1)


@pytest.fixture
def appeal() -> Appeal:
    return appeal_against(issue(MemberFactory().seller, PolicyFactory(name="Giveaways", points=4)))


@pytest.fixture
def reviewer() -> User:
    person: User = UserFactory(is_staff=True)
    return person


def ask(appeal: Appeal, *, now: datetime = NOW + DAY, **fields: Any) -> AppealRequest:
    values = {"things": ["The supplier's invoice"], "asked_by": fields.pop("asked_by", None) or UserFactory()}
    return ask_seller(appeal=appeal, now=now, **values | fields)


def answer(request: AppealRequest, *, now: datetime, is_last: bool = True, files: Any = ()) -> AppealAnswer:
    member = request.appeal.seller.users.first()
    draft = save_draft(
        violation=request.appeal.violation, member=member, text="Here it is.", window="w", request=request, now=now
    )
    assert attach_to_draft(draft=draft, attachments=files) == []
    return send_answer(draft=draft, is_last=is_last, now=now)


def fresh(appeal: Appeal) -> Appeal:
    return Appeal.objects.get(pk=appeal.pk)


# --- Asking


def test_asking_tells_the_seller_what_until_when_and_leaves_a_trail(appeal: Appeal, reviewer: User) -> None:
    things = ["The supplier's invoice", " ", "  A photo of the label\u200b"]
    request = ask(appeal, things=things, note=" It **names** the maker. ", asked_by=reviewer)
    assert request.things == ["The supplier's invoice", "A photo of the label\u200b"]
    assert (request.note, request.asked_at, request.answer_by) == ("It **names** the maker.", NOW + DAY, NOW + 8 * DAY)
    message = Message.objects.get(template="appeal_asked")
    assert message.subject == "Your appeal needs an answer by 26 Nov 2026: Giveaways"
    assert message.path == appeal.get_absolute_url()
    for words in ["- The supplier's invoice", "It **names** the maker.", "An answer admits nothing.", appeal.reference]:
        assert words in message.body, words
    entry = AuditEntry.objects.get(action="ask")
    assert (entry.person, entry.object_name) == (reviewer, str(appeal))
    assert "Asked the seller for: The supplier's invoice; A photo" in entry.note


@pytest.mark.parametrize(
    ("things", "message"),
    [
        ([], "Name what is missing"),
        ([" ", "\u200b"], "Name what is missing"),
        (["x"] * 11, "at most 10 things"),
        (["x" * 201], "at most 200 characters"),
    ],
)
def test_request_names_some_things(appeal: Appeal, things: list[str], message: str) -> None:
    with pytest.raises(Refused, match=message) as fault:
        ask(appeal, things=things)
    assert fault.value.field == "things"


def test_seller_is_asked_for_one_list_at_a_time(appeal: Appeal) -> None:
    request = ask(appeal)
    with pytest.raises(Refused, match="Withdraw the request to go on now"):
        ask(appeal, now=request.answer_by - timedelta(microseconds=1))
    assert ask(appeal, now=request.answer_by).pk


def test_who_does_not_decide_does_not_ask_and_withdraws_no_request(appeal: Appeal) -> None:
    filer = appeal.filed_by
    member = appeal.seller.users.exclude(pk=filer.pk).get()
    for person in (member, filer):
        with pytest.raises(Refused, match="somebody else decides"):
            ask(appeal, asked_by=person)
    request = ask(appeal)
    with pytest.raises(Refused, match="somebody else decides"):
        withdraw_request(request=request, withdrawn_by=member, now=NOW + 2 * DAY)


def test_nothing_is_asked_about_an_appeal_that_is_not_open(appeal: Appeal, reviewer: User) -> None:
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=reviewer, now=NOW + DAY)
    with pytest.raises(Refused, match="not open any more"):
        ask(appeal, now=NOW + 2 * DAY)


# --- The clock


def test_clock_stands_until_the_last_answer(appeal: Appeal) -> None:
    due = appeal.decide_by
    request = ask(appeal)
    assert fresh(appeal).decide_by == due + 7 * DAY
    answer(request, now=NOW + 3 * DAY, is_last=False)
    assert fresh(appeal).decide_by == due + 7 * DAY
    answer(request, now=NOW + 4 * DAY)
    assert (fresh(appeal).decide_by, fresh(appeal).first_decide_by) == (due + 3 * DAY, due)


def test_clock_goes_on_by_itself_when_the_time_to_answer_ends(appeal: Appeal) -> None:
    due, request = appeal.decide_by, ask(appeal)
    assert request.state(as_of=request.answer_by - timedelta(microseconds=1)) is RequestState.WAITING
    assert request.state(as_of=request.answer_by) is RequestState.OVER
    assert fresh(appeal).decide_by == due + 7 * DAY


def test_clock_goes_on_when_a_request_is_withdrawn(appeal: Appeal, reviewer: User) -> None:
    due, request = appeal.decide_by, ask(appeal)
    withdraw_request(request=request, withdrawn_by=reviewer, now=NOW + 2 * DAY)
    assert fresh(appeal).decide_by == due + DAY
    message = Message.objects.get(template="appeal_request_withdrawn")
    assert "The reviewer needs nothing more for your appeal" in message.body
    assert "Withdrew the request for: The supplier's invoice" in AuditEntry.objects.get(action="withdraw_request").note
    with pytest.raises(Refused, match="not asked for this any more"):
        withdraw_request(request=request, withdrawn_by=reviewer, now=NOW + 3 * DAY)


def test_market_sets_the_time_to_answer(appeal: Appeal) -> None:
    Market.objects.update(appeal_answer_days=2)
    request = ask(appeal)
    assert request.answer_by == request.asked_at + 2 * DAY
    Market.objects.update(appeal_answer_days=20)
    request.refresh_from_db()
    assert request.answer_by == request.asked_at + 2 * DAY


def test_queue_has_what_waits_for_reviewers_only(appeal: Appeal) -> None:
    other = appeal_against(issue(appeal.seller, PolicyFactory()))
    request = ask(appeal)
    assert list(appeal_queue(as_of=NOW + 2 * DAY)) == [other]
    assert list(Appeal.objects.asked(at=NOW + 2 * DAY)) == [appeal]
    assert list(appeal_queue(as_of=request.answer_by)) == [other, appeal]
    assert not Appeal.objects.asked(at=request.answer_by).exists()


# --- Deciding


@pytest.mark.parametrize(
    "decide",
    [
        lambda appeal, **given: grant_appeal(appeal=appeal, **given),
        lambda appeal, **given: grant_partly(appeal=appeal, points=1, reason=DENIAL, **given),
        lambda appeal, **given: deny_appeal(appeal=appeal, reason=DENIAL, **given),
    ],
)
@pytest.mark.parametrize("end", ["answered", "withdrawn", "over"])
def test_nobody_decides_while_the_seller_is_asked(appeal: Appeal, reviewer: User, decide: Any, end: str) -> None:
    request, moment = ask(appeal), NOW + 3 * DAY
    with pytest.raises(Refused, match="can answer until 26 Nov 2026"):
        decide(appeal, decided_by=reviewer, now=moment)
    answer(request, now=moment, is_last=False)
    with pytest.raises(Refused, match="can answer until"):
        decide(appeal, decided_by=reviewer, now=moment)
    if end == "answered":
        answer(request, now=moment)
    elif end == "withdrawn":
        withdraw_request(request=request, withdrawn_by=UserFactory(), now=moment)
    else:
        moment = request.answer_by
    assert decide(appeal, decided_by=reviewer, now=moment).decided_at == moment


# --- Answering


def test_answers_come_several_times_with_files_until_nothing_follows(appeal: Appeal) -> None:
    request = ask(appeal)
    first = answer(request, now=NOW + 2 * DAY, is_last=False, files=[upload()])
    second = answer(request, now=NOW + 3 * DAY, files=[upload("b.png")])
    assert list(request.answers.all()) == [first, second]
    assert [file.name for one in (first, second) for file in one.attachments.all()] == ["proof.png", "b.png"]
    assert not AppealDraft.objects.exists()
    request.refresh_from_db()
    assert (request.answered_at, request.stands_until) == (NOW + 3 * DAY, NOW + 3 * DAY)
    with pytest.raises(Refused, match="You said that nothing more follows"):
        answer(request, now=NOW + 3 * DAY)


def test_answer_comes_in_time_and_of_an_open_appeal(appeal: Appeal, reviewer: User) -> None:
    request = ask(appeal)
    with pytest.raises(Refused, match="The time to answer has ended"):
        answer(request, now=request.answer_by)
    assert why_not_answer(request, as_of=request.answer_by - timedelta(microseconds=1)) == ""
    withdraw_request(request=request, withdrawn_by=reviewer, now=NOW + 2 * DAY)
    with pytest.raises(Refused, match="does not ask for this any more"):
        answer(request, now=NOW + 3 * DAY)


@pytest.mark.parametrize("text", [" \n", "x" * 10_001])
def test_answer_says_something_and_not_too_much(appeal: Appeal, text: str) -> None:
    request, member = ask(appeal), appeal.filed_by
    given: Any = {"violation": appeal.violation, "member": member, "request": request, "now": NOW + DAY}
    draft = save_draft(text=text, window="w", **given)
    with pytest.raises(Refused) as fault:
        send_answer(draft=draft, is_last=True, now=NOW + DAY)
    assert (fault.value.field, AppealDraft.objects.get().text) == ("text", text)


def test_answer_that_was_begun_in_time_and_sent_too_late_is_kept(appeal: Appeal) -> None:
    request, member = ask(appeal), appeal.filed_by
    given: Any = {"violation": appeal.violation, "member": member, "request": request, "now": NOW + DAY}
    draft = save_draft(text="Here.", window="w", **given)
    with pytest.raises(Refused, match="The time to answer has ended"):
        send_answer(draft=draft, is_last=True, now=request.answer_by)
    assert AppealDraft.objects.get().text == "Here."


def test_answer_that_is_sent_in_another_window_is_not_sent_again(appeal: Appeal) -> None:
    request, member = ask(appeal), appeal.filed_by
    given: Any = {"violation": appeal.violation, "member": member, "request": request, "now": NOW + DAY}
    draft = save_draft(text="Here.", window="w", **given)
    stale = AppealDraft.objects.get(pk=draft.pk)
    send_answer(draft=draft, is_last=False, now=NOW + DAY)
    with pytest.raises(Refused, match="sent or deleted in another window"):
        send_answer(draft=stale, is_last=False, now=NOW + DAY)
    assert AppealAnswer.objects.count() == 1


def test_draft_of_an_answer_is_no_draft_of_an_appeal_and_is_swept_after_its_own_time(appeal: Appeal) -> None:
    request, member = ask(appeal), appeal.filed_by
    given: Any = {"violation": appeal.violation, "member": member, "request": request, "now": NOW + DAY}
    save_draft(text="Here.", window="w", **given)
    assert not drafts_of(seller=appeal.seller, member=member, as_of=NOW + DAY)
    assert sweep_drafts(now=request.answer_by + 30 * DAY) == 0
    assert sweep_drafts(now=request.answer_by + 30 * DAY + timedelta(seconds=1)) == 1


# --- The appeal ends meanwhile


def test_request_closes_when_the_appeal_is_withdrawn(appeal: Appeal) -> None:
    request = ask(appeal)
    withdraw_appeal(appeal=appeal, withdrawn_by=appeal.filed_by, now=NOW + 2 * DAY)
    found = AppealRequest.objects.get(pk=request.pk)
    assert found.state(as_of=NOW + 2 * DAY) is RequestState.CLOSED
    assert why_not_answer(found, as_of=NOW + 2 * DAY) == "This appeal is not open any more."
    assert not AppealRequest.objects.waiting(at=NOW + 2 * DAY).exists()


def test_request_closes_when_the_violation_is_voided(appeal: Appeal) -> None:
    request = ask(appeal)
    void_violation(violation=appeal.violation, reason="A faulty detector.", voided_by=None, now=NOW + 2 * DAY)
    found = AppealRequest.objects.get(pk=request.pk)
    assert found.state(as_of=NOW + 2 * DAY) is RequestState.CLOSED
    assert not found.waits(as_of=NOW + 2 * DAY)
    assert not AppealRequest.objects.waiting(at=NOW + 2 * DAY).exists()
    assert not Appeal.objects.asked(at=NOW + 2 * DAY).exists()
    with pytest.raises(Refused, match="not open any more"):
        withdraw_request(request=found, withdrawn_by=UserFactory(), now=NOW + 2 * DAY)


@pytest.mark.django_db(transaction=True)
def test_answering_and_withdrawing_the_request_take_turns(appeal: Appeal) -> None:
    request, member = ask(appeal), appeal.filed_by
    given: Any = {"violation": appeal.violation, "member": member, "request": request, "now": NOW + DAY}
    draft = save_draft(text="Here.", window="w", **given)
    reviewers = iter([UserFactory(), UserFactory()])
    jobs = iter(
        [
            lambda: bool(send_answer(draft=draft, is_last=True, now=NOW + 2 * DAY)),
            lambda: bool(withdraw_request(request=request, withdrawn_by=next(reviewers), now=NOW + 2 * DAY)),
        ]
    )

    def one() -> bool:
        try:
            return next(jobs)()
        except Refused:
            return False

    assert sorted(at_once(2, one)) == [False, True]
    assert fresh(appeal).decide_by == fresh(appeal).first_decide_by + DAY


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_who_ask_at_once_ask_once(appeal: Appeal) -> None:
    people = iter([UserFactory(), UserFactory(), UserFactory()])

    def one() -> str:
        try:
            return str(ask(fresh(appeal), asked_by=next(people)).pk)
        except Refused as refusal:
            return str(refusal)[:20]

    assert sorted(at_once(3, one))[1:] == ["The seller was asked"] * 2
    assert AppealRequest.objects.count() == 1


# --- What must never be


def insert(appeal: Appeal, **fields: Any) -> AppealRequest:
    values: dict[str, Any] = {"appeal": appeal, "things": ["It"], "asked_at": NOW, "answer_by": NOW + 7 * DAY}
    return AppealRequest.objects.create(**values | {"asked_by": UserFactory()} | fields)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"things": []}, "appeal_request_asks_for_some_things"),
        ({"things": ["x"] * 11}, "appeal_request_asks_for_some_things"),
        ({"note": "x" * 2001}, "appeal_request_note_fits"),
        ({"answer_by": NOW}, "appeal_request_gives_time"),
        ({"withdrawn_at": NOW}, "appeal_request_withdrawn_by_somebody"),
        ({"withdrawn_at": NOW + 7 * DAY}, "appeal_request_ends_once_in_time"),
        ({"answered_at": NOW}, "appeal_request_answered_by_an_answer"),
        ({"asked_at": NOW - DAY}, "appeal_request_of_open_appeal"),
    ],
)
def test_request_keeps_to_its_limits(appeal: Appeal, fields: dict[str, Any], rule: str) -> None:
    with refused(rule):
        insert(appeal, **fields)


def test_database_lets_other_hands_ask_and_withdraw_only(appeal: Appeal) -> None:
    staff = UserFactory()
    add_member(seller=appeal.seller, user=staff, now=NOW)
    for person in (staff, appeal.filed_by):
        with refused("appeal_request_by_other_hands"):
            insert(appeal, asked_by=person)
    request = ask(appeal)
    with refused("appeal_request_by_other_hands"):
        AppealRequest.objects.filter(pk=request.pk).update(withdrawn_at=NOW + 2 * DAY, withdrawn_by=staff)


def test_database_keeps_one_request_at_a_time_as_it_was_asked(appeal: Appeal) -> None:
    request = ask(appeal)
    with refused("appeal_request_one_at_a_time"):
        insert(appeal, asked_at=NOW + 2 * DAY, answer_by=NOW + 20 * DAY)
    for changes in ({"things": ["More"]}, {"answer_by": NOW + 90 * DAY}, {"note": "?"}):
        with refused("appeal_request_stays_as_asked"):
            AppealRequest.objects.update(**changes)
    with refused("appeal_request_answered_by_an_answer"):
        AppealRequest.objects.update(answered_at=NOW + 2 * DAY)
    answer(request, now=NOW + 2 * DAY)
    with refused("appeal_request_stays_as_asked"):
        AppealRequest.objects.update(answered_at=None)
    for table in ("violations_appealrequest", "violations_appealanswer"):
        with refused("appeal_request_stays_as_asked"):
            connection.cursor().execute(f"DELETE FROM {table}")
    with refused("appeal_request_stays_as_asked"):
        AppealAnswer.objects.update(text="Something else.")


def test_database_takes_answers_in_time_only(appeal: Appeal) -> None:
    request, person = ask(appeal), UserFactory()
    for sent_at in (request.asked_at - DAY, request.answer_by):
        with refused("appeal_answer_in_time"):
            AppealAnswer.objects.create(request=request, text="Late.", sent_at=sent_at, sent_by=person)
    for text, rule in ((" ", "appeal_answer_says_something"), ("x" * 10_001, "appeal_answer_fits")):
        with refused(rule):
            AppealAnswer.objects.create(request=request, text=text, sent_at=request.asked_at, sent_by=person)


def test_database_refuses_deciding_while_the_seller_is_asked(appeal: Appeal) -> None:
    ask(appeal)
    with refused("appeal_not_decided_while_asked"):
        Appeal.objects.update(
            state="denied", decided_at=NOW + 2 * DAY, decided_by=UserFactory(), decision_reason="x" * 100
        )


def test_database_holds_the_clock_to_what_was_asked(appeal: Appeal) -> None:
    def check() -> None:
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")

    with refused("appeal_clock_stands_while_asked"):
        Appeal.objects.update(decide_by=NOW + 90 * DAY)
        check()
    with refused("appeal_clock_stands_while_asked"):
        insert(appeal)
        check()
    request = ask(appeal)
    with refused("appeal_clock_stands_while_asked"):
        AppealRequest.objects.filter(pk=request.pk).update(withdrawn_at=NOW + 2 * DAY, withdrawn_by=UserFactory())
        check()
    with transaction.atomic():
        check()


def test_answers_files_have_their_places_and_stay(appeal: Appeal) -> None:
    sent = answer(ask(appeal), now=NOW + 2 * DAY, files=[upload()])
    with refused("appeal_attachment_answer_position_unique"):
        sent.attachments.create(position=1, name="x", content_type="image/png", size=1, stored_name="x")
    with refused("appeal_stays_as_filed"):
        sent.attachments.update(name="else.png")


# --- Pages


@pytest.fixture
def shown(client: Client) -> Appeal:
    """An open appeal of a seller whose member is signed in."""
    return appeal_against(issue(signed_in_seller(client), PolicyFactory(), now=ago(days=2)), now=ago(days=1))


def page_of(request: AppealRequest, name: str = "appeal_answer", seller_id: int = 0) -> str:
    kwargs = {"seller_id": seller_id or request.appeal.seller_id, "request_id": request.pk}
    return reverse(f"violations:{name}", kwargs=kwargs)


def test_seller_sees_what_is_asked_answers_and_sees_what_was_said(client: Client, shown: Appeal) -> None:
    request = ask(shown, now=ago(hours=2), note="It **names** the maker.")
    text = client.get(shown.get_absolute_url()).text
    for words in ["The reviewer needs your answer by", "The supplier&#x27;s invoice", "<strong>names</strong>"]:
        assert words in text, words
    assert page_of(request) in text
    listed = client.get(reverse("violations:appeal_list", kwargs={"seller_id": shown.seller_id})).text
    assert "Waits for your answer" in listed
    violation = client.get(shown.violation.get_absolute_url()).text
    assert "See what is asked and answer" in violation
    assert "More asked for" in violation
    sent = {"text": "Part one.", "attachments": [upload()], "send": "part", "window": "w"}
    response = client.post(page_of(request), sent, follow=True)
    assert "This part of your answer is sent." in response.text
    assert "Part one." in response.text
    file = AppealAnswer.objects.get().attachments.get()
    address = {"seller_id": shown.seller_id, "appeal_id": shown.pk, "attachment_id": file.pk}
    assert client.get(reverse("violations:appeal_attachment", kwargs=address)).getvalue() == PNG
    response = client.post(page_of(request), {"text": "Part two.", "send": "all", "window": "w"}, follow=True)
    assert "The reviewer goes on with the decision." in response.text
    assert "You sent everything on" in response.text
    assert "Open: to be decided by" in response.text
    assert "You said that nothing more follows" in client.get(page_of(request), follow=True).text


def test_answer_is_kept_as_typed_with_its_files_on_errors(client: Client, shown: Appeal) -> None:
    request = ask(shown, now=ago(hours=2))
    typed = {"text": "Half a", "window": "w"}
    assert "Draft saved on" in client.post(page_of(request, "answer_draft"), typed).text
    sent = {"text": "  ", "attachments": [upload(), upload("x.png", HTML)], "send": "all", "window": "w"}
    response = client.post(page_of(request), sent)
    assert response.status_code == 422
    assert "proof.png" in response.text
    response = client.post(page_of(request), {"text": " ", "opened_after": "w", "window": "w", "send": "all"})
    assert "Say what you send." in response.text
    assert "proof.png" in response.text
    assert not AppealAnswer.objects.exists()
    response = client.post(page_of(request), {"text": "Half", "save": "1", "window": "w"}, follow=True)
    assert "Your draft is saved. Nothing is sent yet." in response.text


def test_answer_after_the_appeal_ended_is_refused_with_what_was_typed(client: Client, shown: Appeal) -> None:
    late = ask(shown, now=ago(hours=23))
    assert client.get(page_of(late)).status_code == 200
    void_violation(violation=fresh(shown).violation, reason="A mistake.", voided_by=None, now=timezone.now())
    response = client.post(page_of(late), {"text": "An hour of work.", "send": "all", "window": "w"})
    assert (response.status_code, "An hour of work." in response.text) == (422, True)
    assert "This appeal is not open any more." in response.text
    assert client.get(page_of(late)).headers["Location"] == shown.get_absolute_url()


def test_second_window_after_that_is_all_says_that_nothing_can_be_sent(client: Client, shown: Appeal) -> None:
    request = ask(shown, now=ago(hours=2))
    assert "You can answer until" in client.get(page_of(request)).text
    client.post(page_of(request), {"text": "All of it.", "send": "all", "window": "one"})
    response = client.post(page_of(request), {"text": "One thing more.", "send": "part", "window": "two"})
    assert (response.status_code, "One thing more." in response.text) == (422, True)
    assert "You said that nothing more follows" in response.text
    assert "Nothing can be sent here any more." in response.text
    assert "You can answer until" not in response.text
    assert 'name="send"' not in response.text
    assert AppealAnswer.objects.count() == 1


def test_requests_of_others_are_not_found(client: Client, shown: Appeal) -> None:
    other_seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))
    other = appeal_against(issue(other_seller, PolicyFactory(), now=ago(days=2)), now=ago(days=1))
    request = ask(other, now=ago(hours=2))
    for seller_id in (other.seller_id, shown.seller_id):
        assert client.get(page_of(request, seller_id=seller_id)).status_code == 404
        assert client.post(page_of(request, "answer_draft", seller_id=seller_id), {"text": "x"}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_appeal_takes_the_same_queries_for_any_number_of_answers(
    client: Client, shown: Appeal, django_assert_num_queries: Any, count: int
) -> None:
    request = ask(shown, now=ago(hours=5))
    for number in range(count):
        answer(request, now=ago(hours=4 - number), is_last=False, files=[upload()])
    client.get(shown.get_absolute_url())
    with django_assert_num_queries(9):
        client.get(shown.get_absolute_url())
    client.get(page_of(request))
    with django_assert_num_queries(8):
        client.get(page_of(request))


# --- Staff


def admin_url(page: str, *args: object) -> str:
    return reverse(f"admin:violations_appeal_{page}", args=args)


def test_reviewer_asks_waits_and_decides(client: Client, shown: Appeal) -> None:
    reviewer = staff_client(REVIEWER)
    assert admin_url("ask", shown.pk) in reviewer.get(admin_url("change", shown.pk)).text
    page = reviewer.get(admin_url("ask", shown.pk)).text
    assert "has 7 days to answer" in page
    assert "quoted" in page
    refusal = reviewer.post(admin_url("ask", shown.pk), {"things": "x" * 201, "note": "Kept."}).text
    assert "at most 200 characters" in refusal
    assert "Kept.</textarea>" in refusal
    reviewer.post(admin_url("ask", shown.pk), {"things": "The invoice\r\n\r\nA photo", "note": "So."})
    request = AppealRequest.objects.get()
    assert request.things == ["The invoice", "A photo"]
    page = reviewer.get(admin_url("change", shown.pk)).text
    assert "The clock stands until" in page
    assert "The seller was asked for something and can answer until" in page
    assert admin_url("deny", shown.pk) not in page
    assert "can answer until" in reviewer.get(admin_url("ask", shown.pk)).text
    refusal = reviewer.post(admin_url("deny", shown.pk), {"reason": DENIAL})
    assert (refusal.status_code, "Withdraw the request to go on now" in refusal.text) == (409, True)
    answer(request, now=timezone.now(), files=[upload()])
    page = reviewer.get(admin_url("change", shown.pk)).text
    assert "Here it is." in page
    file = AppealAnswer.objects.get().attachments.get()
    assert reviewer.get(admin_url("attachment", shown.pk, file.pk)).getvalue() == PNG
    assert reviewer.post(admin_url("deny", shown.pk), {"reason": DENIAL}).status_code == 302


def test_reviewer_withdraws_a_request(shown: Appeal) -> None:
    reviewer = staff_client(REVIEWER)
    assert "The seller is not asked for anything." in reviewer.get(admin_url("withdraw_request", shown.pk)).text
    ask(shown, now=ago(hours=2))
    assert admin_url("withdraw_request", shown.pk) in reviewer.get(admin_url("change", shown.pk)).text
    assert "What they answered so far is kept." in reviewer.get(admin_url("withdraw_request", shown.pk)).text
    assert reviewer.post(admin_url("withdraw_request", shown.pk)).status_code == 302
    assert AppealRequest.objects.get().withdrawn_at is not None
    auditor = staff_client(AUDITOR)
    for page in ("ask", "withdraw_request"):
        assert auditor.get(admin_url(page, shown.pk)).status_code == 403


def test_members_among_staff_are_told_why_they_cannot_ask(shown: Appeal) -> None:
    reviewer = staff_client(REVIEWER)
    person = User.objects.latest("pk")
    add_member(seller=shown.seller, user=person, now=timezone.now())
    assert "You are a member of" in reviewer.get(admin_url("ask", shown.pk)).text
    assert reviewer.post(admin_url("ask", shown.pk), {"things": "It"}).status_code == 409
    ask(shown, now=ago(hours=1))
    assert "You are a member of" in reviewer.get(admin_url("withdraw_request", shown.pk)).text
    assert reviewer.post(admin_url("withdraw_request", shown.pk)).status_code == 409
    assert AppealRequest.objects.get().withdrawn_at is None


def test_list_filters_what_waits_for_sellers(shown: Appeal) -> None:
    reviewer = staff_client(REVIEWER)
    ask(shown, now=ago(hours=2))
    other = appeal_against(issue(shown.seller, PolicyFactory(), now=ago(days=1)), now=ago(hours=1))
    assert list(reviewer.get(admin_url("changelist")).context["cl"].result_list) == [other]
    response = reviewer.get(admin_url("changelist"), {"state": "asked"})
    assert list(response.context["cl"].result_list) == [shown]
    assert "The clock stands until" in response.text
    assert "Waits for the seller" in response.text

"""Drafts of appeals: what is typed and attached is kept until it is filed, whatever is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from inbox.models import Message
from kit.outcomes import Refused
from tests.factories import NOW, MemberFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.pages import ago, signed_in_seller
from tests.threads import at_once
from tests.violations.appealing import HTML, PDF, PNG, appeal_against, upload
from tests.violations.test_models import refused
from violations.models import MAX_APPEAL_TEXT, MAX_ATTACHMENTS, Appeal, AppealAttachment, AppealDraft, Violation
from violations.selectors import drafts_of, get_draft
from violations.services import (
    DraftChanged,
    attach_to_draft,
    delete_draft,
    file_draft,
    remove_attachment,
    save_draft,
    sweep_drafts,
    void_violation,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def violation() -> Violation:
    return issue(MemberFactory().seller, PolicyFactory(name="Giveaways", points=4))


@pytest.fixture
def member(violation: Violation) -> User:
    return violation.seller.users.get()


def kept(violation: Violation, member: User, text: str = "It was a quote.", **fields: Any) -> AppealDraft:
    given: dict[str, Any] = {"window": "one", "now": NOW} | fields
    return save_draft(violation=violation, member=member, text=text, **given)


def stored(root: Path) -> int:
    return len([path for path in root.rglob("*") if path.is_file()])


# --- Keeping


@pytest.mark.parametrize("text", ["", "  It was a\n\nquote. ", "x" * 2 * MAX_APPEAL_TEXT])
def test_draft_is_kept_as_typed_also_when_it_could_not_be_filed(violation: Violation, member: User, text: str) -> None:
    kept(violation, member, text)
    draft = get_draft(violation=violation, member=member)
    assert draft is not None
    assert (draft.text, draft.saved_at, draft.saved_in) == (text, NOW, "one")


def test_draft_is_of_one_member_and_one_violation(violation: Violation, member: User) -> None:
    colleague = MemberFactory(seller=violation.seller).user
    other = issue(violation.seller, PolicyFactory())
    kept(violation, member, "Mine.")
    kept(violation, colleague, "Theirs.")
    kept(other, member, "Another.")
    assert [draft.text for draft in drafts_of(seller=violation.seller, member=member, as_of=NOW)] == [
        "Mine.",
        "Another.",
    ]
    assert [draft.text for draft in drafts_of(seller=violation.seller, member=colleague, as_of=NOW)] == ["Theirs."]
    assert not drafts_of(seller=violation.seller, member=member, as_of=violation.appeal_until)


def test_a_window_writes_over_its_own_and_over_what_it_began_with_and_over_nothing_else(
    violation: Violation, member: User
) -> None:
    kept(violation, member, "First.", window="one")
    kept(violation, member, "Second.", window="one", now=LATER)
    kept(violation, member, "Third.", window="two", opened_after="one")
    with pytest.raises(DraftChanged, match="Another window saved this draft at") as changed:
        kept(violation, member, "Fourth.", window="one")
    assert (changed.value.field, changed.value.draft.text) == ("text", "Third.")
    assert kept(violation, member, "Third.", window="one").saved_in == "two"  # the same text is no other
    kept(violation, member, "Fourth.", window="one", opened_after="two")
    assert AppealDraft.objects.get().text == "Fourth."


def test_what_cannot_be_appealed_takes_no_draft(violation: Violation, member: User) -> None:
    with pytest.raises(Refused, match="has ended"):
        kept(violation, member, now=violation.appeal_until)
    appeal_against(violation)
    with pytest.raises(Refused, match="open already"):
        kept(violation, member)
    assert not AppealDraft.objects.exists()


def test_files_that_are_taken_stay_and_the_others_are_named(
    violation: Violation, member: User, attachments_root: Path
) -> None:
    draft = kept(violation, member)
    faults = attach_to_draft(draft=draft, attachments=[upload(), upload("page.png", HTML), upload("b.pdf", PDF)])
    assert faults == ["“page.png” is not a PNG, JPEG, WebP or PDF file: its content decides, not its name."]
    assert [(file.name, file.position) for file in draft.attachments.all()] == [("proof.png", 1), ("b.pdf", 2)]
    assert stored(attachments_root) == 2


def test_draft_has_at_most_five_files_and_a_removed_one_makes_room(
    violation: Violation, member: User, attachments_root: Path
) -> None:
    draft = kept(violation, member)
    faults = attach_to_draft(draft=draft, attachments=[upload(f"{n}.png") for n in range(MAX_ATTACHMENTS + 1)])
    assert faults == ["Attach at most 5 files."]
    remove_attachment(draft=draft, attachment_id=draft.attachments.get(name="1.png").pk)
    remove_attachment(draft=draft, attachment_id=0)
    assert stored(attachments_root) == 4
    assert attach_to_draft(draft=draft, attachments=[upload("new.png")]) == []
    assert [file.name for file in draft.attachments.all()] == ["0.png", "new.png", "2.png", "3.png", "4.png"]


def test_file_for_a_draft_that_is_gone_is_refused_and_not_kept(
    violation: Violation, member: User, attachments_root: Path
) -> None:
    draft = kept(violation, member)
    attach_to_draft(draft=draft, attachments=[upload()])
    delete_draft(draft=draft)
    delete_draft(draft=draft)
    assert attach_to_draft(draft=draft, attachments=[upload()]) == [
        "This draft was filed or deleted in another window."
    ]
    assert stored(attachments_root) == 0


def test_drafts_are_forgotten_a_month_after_they_could_be_filed(violation: Violation, member: User) -> None:
    draft = kept(violation, member)
    attach_to_draft(draft=draft, attachments=[upload()])
    end = violation.appeal_until + timedelta(days=30)
    assert sweep_drafts(now=end) == 0
    assert sweep_drafts(now=end + timedelta(microseconds=1)) == 1
    assert not AppealAttachment.objects.exists()


# --- Filing


def test_filing_moves_everything_and_leaves_no_draft(
    violation: Violation, member: User, attachments_root: Path
) -> None:
    draft = kept(violation, member, "  It was a quote.\n")
    attach_to_draft(draft=draft, attachments=[upload(), upload("b.pdf", PDF)])
    appeal = file_draft(draft=draft, seen=draft.fingerprint, now=LATER)
    assert (appeal.text, appeal.filed_by, appeal.filed_at) == ("It was a quote.", member, LATER)
    assert [file.name for file in appeal.attachments.all()] == ["proof.png", "b.pdf"]
    assert not AppealDraft.objects.exists()
    assert stored(attachments_root) == 2
    body = Message.objects.get(template="appeal_filed").body
    assert f"Its reference: **{appeal.reference}**." in body
    assert "Filing it admits nothing, and a quiz that you pass does not close it." in body


def test_only_what_was_seen_is_filed(violation: Violation, member: User) -> None:
    draft = kept(violation, member)
    seen = draft.fingerprint
    attach_to_draft(draft=draft, attachments=[upload()])
    with pytest.raises(Refused, match="was changed since") as changed:
        file_draft(draft=draft, seen=seen, now=LATER)
    assert changed.value.field == "seen"
    delete_draft(draft=AppealDraft.objects.get())
    with pytest.raises(Refused, match="was changed since"):
        file_draft(draft=draft, seen=seen, now=LATER)
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("text", [" \n", "x" * (MAX_APPEAL_TEXT + 1)])
def test_draft_that_says_nothing_or_too_much_is_not_filed_and_stays(
    violation: Violation, member: User, text: str
) -> None:
    draft = kept(violation, member, text)
    with pytest.raises(Refused) as fault:
        file_draft(draft=draft, seen=draft.fingerprint, now=LATER)
    assert (fault.value.field, AppealDraft.objects.get().text) == ("text", text)


def test_draft_of_what_was_voided_is_not_filed_and_stays(violation: Violation, member: User) -> None:
    draft = kept(violation, member)
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=NOW)
    draft.refresh_from_db()
    with pytest.raises(Refused, match="voided"):
        file_draft(draft=draft, seen=draft.fingerprint, now=LATER)
    assert AppealDraft.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_draft_that_is_sent_twice_at_once_is_filed_once(violation: Violation, member: User) -> None:
    draft = kept(violation, member)
    attach_to_draft(draft=draft, attachments=[upload()])
    seen = draft.fingerprint

    def send() -> str:
        try:
            return file_draft(draft=AppealDraft(**vars_of(draft)), seen=seen, now=LATER).state
        except Refused as refusal:
            return str(refusal)

    assert sorted(at_once(3, send)) == ["An appeal against this violation is open already."] * 2 + ["open"]
    assert Appeal.objects.get().attachments.count() == 1


@pytest.mark.django_db(transaction=True)
def test_files_that_arrive_together_are_at_most_five(violation: Violation, member: User) -> None:
    draft = kept(violation, member)
    faults = at_once(7, lambda: attach_to_draft(draft=draft, attachments=[upload()]))
    assert sorted(len(one) for one in faults) == [0] * 5 + [1] * 2
    assert draft.attachments.count() == 5


def vars_of(draft: AppealDraft) -> dict[str, Any]:
    return {field.attname: getattr(draft, field.attname) for field in AppealDraft._meta.concrete_fields}


# --- What must never be


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "appeal_draft_one_per_member"),
        ({"user": None, "text": "x" * 20_001}, "appeal_draft_text_fits"),
        ({"user": None, "saved_in": ""}, "appeal_draft_names_its_window"),
    ],
)
def test_draft_keeps_to_its_limits(violation: Violation, member: User, fields: dict[str, Any], rule: str) -> None:
    kept(violation, member)
    if "user" in fields:
        fields = fields | {"user": UserFactory()}
    values: dict[str, Any] = {"violation": violation, "user": member, "text": "", "saved_in": "x", "saved_at": NOW}
    with refused(rule):
        AppealDraft.objects.create(**values | fields)


def test_attachment_is_of_a_draft_or_of_an_appeal(violation: Violation, member: User) -> None:
    draft = kept(violation, member)
    appeal = appeal_against(issue(violation.seller, PolicyFactory()))
    values = {"position": 1, "name": "a.png", "content_type": "image/png", "size": 9, "stored_name": "x"}
    for owners in [{}, {"draft": draft, "appeal": appeal}]:
        with refused("appeal_attachment_of_one_thing"):
            AppealAttachment.objects.create(**values, **owners)
    AppealAttachment.objects.create(draft=draft, **values)
    with refused("appeal_attachment_draft_position_unique"):
        AppealAttachment.objects.create(draft=draft, **values | {"stored_name": "y"})


def test_attachment_of_an_appeal_does_not_become_a_drafts_again(violation: Violation, member: User) -> None:
    draft = kept(violation, member)
    appeal = appeal_against(issue(violation.seller, PolicyFactory()), attachments=[upload()])
    with pytest.raises(IntegrityError, match="stay as they were filed"), transaction.atomic():
        AppealAttachment.objects.filter(appeal=appeal).update(appeal=None, draft=draft)


# --- Pages


def page_of(violation: Violation, name: str = "appeal_file", **more: int) -> str:
    return reverse(
        f"violations:{name}", kwargs={"seller_id": violation.seller_id, "violation_id": violation.pk, **more}
    )


@pytest.fixture
def shown(client: Client) -> Violation:
    """A violation of a seller whose member is signed in."""
    return issue(signed_in_seller(client), PolicyFactory(), now=ago(days=2))


def test_save_as_draft_without_javascript_keeps_text_and_files_for_another_device(
    client: Client, shown: Violation
) -> None:
    sent = {"text": "It was a\r\nquote.", "attachments": [upload()], "save": "1", "window": "w"}
    response = client.post(page_of(shown), sent, follow=True)
    assert response.redirect_chain == [(page_of(shown), 302)]
    assert "Your draft is saved. Nothing is sent yet." in response.text
    other_device = Client()
    other_device.force_login(shown.seller.users.get())
    text = other_device.get(page_of(shown)).text
    assert "It was a\nquote.</textarea>" in text
    assert "proof.png" in text
    assert "Draft saved on" in text
    assert "Go on with your draft" in client.get(shown.get_absolute_url()).text
    listed = client.get(reverse("violations:appeal_list", kwargs={"seller_id": shown.seller_id})).text
    assert "Not filed yet" in listed
    assert page_of(shown) in listed


def test_what_two_windows_typed_is_shown_side_by_side_and_the_files_of_both_are_kept(
    client: Client, shown: Violation
) -> None:
    client.post(page_of(shown), {"text": "First.", "save": "1", "window": "one"})
    sent = {"text": "Second.", "attachments": [upload()], "save": "1", "window": "two"}
    page = client.post(page_of(shown), sent)
    assert "What the other window saved" in page.text
    assert "Save yours once more to replace it." in page.text
    assert "Draft saved on" not in page.text
    assert "proof.png" in page.text
    assert AppealDraft.objects.get().text == "First."
    again = {**sent, "attachments": [], "opened_after": page.context["form"]["opened_after"].value()}
    client.post(page_of(shown), again)
    assert AppealDraft.objects.get().text == "Second."


def test_what_is_typed_is_saved_as_it_is_typed(client: Client, shown: Violation) -> None:
    page = client.get(page_of(shown))
    assert f'hx-post="{page_of(shown, "appeal_draft")}"' in page.text
    window = page.context["form"]["window"].value()
    for text in ("It was", "It was a quote."):
        answer = client.post(page_of(shown, "appeal_draft"), {"text": text, "window": window, "opened_after": ""})
        assert "data-draft-state" in answer.text
        assert "Draft saved on" in answer.text
    assert AppealDraft.objects.get().text == "It was a quote."
    other = client.post(page_of(shown, "appeal_draft"), {"text": "Else.", "window": "other"})
    assert "Not saved: Another window saved this draft" in other.text
    assert "Save as draft to see both texts." in other.text
    too_long = client.post(page_of(shown, "appeal_draft"), {"text": "x" * 20_001, "window": window})
    assert "Draft saved" not in too_long.text
    assert AppealDraft.objects.get().text == "It was a quote."
    assert client.get(page_of(shown, "appeal_draft")).status_code == 405


def test_two_windows_never_write_over_each_other_unseen(client: Client, shown: Violation) -> None:
    client.post(page_of(shown), {"text": "From the phone.", "window": "phone"})
    response = client.post(page_of(shown), {"text": "From the desk.", "window": "desk"})
    assert response.status_code == 422
    assert "From the phone." in response.text
    assert "From the desk.</textarea>" in response.text
    again = {
        "text": "From the desk.",
        "window": "desk",
        "opened_after": response.context["form"]["opened_after"].value(),
    }
    assert client.post(page_of(shown), again).status_code == 302
    assert AppealDraft.objects.get().text == "From the desk."


def test_files_survive_an_error_of_the_form(client: Client, shown: Violation) -> None:
    sent = {"text": " ", "attachments": [upload(), upload("page.png", HTML)], "check": "1", "window": "w"}
    response = client.post(page_of(shown), sent)
    assert response.status_code == 422
    assert "“page.png” is not a PNG" in response.text
    assert "proof.png" in response.text
    response = client.post(page_of(shown), {"text": " ", "check": "1", "window": "w"})
    assert "Say what is wrong about the violation, and why." in response.text
    assert "proof.png" in response.text
    kept_file = AppealAttachment.objects.get()
    address = page_of(shown, "draft_attachment", attachment_id=kept_file.pk)
    assert client.get(address).getvalue() == PNG
    client.post(page_of(shown), {"text": "Typed since.", "remove": "9" * 5_000, "window": "w"})
    assert (AppealDraft.objects.get().text, AppealAttachment.objects.count()) == ("Typed since.", 1)
    response = client.post(page_of(shown), {"text": "Typed since.", "remove": str(kept_file.pk), "window": "w"})
    assert response.headers["Location"] == page_of(shown) + "#attachments"
    assert (AppealDraft.objects.get().text, AppealAttachment.objects.count()) == ("Typed since.", 0)


def test_text_that_is_too_long_is_kept_and_said_before_the_check(client: Client, shown: Violation) -> None:
    response = client.post(page_of(shown), {"text": "x" * (MAX_APPEAL_TEXT + 1), "check": "1", "window": "w"})
    assert response.status_code == 422
    assert "Use at most 10,000 characters. What you wrote has 10,001." in response.text
    assert len(AppealDraft.objects.get().text) == MAX_APPEAL_TEXT + 1
    assert client.get(page_of(shown, "appeal_check")).headers["Location"] == page_of(shown)


def test_nothing_typed_makes_no_draft(client: Client, shown: Violation) -> None:
    for name in ("appeal_file", "appeal_draft"):
        client.post(page_of(shown, name), {"text": " ", "save": "1"})
    response = client.post(page_of(shown), {})
    assert (response.status_code, "Say what is wrong" in response.text) == (422, True)
    assert not AppealDraft.objects.exists()


def test_draft_is_deleted_on_request(client: Client, shown: Violation) -> None:
    client.post(page_of(shown), {"text": "No.", "attachments": [upload()], "window": "w"})
    response = client.post(page_of(shown), {"text": "No.", "delete": "1", "window": "w"}, follow=True)
    assert "Your draft is deleted. Nothing was sent." in response.text
    assert not AppealDraft.objects.exists()


def test_check_page_says_what_is_sent_what_it_means_and_what_comes_next(client: Client, shown: Violation) -> None:
    client.post(page_of(shown), {"text": "It was a **quote**.", "attachments": [upload()], "window": "w"})
    text = client.get(page_of(shown, "appeal_check")).text
    for words in [
        "<strong>quote</strong>",
        "proof.png",
        "Filing an appeal admits nothing.",
        "your appeal goes on",
        "You get a reference number",
        "Somebody who did not issue the violation reads it and decides, by",
        "Nothing is filed yet.",
    ]:
        assert words in text, words
    assert not Appeal.objects.exists()


def test_filing_shows_what_changed_since_first_and_sent_twice_leads_to_the_appeal(
    client: Client, shown: Violation
) -> None:
    client.post(page_of(shown), {"text": "It was a quote.", "window": "w"})
    seen = AppealDraft.objects.get().fingerprint
    client.post(page_of(shown), {"text": "It was a joke.", "window": "w"})
    response = client.post(page_of(shown, "appeal_check"), {"seen": seen}, follow=True)
    assert "The draft was changed since you looked at it." in response.text
    assert "It was a joke." in response.text
    seen = AppealDraft.objects.get().fingerprint
    client.post(page_of(shown, "appeal_check"), {"seen": seen})
    appeal = Appeal.objects.get()
    for again in (
        client.post(page_of(shown, "appeal_check"), {"seen": seen}),
        client.get(page_of(shown, "appeal_check")),
    ):
        assert again.headers["Location"] == appeal.get_absolute_url()


def test_check_page_leads_back_when_there_is_nothing_to_file(client: Client, shown: Violation) -> None:
    assert "There is no draft" in client.get(page_of(shown, "appeal_check"), follow=True).text
    client.post(page_of(shown), {"text": "It was a quote.", "window": "w"})
    void_violation(violation=shown, reason="A mistake.", voided_by=None, now=timezone.now())
    response = client.get(page_of(shown, "appeal_check"), follow=True)
    assert response.redirect_chain == [(shown.get_absolute_url(), 302)]
    seen = {"seen": AppealDraft.objects.get().fingerprint}
    assert "there is nothing to appeal" in client.post(page_of(shown, "appeal_check"), seen, follow=True).text


def test_drafts_of_others_are_not_found(client: Client, shown: Violation) -> None:
    colleague = MemberFactory(seller=shown.seller).user
    theirs = save_draft(violation=shown, member=colleague, text="Theirs.", window="w", now=timezone.now())
    attach_to_draft(draft=theirs, attachments=[upload()])
    assert "Theirs." not in client.get(page_of(shown)).text
    file = theirs.attachments.get()
    assert client.get(page_of(shown, "draft_attachment", attachment_id=file.pk)).status_code == 404
    other = issue(SellerFactory(market=shown.market), PolicyFactory(), now=ago(days=1))
    for name in ("appeal_file", "appeal_check"):
        assert client.get(page_of(other, name)).status_code == 404
    assert client.post(page_of(other, "appeal_draft"), {"text": "x"}).status_code == 404
    assert client.get(page_of(other, "draft_attachment", attachment_id=file.pk)).status_code == 404
    swapped = {"seller_id": shown.seller_id, "violation_id": other.pk}
    assert client.get(reverse("violations:appeal_check", kwargs=swapped)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_writing_and_checking_take_the_same_queries_for_any_number_of_files(
    client: Client, shown: Violation, django_assert_num_queries: Any, count: int
) -> None:
    files = [upload(f"{n}.png") for n in range(count)]
    client.post(page_of(shown), {"text": "It was a quote.", "attachments": files, "window": "w"})
    for name, queries in (("appeal_file", 8), ("appeal_check", 9)):
        client.get(page_of(shown, name))
        with django_assert_num_queries(queries):
            client.get(page_of(shown, name))


def test_seller_finds_an_appeal_by_its_reference_or_its_violations(client: Client, shown: Violation) -> None:
    appeal = appeal_against(shown, now=timezone.now())
    other = appeal_against(issue(shown.seller, PolicyFactory(), now=ago(days=1)), now=timezone.now())
    address = reverse("violations:appeal_list", kwargs={"seller_id": shown.seller_id})
    for typed in (appeal.reference, appeal.reference.lower().replace("-", ""), shown.external_id):
        assert list(client.get(address, {"reference": typed}).context["page"]) == [appeal]
    mistyped = other.reference[:-2] + f"{(int(other.reference[-2:]) + 1) % 100:02d}"
    assert "A digit is wrong, or two changed places" in client.get(address, {"reference": mistyped}).text
    nothing = client.get(address, {"reference": "A-9999-99"})
    assert "Clear filters" in nothing.text

"""A version is proposed by one person and published by another, or alone with a reason that the others read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry, LoneDecision
from healthportal.roles import POLICY_EDITOR, POLICY_LEAD
from healthportal.workbench.selectors import needs_of
from kit.outcomes import Refused
from kit.second_person import OwnProposal
from policies.models import PolicyAnnouncement, PolicyVersion
from policies.services import draft_version, propose_version, publish_version, take_back_proposal
from sellers.models import Market
from tests.factories import NOW, MarketFactory, PolicyFactory, UserFactory, person_in
from tests.forms import fields_of
from tests.policies.test_services import WORDING
from tests.quizzes.test_models import refuses
from tests.threads import together

pytestmark = pytest.mark.django_db
WHY = "The law is in force from tomorrow on."
THEN = NOW + timedelta(days=40)


@pytest.fixture(autouse=True)
def market() -> Market:
    return MarketFactory(policy_notice_days=15)


def staff(role: str = POLICY_EDITOR) -> User:
    return person_in(role)


def drafted() -> PolicyVersion:
    return draft_version(policy=PolicyFactory(), now=NOW, **WORDING)


def proposed(by: User) -> PolicyVersion:
    return propose_version(version=drafted(), effective_from=THEN, proposed_by=by, now=NOW)


def names_of(person: User) -> set[str]:
    return {found.need.name for found in needs_of(person, now=timezone.now())}


def test_proposal_publishes_nothing_until_another_approves() -> None:
    by, other = staff(), staff()
    version = proposed(by)
    assert (version.published_at, version.effective_from, version.proposed_by) == (None, THEN, by)
    assert not PolicyAnnouncement.objects.exists()
    with pytest.raises(OwnProposal):
        publish_version(version=version, effective_from=THEN, published_by=by, now=NOW)
    published = publish_version(version=version, effective_from=THEN, published_by=other, now=NOW)
    assert (published.published_by, published.needs_second_person, published.alone_reason) == (other, True, "")
    assert PolicyAnnouncement.objects.count() == 1
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["propose", "publish"]


def test_nobody_publishes_alone_what_nobody_proposed_unless_they_say_why() -> None:
    by, version = staff(), drafted()
    with pytest.raises(OwnProposal):
        publish_version(version=version, effective_from=THEN, published_by=by, now=NOW)
    version = publish_version(version=version, effective_from=THEN, published_by=by, now=NOW, alone_reason=WHY)
    assert (version.proposed_by, version.published_by, version.alone_reason) == (by, by, WHY)
    assert LoneDecision.objects.get().permission == "policies.change_policyversion"


def test_proposal_keeps_the_notice_and_is_proposed_once() -> None:
    by = staff()
    with pytest.raises(Refused, match="at the earliest"):
        propose_version(version=drafted(), effective_from=NOW, proposed_by=by, now=NOW)
    version = proposed(by)
    with pytest.raises(Refused, match="already"):
        propose_version(version=version, effective_from=THEN, proposed_by=by, now=NOW)
    version = take_back_proposal(version=version, taken_back_by=by, now=NOW)
    assert (version.proposed_by, version.effective_from) == (None, None)
    with pytest.raises(Refused, match="does not wait"):
        take_back_proposal(version=version, taken_back_by=by, now=NOW)


def test_database_publishes_none_without_a_second_person_or_a_reason() -> None:
    by = staff()
    version = proposed(by)
    sql = (
        "UPDATE policies_policyversion SET needs_second_person = true, published_at = now(), published_by_id = %s,"
        " notice_ends_at = effective_from WHERE id = %s"
    )
    refuses("policy_version_approved_by_another", sql, by.pk, version.pk)
    sql = "UPDATE policies_policyversion SET proposed_by_id = NULL WHERE id = %s"
    refuses("policy_version_proposed_by_somebody", sql, version.pk)


def test_pages_propose_change_and_approve(client: Client) -> None:
    by, other = staff(), staff()
    version = draft_version(policy=PolicyFactory(), now=timezone.now(), **WORDING)
    page = reverse("admin:policies_policyversion_publish", args=[version.pk])
    client.force_login(by)
    form = client.get(page).context["form"]
    then = form.initial["effective_from"]
    sent = {"effective_from_0": f"{then:%Y-%m-%d}", "effective_from_1": "00:00:00", "alone_reason": ""}
    assert client.post(page, sent).status_code == 302
    version.refresh_from_db()
    assert (version.proposed_by, version.published_at) == (by, None)
    assert "proposed_versions" not in names_of(by)
    assert "drafted_versions" not in names_of(by)
    assert "Publish it alone" in client.get(page).text
    assert "somebody else has to decide" in client.post(page, {"alone_reason": "Because."}).text
    client.force_login(other)
    assert f'<a class="button" href="{page}">Review it</a>' in client.get("/admin/").text
    assert 'name="alone_reason"' not in client.get(page).text
    assert client.post(page).status_code == 302
    version.refresh_from_db()
    assert (version.published_by, version.effective_from) == (other, then)


def test_draft_that_is_changed_is_not_proposed_any_more(client: Client) -> None:
    version = proposed(staff())
    client.force_login(staff())
    change = reverse("admin:policies_policyversion_change", args=[version.pk])
    sent = fields_of(client.get(change).text) | {"points": "3", "change_summary": "More."}
    assert client.post(change, sent).status_code == 302
    version.refresh_from_db()
    assert (version.points, version.proposed_by, version.effective_from) == (3, None, None)


def test_who_may_not_do_without_the_notice_does_not_approve_it(client: Client) -> None:
    version = propose_version(
        version=drafted(), effective_from=None, proposed_by=staff(POLICY_LEAD), now=NOW, reason="A recall."
    )
    page = reverse("admin:policies_policyversion_publish", args=[version.pk])
    client.force_login(staff(POLICY_EDITOR))
    assert "without the notice, because: A recall." in client.get(page).text
    assert "You cannot publish without the notice" in client.post(page).text
    client.force_login(staff(POLICY_LEAD))
    assert client.post(page).status_code == 302
    version.refresh_from_db()
    assert (version.immediate_reason, version.at_once) == ("A recall.", True)


def test_proposal_is_taken_back_on_its_page(client: Client) -> None:
    version = proposed(staff())
    client.force_login(staff())
    assert (
        "Take the proposal back" in client.get(reverse("admin:policies_policyversion_change", args=[version.pk])).text
    )
    page = reverse("admin:policies_policyversion_take_back", args=[version.pk])
    assert client.get(page).status_code == 200
    assert client.post(page).status_code == 302
    assert "does not wait" in client.post(page).text
    listed = client.get(reverse("admin:policies_policyversion_changelist"), {"state": "proposed"})
    assert listed.context["cl"].result_count == 0


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_are_one(market: Market) -> None:
    version, people = proposed(UserFactory()), [UserFactory() for _ in range(4)]
    answers = together(
        4,
        lambda n: publish_version(
            version=PolicyVersion.objects.get(pk=version.pk), effective_from=THEN, published_by=people[n], now=NOW
        ),
    )
    assert sum(isinstance(one, Refused) for one in answers) == 3
    assert PolicyAnnouncement.objects.count() == 1

"""Each line of the home page of staff finds what it is about, for who can settle it and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from healthportal import roles
from healthportal.workbench.needs import NEEDS
from healthportal.workbench.selectors import needs_of
from inbox.events.models import WebhookEndpoint
from sellers.models import ApiToken, Market, MemberUpload
from tests.factories import PolicyFactory, PolicyVersionFactory, QuestionFactory, SellerFactory, UserFactory, issue
from tests.inbox.events.endpoints import webhook
from violations.models import EnforcementAction, MassReversal, Upload
from violations.services import acknowledge_action, propose_reversal, take_appeal

from . import test_trail_is_complete as trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Make = Callable[[User], datetime | None]
"""Makes what waits for a person; gives the moment at which it does, or ``None`` for now."""


def now_of(make: Callable[[], Any]) -> Make:
    def made(person: User) -> None:
        make()

    return made


def of(make: Callable[[], Any], model: Any, field: str) -> Make:
    """What somebody begins is shown to them alone."""

    def made(person: User) -> None:
        model.objects.filter(pk=make().pk).update(**{field: person})

    return made


def due(before: timedelta) -> Make:
    return lambda person: trail.filed().decide_by - before


def taken(person: User) -> None:
    take_appeal(appeal=trail.filed(), person=person, now=timezone.now())


def stopped_by_itself(person: User) -> None:
    MassReversal.objects.filter(pk=trail.stopped().pk).update(stopped_by=None)


def late_run(person: User) -> datetime:
    run = trail.failed_chunk().run
    run.chunks.update(given_up_at=None, due_at=run.ends_at)
    return run.ends_at + 2 * HOUR


def unconfirmed(person: User) -> datetime:
    first = trail.restriction()
    issue(SellerFactory(market=first.seller.market), PolicyFactory(points=12), now=timezone.now())
    acknowledge_action(action=first, source="API token trust", now=timezone.now())
    return EnforcementAction.objects.latest("pk").starts_at + HOUR


def took_nothing(person: User) -> None:
    WebhookEndpoint.objects.filter(pk=webhook(off=True).pk).update(failing_since=timezone.now() - DAY)


def expiring(person: User) -> None:
    ApiToken.objects.filter(pk=trail.token().pk).update(expires_at=timezone.now() + DAY)


def above_the_number(person: User) -> None:
    Market.objects.filter(pk=trail.checked_upload().market_id).update(upload_second_person_above=0)


def proposed_reversal(person: User) -> None:
    draft = trail.drafted()
    Market.objects.filter(pk=draft.market_id).update(reversal_second_person_above=0)
    propose_reversal(reversal=draft, reason="Why.", confirmed=1, proposed_by=UserFactory(), now=timezone.now())


def hosted_draft(person: User) -> None:
    trail.workshop(published_at=None).hosts.add(person)


def refused_lines(person: User) -> None:
    upload = trail.members_to_invite()
    upload.lines.update(outcome="refused", reason="No address.")
    MemberUpload.objects.filter(pk=upload.pk).update(
        uploaded_by=person, confirmed_by=person, confirmed_at=timezone.now(), state=MemberUpload.State.DONE
    )


def coming_version(person: User) -> None:
    PolicyVersionFactory(policy=PolicyFactory(), number=2, effective_from=timezone.now() + DAY)


SUPERUSER = ""
WAITING: dict[str, tuple[str, Make]] = {
    "overdue_appeals": (roles.REVIEWER, due(timedelta())),
    "unassigned_now": (roles.REVIEW_LEAD, due(HOUR)),
    "stopped_reversals": (roles.INCIDENT_LEAD, stopped_by_itself),
    "detector_alarms": (roles.INCIDENT_LEAD, now_of(trail.an_alarm)),
    "failed_runs": (roles.OPERATOR, now_of(trail.failed_chunk)),
    "late_runs": (roles.OPERATOR, late_run),
    "emails_given_up": (roles.OPERATOR, now_of(trail.given_up)),
    "unconfirmed_actions": (roles.REVIEWER, unconfirmed),
    "webhooks_off": (roles.OPERATOR, took_nothing),
    "expiring_tokens": (roles.OPERATOR, expiring),
    "erasures": (roles.OPERATOR, now_of(trail.wish)),
    "lone_decisions": (roles.REVIEWER, now_of(trail.gone_alone)),
    "appeals_due_today": (roles.REVIEWER, due(HOUR)),
    "held_violations": (roles.INCIDENT_LEAD, now_of(trail.held_violation)),
    "rules_changes": (SUPERUSER, now_of(trail.drafted_rules)),
    "proposed_versions": (roles.POLICY_EDITOR, now_of(trail.proposed_version)),
    "proposed_articles": (roles.POLICY_EDITOR, now_of(trail.proposed_article)),
    "proposed_superusers": (SUPERUSER, now_of(trail.waiting_superuser)),
    "proposed_controls": (SUPERUSER, now_of(trail.waiting_controls)),
    "proposed_uploads": (roles.REVIEWER, above_the_number),
    "proposed_reversals": (roles.INCIDENT_LEAD, proposed_reversal),
    "remarks": (roles.POLICY_EDITOR, now_of(trail.a_remark)),
    "questions_in_review": (roles.POLICY_EDITOR, now_of(lambda: QuestionFactory(state="review"))),
    "proposed_pass_points": (roles.POLICY_EDITOR, now_of(trail.waiting_points)),
    "proposed_regrades": (roles.POLICY_EDITOR, now_of(trail.waiting_regrade)),
    "workshops_with_a_door": (roles.WORKSHOP_HOST, now_of(trail.at_the_door)),
    "appeals_due_later": (roles.REVIEWER, due(2 * DAY)),
    "unassigned_later": (roles.REVIEW_LEAD, due(2 * DAY)),
    "second_reviews": (roles.REVIEWER, now_of(trail.drawn)),
    "own_appeals": (roles.REVIEWER, taken),
    "checked_uploads": (roles.REVIEWER, of(trail.checked_upload, Upload, "uploaded_by")),
    "checked_members": (roles.OPERATOR, of(trail.members_to_invite, MemberUpload, "uploaded_by")),
    "refused_members": (roles.OPERATOR, refused_lines),
    "draft_reversals": (roles.INCIDENT_LEAD, of(trail.drafted, MassReversal, "created_by")),
    "draft_workshops": (roles.WORKSHOP_HOST, hosted_draft),
    "drafted_versions": (roles.POLICY_EDITOR, now_of(trail.draft)),
    "drafted_articles": (roles.POLICY_EDITOR, now_of(trail.article_draft)),
    "workshops_this_week": (roles.WORKSHOP_HOST, now_of(lambda: trail.workshop(begins_in=2 * DAY))),
    "coming_versions": (roles.POLICY_EDITOR, coming_version),
}
"""By the name of the need: a role that settles it, and what makes it wait."""

FOR_WHO_LOOKS = {"coming_versions"}
"""What is only looked at, auditors see too."""


def staff(role: str) -> User:
    user: User = UserFactory(is_staff=True, is_superuser=role == SUPERUSER)
    user.groups.set(Group.objects.filter(name=role))
    return user


def names_of(person: User, moment: datetime) -> set[str]:
    return {found.need.name for found in needs_of(person, now=moment)}


def test_each_need_is_tried() -> None:
    assert set(WAITING) == {need.name for need in NEEDS}


@pytest.mark.parametrize("name", WAITING)
def test_need_finds_what_waits_for_who_settles_it_and_its_button_opens(client: Client, name: str) -> None:
    role, make = WAITING[name]
    person, auditor = staff(role), staff(roles.AUDITOR)
    assert name not in names_of(person, timezone.now())
    moment = make(person)
    (found,) = (one for one in needs_of(person, now=moment or timezone.now()) if one.need.name == name)
    assert (name in names_of(auditor, moment or timezone.now())) == (name in FOR_WHO_LOOKS)
    client.force_login(person)
    record = found.records[0]
    assert client.get(found.need.record_url(record), follow=True).status_code == 200
    if moment is None:  # else it waits at another time than the list is asked
        assert record in client.get(found.need.list_url()).context["cl"].result_list


STEPS = {
    "emails_given_up": ("inbox_emaildelivery", "try_again", "Try again"),
    "webhooks_off": ("events_webhookendpoint", "switch_on", "Switch on"),
    "erasures": ("retention_erasurerequest", "erase", "Erase"),
}
"""By the name of the need: the list, and the action of it that settles a record, with its button."""


@pytest.mark.parametrize("name", STEPS)
def test_page_of_what_waits_has_the_button_that_settles_it(client: Client, name: str) -> None:
    (role, make), (model, action, label) = WAITING[name], STEPS[name]
    person = staff(role)
    make(person)
    (found,) = (one for one in needs_of(person, now=timezone.now()) if one.need.name == name)
    client.force_login(person)
    page = client.get(found.need.record_url(found.records[0])).text
    listed = reverse(f"admin:{model}_changelist")
    form = page[page.index(f'action="{listed}"') :]
    assert f"<button>{label}</button>" in form[: form.index("</form>")]
    sent = {"action": action, "_selected_action": str(found.records[0].pk)}
    assert all(f'name="{key}" value="{value}"' in form for key, value in sent.items())
    asked = client.post(listed, sent)
    assert "Back without changing anything" in asked.text
    client.post(listed, {**sent, "confirmed": "Yes, do it"})
    waiting = [one.records for one in needs_of(person, now=timezone.now()) if one.need.name == name]
    assert found.records[0] not in [record for records in waiting for record in records]
    assert f"<button>{label}</button>" not in client.get(found.need.record_url(found.records[0])).text


def test_token_that_expires_leads_to_another_like_it(client: Client) -> None:
    person = staff(roles.OPERATOR)
    expiring(person)
    token = ApiToken.objects.get()
    client.force_login(person)
    page = client.get(reverse("admin:sellers_apitoken_change", args=[token.pk])).text
    another = reverse("admin:sellers_apitoken_add", query={"market": token.market_id, "scope": token.scope})
    assert escape(another) in page
    assert "<button>Revoke</button>" in page
    form = client.get(another).context["form"]
    assert (form["market"].value(), form["scope"].value()) == (str(token.market_id), token.scope)

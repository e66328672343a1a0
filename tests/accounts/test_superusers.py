"""Two people make a superuser, or one with a reason that the others read."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import SuperuserProposal, User
from accounts.services import decide_superuser, propose_superuser
from audit.models import AuditEntry, LoneDecision
from healthportal.workbench.selectors import needs_of
from kit.outcomes import Refused
from kit.second_person import OwnProposal
from tests.factories import UserFactory
from tests.forms import fields_of
from tests.quizzes.test_models import refuses
from tests.threads import together

pytestmark = pytest.mark.django_db
WHY = "The other superuser left the company."


def boss() -> User:
    user: User = UserFactory(is_staff=True, is_superuser=True)
    return user


@pytest.fixture
def candidate() -> User:
    user: User = UserFactory(is_staff=True)
    return user


def proposed(candidate: User, by: User) -> SuperuserProposal:
    return propose_superuser(user=candidate, reason="She runs it.", proposed_by=by, now=timezone.now())


def decide(proposal: SuperuserProposal, by: User, *, is_approved: bool = True, why: str = "") -> SuperuserProposal:
    return decide_superuser(
        proposal=proposal, is_approved=is_approved, decided_by=by, now=timezone.now(), alone_reason=why
    )


def is_superuser(user: User) -> bool:
    return User.objects.get(pk=user.pk).is_superuser


def test_superuser_is_proposed_by_one_and_approved_by_another(candidate: User) -> None:
    by, other = boss(), boss()
    proposal = proposed(candidate, by)
    assert not is_superuser(candidate)
    with pytest.raises(OwnProposal):
        decide(proposal, by)
    decide(proposal, other)
    assert is_superuser(candidate)
    assert decide(proposal, by, is_approved=False).approved is True
    proposing, deciding = AuditEntry.objects.order_by("pk")
    assert (proposing.note, deciding.note) == ("Proposed as a superuser: She runs it.", "Approved: a superuser.")
    assert deciding.changes == [{"field": "is_superuser", "from": False, "to": True}]


def test_declined_proposal_makes_nobody_a_superuser_and_another_can_follow(candidate: User) -> None:
    by = boss()
    decide(proposed(candidate, by), by, is_approved=False)
    assert not is_superuser(candidate)
    decide(proposed(candidate, by), by, why=WHY)
    assert is_superuser(candidate)
    assert LoneDecision.objects.get().entry.note == WHY


def test_who_cannot_become_one_is_not_proposed(candidate: User) -> None:
    by = boss()
    with pytest.raises(Refused, match="a superuser already"):
        proposed(boss(), by)
    with pytest.raises(Refused, match="Only active members of staff"):
        proposed(UserFactory(), by)
    with pytest.raises(Refused, match="Say what they need"):
        propose_superuser(user=candidate, reason=" ", proposed_by=by, now=timezone.now())
    proposal = proposed(candidate, by)
    with pytest.raises(Refused, match="waits for a decision"):
        proposed(candidate, by)
    with pytest.raises(Refused, match="It is about you"):
        decide(proposal, candidate)
    User.objects.filter(pk=candidate.pk).update(is_staff=False)
    with pytest.raises(Refused, match="Only active members of staff"):
        decide(proposal, boss())


def test_database_makes_nobody_a_superuser_without_an_approval(candidate: User) -> None:
    by = boss()
    proposal = proposed(candidate, by)
    refuses("superuser_approved", "UPDATE accounts_user SET is_superuser = true WHERE id = %s", candidate.pk)
    sql = "UPDATE accounts_superuserproposal SET decided_by_id = %s, decided_at = now(), approved = true WHERE id = %s"
    refuses("superuser_approved_by_another", sql, by.pk, proposal.pk)
    refuses("superuser_decision_is_whole", "UPDATE accounts_superuserproposal SET approved = true")
    refuses("superuser_says_why", "UPDATE accounts_superuserproposal SET reason = ' '")
    refuses("superuser_reason_fits", "UPDATE accounts_superuserproposal SET reason = repeat('x', 2001)")
    sql = (
        "INSERT INTO accounts_superuserproposal (user_id, reason, proposed_by_id, proposed_at)"
        " VALUES (%s, 'Why.', %s, now())"
    )
    refuses("superuser_one_waits", sql, candidate.pk, by.pk)


def test_pages_propose_and_decide(client: Client, candidate: User) -> None:
    by, other = boss(), boss()
    client.force_login(by)
    change = reverse("admin:accounts_user_change", args=[candidate.pk])
    add = reverse("admin:accounts_superuserproposal_add", query={"user": candidate.pk})
    assert add in client.get(change).text
    sent = fields_of(client.get(change).text) | {"is_superuser": "on"}
    assert "Two people make a superuser" in client.post(change, sent).text
    assert not is_superuser(candidate)
    assert client.post(add, {"reason": "She runs it."}).status_code == 302
    page = reverse("admin:accounts_superuserproposal_decide", args=[SuperuserProposal.objects.get().pk])
    assert page in client.get(change).text
    assert "somebody else has to decide" in client.post(page, {"decision": "approve", "alone_reason": "So."}).text
    client.force_login(other)
    assert f'<a class="button" href="{page}">Decide on it</a>' in client.get("/admin/").text
    assert client.post(page, {"decision": "approve"}).status_code == 302
    assert is_superuser(candidate)
    assert "Somebody decided on this already." in client.get(page).text
    assert "a superuser already" in client.get(add).text
    shown = reverse("admin:accounts_superuserproposal_change", args=[SuperuserProposal.objects.get().pk])
    assert "She runs it." in client.get(shown).text
    sent = fields_of(client.get(change).text)
    sent.pop("is_superuser")
    client.post(change, sent)
    assert not is_superuser(candidate)


def test_nobody_but_superusers_proposes(client: Client, candidate: User) -> None:
    client.force_login(UserFactory(is_staff=True))
    add = reverse("admin:accounts_superuserproposal_add", query={"user": candidate.pk})
    assert client.get(add).status_code == 403
    client.force_login(boss())
    assert client.get(reverse("admin:accounts_superuserproposal_add")).status_code == 404


def test_home_does_not_ask_who_it_is_about() -> None:
    by, candidate = boss(), UserFactory(is_staff=True)
    proposed(candidate, by)
    names = [found.need.name for found in needs_of(boss(), now=timezone.now())]
    assert names == ["proposed_superusers"]


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_have_one_effect() -> None:
    proposal, people = proposed(UserFactory(is_staff=True), UserFactory()), [UserFactory() for _ in range(4)]
    together(4, lambda number: decide(proposal, people[number]))
    assert AuditEntry.objects.filter(action="decide").count() == 1

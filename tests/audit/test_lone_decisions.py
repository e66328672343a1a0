"""Who goes alone where two people decide says why, and everybody who may decide it reads that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from audit.models import AuditEntry, LoneDecision, LoneDecisionReading
from audit.services import read_lone_decision
from healthportal import roles
from healthportal.workbench.selectors import needs_of
from kit.second_person import MIN_ALONE, OwnProposal, says_enough
from kit.texts.validators import is_visible
from quizzes.models import PassPointsProposal, Quiz
from quizzes.services import decide_pass_points, propose_pass_points
from tests.factories import PolicyFactory, QuizFactory, UserFactory, person_in
from tests.quizzes.test_models import refuses
from tests.threads import together
from violations.models import RulesChange

pytestmark = pytest.mark.django_db
WHY = "Everybody else is on leave until Monday."
ALONE = 20 * "x"


def editor(role: str = roles.POLICY_EDITOR) -> User:
    return person_in(role)


def proposed(by: User) -> PassPointsProposal:
    quiz = QuizFactory(policy=PolicyFactory(points=9))
    return propose_pass_points(quiz=quiz, points=2, reason="It is long.", proposed_by=by, now=timezone.now())


def alone(by: User, *, why: str = WHY) -> PassPointsProposal:
    return decide_pass_points(
        proposal=proposed(by), is_approved=True, decided_by=by, now=timezone.now(), alone_reason=why
    )


def waits_with(person: User) -> bool:
    return "lone_decisions" in [found.need.name for found in needs_of(person, now=timezone.now())]


def test_reason_to_go_alone_stands_on_the_record_in_the_trail_and_on_the_home_of_the_others(client: Client) -> None:
    by, other, reviewer = editor(), editor(), editor(roles.REVIEWER)
    proposal = alone(by)
    assert (proposal.alone_reason, proposal.decided_by, Quiz.objects.get().pass_points) == (WHY, by, 2)
    entry = AuditEntry.objects.get(action="go_alone")
    assert (entry.note, entry.kind, entry.person) == (WHY, "quizzes.passpointsproposal", by)
    assert [waits_with(one) for one in (by, other, reviewer)] == [False, True, False]
    client.force_login(other)
    page = reverse("admin:audit_lonedecision_read", args=[LoneDecision.objects.get().pk])
    assert f'<a class="button" href="{page}">Read why</a>' in client.get("/admin/").text
    assert WHY in client.get(page).text
    assert client.post(page).status_code == 302
    assert client.post(page).status_code == 302
    assert LoneDecisionReading.objects.get().person == other
    assert not waits_with(other)
    assert waits_with(editor()) is False  # who came later
    client.force_login(reviewer)
    assert client.get(page).status_code == 404
    client.force_login(editor(roles.AUDITOR))
    assert client.post(page).status_code == 403


def test_list_shows_decisions_that_the_person_may_make_and_auditors_all(client: Client) -> None:
    by, lead, auditor = editor(), editor(roles.INCIDENT_LEAD), editor(roles.AUDITOR)
    decision = LoneDecision.objects.get(entry__object_id=str(alone(by).pk))
    LoneDecision.objects.update(permission="violations.void_violations_in_bulk")
    for person, found in ((by, False), (lead, True), (auditor, True)):
        client.force_login(person)
        assert (WHY in client.get(reverse("admin:audit_lonedecision_changelist")).text) is found
        shown = client.get(reverse("admin:audit_lonedecision_change", args=[decision.pk]), follow=True)
        assert (WHY in shown.text) is found
        assert ("I have read it" in shown.text) is (person == lead)


@pytest.mark.parametrize("why", ["", " " * 40, "x" * (MIN_ALONE - 1), "​" * 40 + "x"])
def test_reason_that_says_nothing_is_refused_by_service_and_database(why: str) -> None:
    by = editor()
    with pytest.raises(OwnProposal, match="at least 20 characters"):
        alone(by, why=why)
    sql = (
        "UPDATE quizzes_passpointsproposal SET decided_by_id = %s, decided_at = now(), approved = true,"
        " alone_reason = %s"
    )
    refuses("pass_points_approved_by_another", sql, by.pk, why)
    refuses("pass_points_alone_reason_fits", sql, by.pk, "x" * 2001)
    with connection.cursor() as cursor:
        cursor.execute(sql, [by.pk, ALONE])


@given(st.text(alphabet=" \u200bx\n\u3000é", max_size=60))
def test_python_and_database_count_the_same_characters(why: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s ~ %s", [why, is_visible("x", at_least=MIN_ALONE).children[0][1]])  # type: ignore[index]  # a pair
        assert cursor.fetchone() == (says_enough(why),)


def test_reason_is_not_kept_when_a_second_person_approves_and_a_proposal_is_taken_back_alone() -> None:
    by, now = editor(), timezone.now()
    first = decide_pass_points(proposal=proposed(by), is_approved=True, decided_by=editor(), now=now, alone_reason=WHY)
    assert first.alone_reason == ""
    second = decide_pass_points(proposal=proposed(by), is_approved=False, decided_by=by, now=now)
    assert (second.approved, second.alone_reason) == (False, "")
    assert not LoneDecision.objects.exists()


def test_form_asks_only_who_proposed_it_for_a_reason(client: Client) -> None:
    by, other = editor(), editor()
    page = reverse("admin:quizzes_quiz_decide", args=[proposed(by).quiz_id])
    client.force_login(other)
    assert 'name="alone_reason"' not in client.get(page).text
    client.force_login(by)
    sent: dict[str, Any] = {"decision": "approve", "alone_reason": "Short."}
    answer = client.post(page, sent)
    assert "somebody else has to decide" in answer.text
    assert "Short." in answer.text
    client.post(page, sent | {"alone_reason": WHY})
    assert Quiz.objects.get().pass_points == 2


def test_decision_of_long_ago_is_not_shown_to_who_came_since() -> None:
    alone(editor())
    assert waits_with(editor()) is False
    late = editor()
    User.objects.filter(pk=late.pk).update(date_joined=timezone.now() - timedelta(days=1))
    assert waits_with(User.objects.get(pk=late.pk))


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_have_one_effect() -> None:
    proposal, people = proposed(UserFactory()), [UserFactory() for _ in range(4)]
    together(
        4,
        lambda number: decide_pass_points(
            proposal=proposal, is_approved=True, decided_by=people[number], now=timezone.now()
        ),
    )
    assert AuditEntry.objects.filter(action="decide").count() == 1


@pytest.mark.django_db(transaction=True)
def test_reading_twice_at_once_is_noted_once() -> None:
    by, reader = UserFactory(), UserFactory()
    alone(by)
    decision = LoneDecision.objects.get()
    together(4, lambda _: read_lone_decision(decision=decision, read_by=reader, now=timezone.now()))
    assert LoneDecisionReading.objects.count() == 1


def test_every_such_record_names_who_may_approve_it() -> None:
    assert RulesChange.approved_with == "violations.add_ruleschange"

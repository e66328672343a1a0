"""Members of a seller: roles, who may do what, and that an owner stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AccountEmail, User
from audit.models import AuditEntry
from kit.outcomes import Refused
from quizzes.services import answer_question, start_attempt, submit_attempt
from sellers import rules
from sellers.models import Member, Seller
from sellers.rules import Right, Role
from sellers.selectors import sellers_of
from sellers.services import (
    NotYours,
    add_member,
    change_role,
    own_sellers,
    refuse_to_decide,
    refuse_without_right,
    remove_member,
)
from tests.factories import (
    NOW,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.quizzes.helpers import (
    answer_all,
)
from tests.threads import together
from violations.services import file_appeal, save_draft, withdraw_appeal
from workshops.services import cancel_signup, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]


@pytest.fixture
def seller() -> Seller:
    made: Seller = SellerFactory(name="Daylight")
    return made


@pytest.fixture
def owner(seller: Seller) -> User:
    return member(seller, Role.OWNER, name="Olga")


def member(seller: Seller, role: str, **fields: Any) -> User:
    user: User = MemberFactory(seller=seller, role=role, user=UserFactory(**fields)).user
    return user


def roles(seller: Seller) -> list[str]:
    return sorted(seller.members.values_list("role", flat=True))


def told() -> list[tuple[str, str]]:
    return [(email.to, email.subject) for email in AccountEmail.objects.order_by("pk")]


# --- Who may do what


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.OWNER, {Right.APPEAL, Right.QUIZ, Right.WORKSHOP, Right.DOWNLOAD, Right.MEMBERS}),
        (Role.MANAGER, {Right.APPEAL, Right.QUIZ, Right.WORKSHOP, Right.DOWNLOAD}),
        (Role.VIEWER, set()),
        (None, set()),
    ],
)
def test_roles_have_these_rights_and_no_others(role: str | None, rights: set[Right]) -> None:
    assert {right for right in Right if rules.may(role, right)} == rights


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, None])
def test_guard_refuses_whoever_has_no_right_and_says_who_has(seller: Seller, role: Role | None) -> None:
    person = member(seller, role) if role else MemberFactory().user
    with pytest.raises(NotYours, match="The owners of Daylight invite people"):
        refuse_without_right(person=person, seller=seller, right=Right.MEMBERS)


def act_on_appeals(seller: Seller, person: User, actor: User) -> Iterator[Callable[[], object]]:
    first, second = issue(seller, PolicyFactory()), issue(seller, PolicyFactory())
    filed = file_appeal(violation=first, text="No.", filed_by=actor, now=NOW)
    yield lambda: save_draft(violation=second, member=person, text="No.", window="w", now=NOW)
    yield lambda: file_appeal(violation=second, text="No.", filed_by=person, now=NOW)
    yield lambda: withdraw_appeal(appeal=filed, withdrawn_by=person, now=NOW)


def act_on_quizzes(seller: Seller, person: User, actor: User) -> Iterator[Callable[[], object]]:
    policy = PolicyFactory()
    issue(seller, policy)
    quiz = QuizFactory(policy=policy)
    yield lambda: start_attempt(quiz=quiz, seller=seller, user=person, now=NOW)
    attempt = start_attempt(quiz=quiz, seller=seller, user=actor, now=NOW)
    choices = attempt.questions.get(position=1).right_ids
    yield lambda: answer_question(attempt=attempt, user=person, position=1, choices=choices, now=NOW)
    answer_all(attempt)
    yield lambda: submit_attempt(attempt=attempt, user=person, now=NOW)


def act_on_workshops(seller: Seller, person: User, actor: User) -> Iterator[Callable[[], object]]:
    workshop = WorkshopFactory(market=seller.market)
    yield lambda: sign_up(workshop=workshop, seller=seller, user=person, now=NOW)
    place = sign_up(workshop=workshop, seller=seller, user=actor, now=NOW)
    yield lambda: cancel_signup(signup=place, user=person, now=NOW)


@pytest.mark.parametrize("acts", [act_on_appeals, act_on_quizzes, act_on_workshops])
@pytest.mark.parametrize("role", [Role.VIEWER, None])
def test_viewers_and_strangers_do_nothing_for_a_seller(
    seller: Seller, owner: User, role: Role | None, acts: Callable[..., Iterator[Callable[[], object]]]
) -> None:
    person = member(seller, role) if role else MemberFactory().user
    for act in acts(seller, person, owner):
        with pytest.raises(NotYours, match="Daylight"):
            act()


@pytest.mark.parametrize("acts", [act_on_appeals, act_on_quizzes, act_on_workshops])
def test_managers_do_everything_for_a_seller_but_manage_its_members(
    seller: Seller, owner: User, acts: Callable[..., Iterator[Callable[[], object]]]
) -> None:
    person = member(seller, Role.MANAGER)
    for act in acts(seller, person, owner):
        act()
    with pytest.raises(NotYours):
        remove_member(seller=seller, user=owner, now=NOW, removed_by=person)


def test_sellers_of_a_person_come_with_their_role() -> None:
    person = UserFactory()
    for role in Role:
        MemberFactory(user=person, role=role, seller__name=role)
        MemberFactory(seller=Seller.objects.get(name=role))
    assert [seller.own_role for seller in sellers_of(person)] == ["manager", "owner", "viewer"]


# --- Adding, removing, changing a role


def test_added_member_is_an_owner_unless_said_otherwise_and_the_others_are_told(seller: Seller, owner: User) -> None:
    person, staff = UserFactory(name="Nina"), UserFactory()
    for _ in range(2):
        add_member(seller=seller, user=person, now=NOW, added_by=staff)
    assert seller in sellers_of(person)
    add_member(seller=seller, user=UserFactory(name="Vic"), role=Role.VIEWER, now=NOW, added_by=staff)
    assert roles(seller) == ["owner", "owner", "viewer"]
    assert told() == [
        (owner.email, "New member of Daylight: Nina"),
        (owner.email, "New member of Daylight: Vic"),
        (person.email, "New member of Daylight: Vic"),
    ]
    notes = [(entry.action, entry.note) for entry in AuditEntry.objects.order_by("pk")]
    assert notes[0] == ("add_member", f"Added Nina ({person.email}) as Owner.")
    assert len(notes) == 2


def test_inactive_members_are_not_written_to(seller: Seller) -> None:
    member(seller, Role.OWNER, is_active=False)
    add_member(seller=seller, user=UserFactory(), now=NOW)
    assert told() == []


def test_letters_are_in_the_language_of_the_reader_with_a_link(seller: Seller, owner: User) -> None:
    add_member(seller=seller, user=UserFactory(name="Nina"), role=Role.MANAGER, now=NOW)
    body = AccountEmail.objects.get().body
    assert "Role: Manager. Files appeals, takes quizzes and signs up for workshops." in body
    assert body.endswith(f"/s/{seller.pk}/members/")


def test_owner_removes_a_member_and_everybody_is_told(seller: Seller, owner: User) -> None:
    person = member(seller, Role.MANAGER, name="Nina")
    for _ in range(2):
        remove_member(seller=seller, user=person, now=NOW, removed_by=owner)
    assert seller not in sellers_of(person)
    assert told() == [
        (owner.email, "No longer a member of Daylight: Nina"),
        (person.email, "You are no longer a member of Daylight"),
    ]
    assert list(AuditEntry.objects.values_list("action", "person")) == [("remove_member", owner.pk)]


@pytest.mark.parametrize("role", Role)
def test_everybody_but_the_last_owner_may_leave(seller: Seller, owner: User, role: Role) -> None:
    person = member(seller, role)
    remove_member(seller=seller, user=person, now=NOW, removed_by=person)
    assert roles(seller) == ["owner"]
    with pytest.raises(Refused, match="Olga is the only owner of Daylight"):
        remove_member(seller=seller, user=owner, now=NOW, removed_by=owner)


def test_role_is_changed_by_an_owner_and_all_are_told(seller: Seller, owner: User) -> None:
    person = member(seller, Role.VIEWER, name="Nina")
    for _ in range(2):
        change_role(seller=seller, user=person, role=Role.MANAGER, now=NOW, changed_by=owner)
    assert roles(seller) == ["manager", "owner"]
    assert told() == [(who.email, "New role at Daylight: Nina") for who in (owner, person)]
    assert AuditEntry.objects.get().note == f"Nina ({person.email}) is now Manager."
    change_role(seller=seller, user=UserFactory(), role=Role.OWNER, now=NOW, changed_by=owner)
    assert roles(seller) == ["manager", "owner"]


def test_last_owner_stays_an_owner(seller: Seller, owner: User) -> None:
    member(seller, Role.MANAGER)
    with pytest.raises(Refused, match="only owner"):
        change_role(seller=seller, user=owner, role=Role.VIEWER, now=NOW, changed_by=owner)
    other = member(seller, Role.OWNER)
    change_role(seller=seller, user=owner, role=Role.VIEWER, now=NOW, changed_by=other)
    assert roles(seller) == ["manager", "owner", "viewer"]


# --- The database


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def refused(name: str) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():  # noqa: PT012  # what is deferred, too
        yield
        run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE sellers_member SET role = 'manager' WHERE role = 'owner'",
        "DELETE FROM sellers_member WHERE role = 'owner'",
    ],
)
def test_database_keeps_an_owner_among_members(seller: Seller, owner: User, attack: str) -> None:
    member(seller, Role.VIEWER)
    with refused("would have no owner"):
        run(attack)


def test_database_keeps_an_owner_when_one_is_moved_to_another_seller(seller: Seller, owner: User) -> None:
    member(seller, Role.VIEWER)
    with refused("would have no owner"):
        Member.objects.filter(user=owner).update(seller=SellerFactory())


def test_database_lets_owners_be_exchanged_and_a_seller_lose_everybody(seller: Seller, owner: User) -> None:
    with transaction.atomic():
        Member.objects.filter(user=owner).delete()
        member(seller, Role.OWNER)
    Member.objects.filter(seller=seller).delete()
    run("SET CONSTRAINTS ALL IMMEDIATE")


def test_database_knows_three_roles(seller: Seller, owner: User) -> None:
    with refused("member_role_known"):
        Member.objects.update(role="boss")


def test_members_made_by_plain_sql_are_owners(seller: Seller) -> None:
    person = UserFactory()
    run(f"INSERT INTO sellers_member (seller_id, user_id, created_at) VALUES ({seller.pk}, {person.pk}, now())")
    assert roles(seller) == ["owner"]


# --- At the same moment


@pytest.mark.django_db(transaction=True)
def test_of_owners_who_leave_at_once_one_stays(seller: Seller) -> None:
    owners = [member(seller, Role.OWNER) for _ in range(4)]
    answers = together(4, lambda n: remove_member(seller=seller, user=owners[n], now=NOW, removed_by=owners[n]))
    assert [type(answer).__name__ for answer in answers if answer] == ["Refused"]
    assert roles(seller) == ["owner"]


@pytest.mark.django_db(transaction=True)
def test_owners_who_make_each_other_viewers_leave_one(seller: Seller) -> None:
    owners = [member(seller, Role.OWNER) for _ in range(2)]

    def demote(n: int) -> None:
        change_role(seller=seller, user=owners[n], role=Role.VIEWER, now=NOW, changed_by=owners[1 - n])

    answers = together(2, demote)
    assert [type(answer).__name__ for answer in answers if answer] == ["NotYours"]
    assert roles(seller) == ["owner", "viewer"]


@pytest.mark.django_db(transaction=True)
def test_plain_sql_at_the_same_moment_leaves_an_owner_too(seller: Seller) -> None:
    owners = [member(seller, Role.OWNER) for _ in range(3)]
    member(seller, Role.VIEWER)
    answers = together(3, lambda n: Member.objects.filter(user=owners[n]).delete())
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 1
    assert roles(seller) == ["owner", "viewer"]


@pytest.mark.django_db(transaction=True)
def test_role_taken_away_at_the_same_moment_counts(seller: Seller, owner: User) -> None:
    """Whoever comes second sees what the first did: the appeal is filed before the role is gone, or not at all."""
    person, violation = member(seller, Role.MANAGER), issue(seller, PolicyFactory())

    def act(n: int) -> object:
        if n:
            return file_appeal(violation=violation, text="No.", filed_by=person, now=NOW)
        return change_role(seller=seller, user=person, role=Role.VIEWER, now=NOW, changed_by=owner)

    _none, filed = together(2, act)
    assert isinstance(filed, NotYours) != violation.appeals.exists()


# --- What one service leaves alone


def test_another_sellers_members_and_owners_are_left_alone(seller: Seller, owner: User) -> None:
    """Each service looks at one seller: owners of another count for nothing there, and keep what they are."""
    elsewhere = MemberFactory(role=Role.OWNER, user=owner)
    MemberFactory(seller=elsewhere.seller, role=Role.OWNER)
    with pytest.raises(Refused, match="only owner of Daylight"):
        remove_member(seller=seller, user=owner, now=NOW, removed_by=owner)
    add_member(seller=seller, user=UserFactory(), now=NOW)
    change_role(seller=seller, user=owner, role=Role.VIEWER, now=NOW, changed_by=owner)
    remove_member(seller=seller, user=owner, now=NOW, removed_by=owner)
    elsewhere.refresh_from_db()
    assert elsewhere.role == Role.OWNER
    assert roles(seller) == ["owner"]


def test_what_is_done_about_members_is_in_the_trail_of_their_seller(seller: Seller, owner: User) -> None:
    person = UserFactory(name="Nina")
    add_member(seller=seller, user=person, now=NOW, added_by=owner)
    change_role(seller=seller, user=person, role=Role.VIEWER, now=NOW, changed_by=owner)
    remove_member(seller=seller, user=person, now=NOW, removed_by=owner)
    entries = AuditEntry.objects.filter(kind="sellers.seller", object_id=str(seller.pk)).order_by("pk")
    assert [(entry.action, entry.note) for entry in entries] == [
        ("add_member", f"Added Nina ({person.email}) as Owner."),
        ("change_role", f"Nina ({person.email}) is now Viewer."),
        ("remove_member", f"Removed Nina ({person.email})."),
    ]


# --- Separate hands


def test_own_sellers_are_those_asked_about_that_somebody_named_may_act_for(seller: Seller, owner: User) -> None:
    other = MemberFactory()
    ids = [seller.pk, other.seller.pk, SellerFactory().pk]
    assert own_sellers(people=[owner, None], seller_ids=ids) == {seller.pk}
    assert own_sellers(people=[owner, other.user], seller_ids=ids) == {seller.pk, other.seller.pk}
    assert own_sellers(people=[owner], seller_ids=[other.seller.pk]) == set()
    assert own_sellers(people=[None], seller_ids=ids) == set()


def test_nobody_decides_about_a_seller_they_are_a_member_of(seller: Seller, owner: User) -> None:
    with pytest.raises(Refused, match="You are a member of Daylight: somebody else decides about it"):
        refuse_to_decide(person=owner, seller=seller)
    refuse_to_decide(person=owner, seller=SellerFactory())
    refuse_to_decide(person=None, seller=seller)

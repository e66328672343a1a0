"""Links for helpers: made once, shown once, good for one door, and ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.models import AuditEntry
from kit.outcomes import Refused, WrongState
from tests.factories import NOW, UserFactory
from tests.workshops.doors import END, MINUTE, helper, open_workshop
from workshops.models import DoorLink
from workshops.services import cancel_workshop, make_door_link, note_opened, revoke_door_link
from workshops.services.door_links import MAX_LINKS

pytestmark = pytest.mark.django_db


def test_a_link_keeps_a_hash_of_its_secret_alone() -> None:
    host, workshop = UserFactory(is_staff=True), open_workshop()
    link, secret = make_door_link(workshop=workshop, name=" North door ", made_by=host, now=NOW)
    assert (link.name, str(link)) == ("North door", "North door")
    assert link.secret_hash == DoorLink.hash_of(secret)
    assert len(secret) >= 32
    entry = AuditEntry.objects.get(action="add")
    assert (entry.person, entry.object_name) == (host, "North door")
    assert secret not in str(entry.changes)
    assert link.secret_hash not in str(entry.changes)


def test_a_link_ends_two_hours_after_the_workshop() -> None:
    link = helper(open_workshop())
    assert link.ends_at == END + timedelta(hours=2)
    assert DoorLink.objects.usable(at=link.ends_at - MINUTE).get() == link
    assert not DoorLink.objects.usable(at=link.ends_at).exists()


def test_a_link_ends_with_its_workshop_and_when_it_is_revoked() -> None:
    link, other = helper(open_workshop()), helper(open_workshop())
    cancel_workshop(workshop=other.workshop, reason="Flood.", now=NOW)
    assert list(DoorLink.objects.usable(at=NOW)) == [link]
    host = UserFactory(is_staff=True)
    revoke_door_link(link=link, revoked_by=host, now=NOW)
    assert not DoorLink.objects.usable(at=NOW).exists()
    again = revoke_door_link(link=link, revoked_by=host, now=NOW + MINUTE)
    assert again.revoked_at == NOW
    assert AuditEntry.objects.filter(action="revoke").count() == 1


def test_a_name_is_used_by_one_link_at_a_time() -> None:
    link = helper(open_workshop())
    with pytest.raises(Refused, match="There is a link “North door” already"):
        helper(link.workshop)
    revoke_door_link(link=link, revoked_by=link.made_by, now=NOW)
    assert helper(link.workshop).pk != link.pk


@pytest.mark.parametrize("name", ["", " ", "\u200b"])
def test_a_link_has_a_name(name: str) -> None:
    with pytest.raises(Refused, match="Say whose phone it is for"):
        helper(open_workshop(), name)


def test_a_link_is_for_a_workshop_that_is_still_to_come_or_runs() -> None:
    for fields in ({"published_at": None}, {"starts_at": NOW - timedelta(hours=3), "ends_at": NOW}):
        with pytest.raises(WrongState):
            helper(open_workshop(**fields))


def test_links_are_not_without_number() -> None:
    workshop = open_workshop()
    for number in range(MAX_LINKS):
        helper(workshop, f"Door {number}")
    with pytest.raises(Refused, match="enough links"):
        helper(workshop)


def test_that_a_link_was_opened_is_noted_once_a_minute() -> None:
    link = helper(open_workshop())
    for moment in (NOW, NOW + MINUTE / 2):
        note_opened(link, now=moment)
        link.refresh_from_db()
        assert link.opened_at == NOW
    note_opened(link, now=NOW + MINUTE)
    link.refresh_from_db()
    assert link.opened_at == NOW + MINUTE

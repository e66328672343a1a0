"""The two roles of the database: what the portal's own may do and may not, with the files that the docs name."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from audit.services import record
from healthportal.database_role import check_role, role_may_too_much
from healthportal.embedded import postgres
from healthportal.embedded.services import running
from healthportal.retention.erasure import ask_for_erasure, erase_person
from healthportal.roles import REVIEWER
from tests.factories import LONG_AGO, NOW, MemberFactory, PolicyFactory, UserFactory, WorkshopFactory, issue
from violations.models import PointsEntry, Violation
from workshops.services import sign_up

ROLE = "portal_of_the_tests"
OPERATIONS = Path(configured.BASE_DIR) / "docs" / "operations.md"


@pytest.fixture
def role(db: None) -> Iterator[None]:
    """The portal's role in the test's database, by the file that the docs name; what follows is done as it."""
    grants = re.sub(r"^--.*", "", postgres.GRANTS.read_text(), flags=re.MULTILINE).replace(':"role"', ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")
        cursor.execute(grants)
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        yield
        cursor.execute("RESET ROLE")


@contextmanager
def as_owner() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        yield
        cursor.execute(f"SET LOCAL ROLE {ROLE}")


ATTACKS = [
    "ALTER TABLE violations_pointsentry DISABLE TRIGGER USER",
    "ALTER TABLE violations_pointsentry DISABLE TRIGGER ALL",
    "DROP TRIGGER points_entry_append_only ON violations_pointsentry",
    "ALTER TABLE violations_pointsentry DROP CONSTRAINT points_entry_correction_copies_expiry",
    "TRUNCATE violations_pointsentry CASCADE",
    "TRUNCATE audit_auditentry",
    "TRUNCATE reports_weeklyreport",
    "DROP TABLE audit_auditentry",
    "ALTER TABLE audit_auditentry OWNER TO CURRENT_USER",
    "CREATE OR REPLACE FUNCTION refuse_changing_ledger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "DROP FUNCTION refuse_changing_ledger() CASCADE",
    "CREATE TRIGGER a_new_one BEFORE UPDATE ON violations_pointsentry FOR EACH ROW EXECUTE FUNCTION no_such()",
    "CREATE TABLE another (id int)",
    "SET session_replication_role = replica",
    "UPDATE violations_pointsentry SET points = 1",
    "DELETE FROM violations_pointsentry",
    "UPDATE audit_auditentry SET note = ''",
    "DELETE FROM audit_auditentry",
    "SET LOCAL portal.erases = 'on'; UPDATE audit_auditentry SET actor = 'Somebody else'",
    "SELECT unname_in_trail(person_id, 'accounts.user', ARRAY['look']) FROM audit_auditentry",
]


@pytest.mark.usefixtures("role")
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_portals_role_cannot_touch_what_holds_the_ledger(attack: str) -> None:
    issue(MemberFactory().seller, PolicyFactory())
    record(by=UserFactory(), action="look", now=NOW)
    before = list(PointsEntry.objects.values_list())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert list(PointsEntry.objects.values_list()) == before
    assert AuditEntry.objects.count() == 1


@pytest.mark.usefixtures("role")
def test_the_portals_role_can_do_what_the_portal_does(client: Client) -> None:
    member = MemberFactory()
    violation = issue(member.seller, PolicyFactory())
    sign_up(
        workshop=WorkshopFactory(published_at=LONG_AGO, starts_at=NOW + timedelta(days=9)),
        seller=member.seller,
        user=member.user,
        now=NOW,
    )
    client.force_login(member.user)
    for page in ["dashboard", "inbox:list", "violations:ledger", "violations:list", "workshops:seller_list"]:
        assert client.get(reverse(page, args=[member.seller.pk])).status_code == 200, page
    staff = UserFactory(is_staff=True)
    with as_owner():
        staff.groups.add(Group.objects.get(name=REVIEWER))
    client.force_login(staff)
    page = reverse("admin:violations_violation_void", args=[violation.pk])
    assert client.post(page, {"reason": "It was another seller."}).status_code == 302
    assert not Violation.objects.get().is_standing


@pytest.mark.usefixtures("role")
def test_the_portals_role_can_erase_a_person() -> None:
    user, boss = UserFactory(name='Ann "Q" Miller'), UserFactory()
    record(by=user, action="look", about=boss, note=f"Seen by {user.label}.", now=NOW)
    record(by=boss, action="look", about=user, now=NOW)
    erase_person(request=ask_for_erasure(user=user, now=NOW), now=NOW, erased_by=boss)
    seen, looked, _ = AuditEntry.objects.order_by("pk")
    assert (seen.actor, seen.note, looked.object_name) == (
        "A former member",
        "Seen by A former member.",
        "A former member",
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.update(actor="Somebody else")


@pytest.mark.usefixtures("role")
def test_the_portals_role_may_not_too_much() -> None:
    assert role_may_too_much() == ""


@pytest.mark.django_db
def test_a_superuser_may_too_much(client: Client, settings: Any) -> None:
    assert role_may_too_much() == "is a superuser, so it could switch off what the database guarantees"
    settings.PRODUCTION = True
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert b"database role: is a superuser" in answer.content
    (warning,) = run_checks(databases=["default"], include_deployment_checks=True, tags=["database"])
    assert warning.id == "healthportal.W002"
    assert check_role(databases=None) == []


@pytest.mark.usefixtures("role")
@pytest.mark.parametrize("right", ["OWNER TO", "TRUNCATE", "TRIGGER", "MEMBER"])
def test_a_role_that_owns_a_table_or_may_empty_one_is_told(right: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        if right == "OWNER TO":
            cursor.execute(f"ALTER TABLE workshops_workshop OWNER TO {ROLE}")
        elif right == "MEMBER":
            cursor.execute("CREATE ROLE owner_of_the_tests")
            cursor.execute("ALTER TABLE workshops_workshop OWNER TO owner_of_the_tests")
            cursor.execute(f"GRANT owner_of_the_tests TO {ROLE}")
        else:
            cursor.execute(f"GRANT {right} ON workshops_workshop TO {ROLE}")
    assert role_may_too_much().startswith("owns or may empty 1 tables")


@pytest.mark.usefixtures("role")
def test_production_with_two_roles_is_well(client: Client, settings: Any) -> None:
    settings.PRODUCTION = True
    assert b"database role: ok" in client.get("/readyz").content


# --- A server of its own


def run_sql(run: Path, user: str, database: str, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    psql = [postgres._program("psql"), "-X", "-q", "-t", "-A", "-h", run, "-U", user, "-d", database]
    command = [str(word) for word in [*psql, "-v", "ON_ERROR_STOP=1", *words]]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def test_the_roles_of_the_operations_page_migrate_and_run(tmp_path: Path) -> None:
    """Its SQL and its commands, in the order it says, on a server without anything."""
    (roles,) = re.findall(r"-- roles: begin\n(.*?)-- roles: end", OPERATIONS.read_text(), flags=re.DOTALL)
    with running(tmp_path, throwaway=True) as services:
        run_sql(services.run, "postgres", "postgres", text="DROP DATABASE portal")
        done = run_sql(services.run, "postgres", "postgres", text=roles)
        assert done.returncode == 0, done.stderr
        grants = ["-v", "role=portal", "-f", str(postgres.GRANTS)]
        done = run_sql(services.run, "portal_owner", "portal", *grants)
        assert done.returncode == 0, done.stderr
        database = f"postgresql://portal_owner@/portal?host={services.run}"
        migrate = [configured.BASE_DIR / ".venv/bin/python", "manage.py", "migrate", "--verbosity=0"]
        env = os.environ | services.environment | {"DATABASE_URL": database}
        subprocess.run([str(word) for word in migrate], cwd=configured.BASE_DIR, env=env, check=True)
        portal = ("portal", "portal")
        assert run_sql(services.run, *portal, text="SELECT count(*) FROM auth_group").stdout == "8\n"
        done = run_sql(services.run, *portal, text="ALTER TABLE violations_pointsentry DISABLE TRIGGER USER")
        assert "must be owner of table violations_pointsentry" in done.stderr


def test_the_demos_portal_owns_nothing(tmp_path: Path) -> None:
    with running(tmp_path, throwaway=True) as services:
        run_sql(services.run, "postgres", "portal", text="CREATE TABLE before (id serial)")
        for _ in range(2):  # at each start
            variables = services.environment_of_portal()
        run_sql(services.run, "postgres", "portal", text="CREATE TABLE after (id serial)")
        assert variables["DATABASE_URL"].startswith("postgresql://portal@/portal")
        for table in ["before", "after"]:
            assert run_sql(services.run, "portal", "portal", text=f"INSERT INTO {table} DEFAULT VALUES").returncode == 0
            assert "permission denied" in run_sql(services.run, "portal", "portal", text=f"TRUNCATE {table}").stderr

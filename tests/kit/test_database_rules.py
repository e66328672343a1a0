"""The files of ``<app>/sql``: each is applied by a migration, can be taken back, and is what the database then has."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kit.database.checks import run_check
from kit.database.rules import Rule, rules
from kit.database.rules_check import rules_check
from tests.apps import APPS

pytestmark = pytest.mark.django_db


def migrate(name: str | None) -> None:
    executor = MigrationExecutor(connection)
    leaves = {app: leaf for app, leaf in executor.loader.graph.leaf_nodes() if app in (*APPS, "events")}
    executor.migrate([(app, name or leaf) for app, leaf in leaves.items()])


def our_triggers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        return {name for (name,) in cursor.fetchall()}


def our_functions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("""SELECT p.proname FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""")
        return {name for (name,) in cursor.fetchall()}


def test_the_database_holds_the_rules_of_the_files_and_no_others() -> None:
    assert run_check(rules_check()).problems == []
    assert our_triggers() == {trigger.name for rule in rules() for trigger in rule.triggers}
    assert our_functions() == {name for rule in rules() for name in rule.functions}


def test_rules_can_be_taken_back_and_applied_again() -> None:
    migrate("0001_initial")
    assert our_triggers() == our_functions() == set()
    assert run_check(rules_check()).broken >= len(rules())
    migrate(None)
    assert run_check(rules_check()).problems == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.path.stem)
def test_a_file_says_why_and_is_named_after_what_it_creates(rule: Rule) -> None:
    sql = rule.sql
    created = {*rule.functions, *(t.name for t in rule.triggers), *(name for _, name in rule.constraints)}
    assert sql.startswith("-- ")
    assert rule.path.stem in created

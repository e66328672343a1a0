"""Fixtures of all tests. The Postgres and the Valkey they use come from tests/services.py."""

import gc
import os
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.core.management.color import Style
from django.core.management.commands import flush
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from accounts.models import User
from tests.frames import with_room
from tests.services import GOES_WITH_ITS_DATA, MIGRATED
from tests.translation import pseudo

AS_MIGRATED = "as_migrated"
COPIED: list[str] = []
"""The tables that migrating wrote to."""

# A test that fails when the machine is busy says nothing about the code.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first: at the end one worker would be left with it while the others wait."""
    items.sort(key=lambda item: "faults" not in item.path.parts)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays, so nothing of it is looked through for what may go: that took a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    runner = item.config.pluginmanager.getplugin("runner")
    return with_room(lambda: runner.pytest_runtest_protocol(item, nextitem))


@pytest.fixture(scope="session", autouse=True)
def threads_have_room() -> Iterator[None]:
    """Those of the live server, which draw pages."""
    run = threading.Thread.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "run", lambda thread: with_room(lambda: run(thread)))
        yield


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Nothing need be dropped of a server that goes itself; whoever is still connected would keep that from working."""
    return django_db_keepdb or GOES_WITH_ITS_DATA in os.environ


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The database of each worker begins as a copy of the one that has migrated."""
    if GOES_WITH_ITS_DATA in os.environ:
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = MIGRATED


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """What migrating wrote (permissions, roles) is copied into a schema of its own: see ``sql_flush`` below."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {AS_MIGRATED} CASCADE; CREATE SCHEMA {AS_MIGRATED}")
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
            if cursor.fetchone() == (True,):
                cursor.execute(f"CREATE TABLE {AS_MIGRATED}.{table} AS TABLE {table}")
                COPIED.append(table)


@receiver(connection_created)
def any_clock(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Tests take place at `NOW` and later, whatever the server's clock says."""
    with connection.cursor() as cursor:
        cursor.execute("SET healthportal.any_clock = on")


@pytest.fixture(scope="session", autouse=True)
def fast_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def pseudo_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locale")
    pseudo.write(folder)
    return folder


@pytest.fixture
def pseudo_language(pseudo_catalogue: Path, settings: Any) -> str:
    """A second language that the portal speaks: English «like this»."""
    settings.LOCALE_PATHS = [pseudo_catalogue]
    settings.LANGUAGES = [("en", "English"), (pseudo.LANGUAGE, "Pseudo")]
    return pseudo.LANGUAGE


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits count in the cache, which would outlive a test."""
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def forced_sign_ins_are_proven() -> Iterator[None]:
    """Who is signed in by ``force_login`` has just entered their password; a real sign-in proves itself."""

    def prove(*, request: HttpRequest, user: User, **_: Any) -> None:
        if not request.path:  # of no page
            record_authentication(request, user, "password", reauthenticated=True)

    user_logged_in.connect(prove, weak=False)
    yield
    user_logged_in.disconnect(prove)


@pytest.fixture(scope="session", autouse=True)
def emptying_makes_the_database_as_migrated() -> Iterator[None]:
    """Django empties all tables after a test with real transactions; the ledger would refuse.

    They are deleted from and not truncated, which would write a new file for each of a hundred tables. What migrating
    wrote is copied back, which is quicker than ``post_migrate``, which writes it by comparing.
    """

    def sql_flush(self: DatabaseOperations, style: Style, tables: list[str], **options: bool) -> list[str]:
        deletions = [f"DELETE FROM {self.quote_name(table)}" for table in tables]
        copies = [f"INSERT INTO {table} SELECT * FROM {AS_MIGRATED}.{table}" for table in COPIED]
        return ["SET LOCAL session_replication_role = replica", *deletions, *copies] if deletions else []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *args, **options: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_found_when_asked_for() -> Iterator[None]:
    """Each client of a test would look through all of them first."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture
def attachments_root(tmp_path: Path, settings: Any) -> Path:
    """An empty place of its own for what sellers attach."""
    root = tmp_path / "attachments"
    storage = {**settings.STORAGES["attachments"], "OPTIONS": {"location": root}}
    settings.STORAGES = {**settings.STORAGES, "attachments": storage}
    return root

"""Settings are read once per process, so each of these starts one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction

from healthportal.celery import app
from healthportal.schedule import ENTRIES

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = [ROOT / "healthportal" / name for name in ("settings.py", "connections.py")]
PRODUCTION = {
    "SECRET_KEY": "correct-horse-battery-staple-and-forty-more-characters-0123456789",
    "DATABASE_URL": "postgresql://portal:secret@db.example/portal",
    "REDIS_URL": "redis://cache.example:6379/0",
    "BASE_URL": "https://portal.example",
    "EMAIL_URL": "smtp+tls://portal:secret@mail.example:587",
    "DEFAULT_FROM_EMAIL": "Account health <portal@portal.example>",
}


def check(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    path = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, cwd=ROOT, env=env | path, capture_output=True, text=True, check=False)


def test_production_passes_the_deployment_checks() -> None:
    done = check(PRODUCTION)
    assert done.stdout == "System check identified no issues (2 silenced).\n", done.stderr


def test_production_behind_a_proxy_passes_them_too() -> None:
    done = check({**PRODUCTION, "BEHIND_PROXY": "1", "TRUSTED_PROXIES": "1"})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "DATABASE_URL"])
def test_production_without_a_variable_refuses_to_start(name: str) -> None:
    done = check({key: value for key, value in PRODUCTION.items() if key != name})
    assert done.returncode == 1
    assert f"ImproperlyConfigured: {name} is not set." in done.stderr


def test_a_provider_without_its_package_refuses_to_start() -> None:
    env = {**PRODUCTION, "EMAIL_BACKEND": "anymail.backends.postmark.EmailBackend", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", "import sys; sys.modules['anymail'] = None; import healthportal.settings"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert "ImproperlyConfigured: EMAIL_BACKEND is set, and anymail is not installed." in done.stderr


def test_database_of_the_cache_behind_a_socket_is_that_of_the_queue_too() -> None:
    """Kombu calls it a virtual host, and reads no ``db``."""
    env = {**PRODUCTION, "REDIS_URL": "unix:///run/valkey.sock?db=3", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", "from healthportal.celery import app; print(app.conf.broker_url)"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "redis+socket:///run/valkey.sock?virtual_host=3\n"


def test_production_without_database_refuses_to_start() -> None:
    """Set but empty: unset, a portal that ``make demo`` runs at the moment would lend its own."""
    done = check({**PRODUCTION, "DATABASE_URL": ""})
    assert done.returncode == 1
    assert "ImproperlyConfigured: DATABASE_URL is not set." in done.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"BASE_URL": "http://portal.example"}, "in production it must start with https://"),
        ({"DEBUG": "1"}, "DEBUG is set. It shows secrets to visitors"),
        ({"ENVIRONMENT": "staging"}, "it must be production or local"),
        ({"BEHIND_PROXY": "1"}, "TRUSTED_PROXIES is not set"),
        ({"BEHIND_PROXY": "1", "TRUSTED_PROXIES": "0"}, "TRUSTED_PROXIES is not set"),
        ({"TRUSTED_PROXIES": "1"}, "BEHIND_PROXY is off"),
        ({"WEBHOOK_NETWORKS": "10.0.0.0/8,10.0.0.1/8"}, "WEBHOOK_NETWORKS has '10.0.0.1/8', which is no network"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is 'LOUD'; it must be one of DEBUG, INFO"),
        ({"PROMETHEUS_MULTIPROC_DIR": "/no/such/folder"}, "is no folder that this process may write"),
    ],
)
def test_production_refuses_what_is_unsafe(variables: dict[str, str], sentence: str) -> None:
    done = check(PRODUCTION | variables)
    assert done.returncode == 1
    assert sentence in done.stderr


def test_tasks_are_taken_off_the_queue_when_they_are_done() -> None:
    """Not when a worker takes them: one that is killed would take them along, and beat would have to come by again."""
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert len(ours) > 5
    assert {(task.acks_late, task.reject_on_worker_lost) for task in ours} == {(True, True)}


def test_call_of_beat_that_no_worker_took_is_gone_when_the_next_one_comes() -> None:
    """A night without workers leaves no thousands of calls that find nothing to do."""
    entries = app.conf.beat_schedule.values()
    assert {entry["schedule"].total_seconds() - entry["options"]["expires"] for entry in entries} == {0}


@pytest.mark.django_db(transaction=True)
def test_transactions_see_what_others_committed_whatever_the_databases_default_is() -> None:
    """Services lock, then read again: under another isolation they would read what was there before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        name = connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    try:
        connection.close()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("read committed",)
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} RESET default_transaction_isolation")


@pytest.mark.django_db
def test_transaction_that_somebody_forgot_is_ended_by_the_server() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)


def test_every_variable_is_in_the_table_of_operations() -> None:
    text = "".join(module.read_text() for module in SETTINGS)
    read = set(re.findall(r'(?:env(?:\.\w+)?|required)\(\s*"([A-Z_]+)"', text))
    read |= {entry.setting for entry in ENTRIES.values() if entry.setting}
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "operations.md").read_text(), flags=re.MULTILINE)
    assert len(read) > 10
    assert sorted(table) == sorted(read)


SHOW = """
from django.conf import settings
names = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "DEVICE_COOKIE_NAME", "SECURE_HSTS_SECONDS"]
names += ["SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD"]
print(*(getattr(settings, name) for name in names))
"""


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({}, "__Host-portal_session __Host-csrftoken __Host-portal_device 31536000 False False"),
        (
            {"HSTS_INCLUDE_SUBDOMAINS": "1", "HSTS_PRELOAD": "1"},
            "__Host-portal_session __Host-csrftoken __Host-portal_device 31536000 True True",
        ),
        (
            {"ENVIRONMENT": "local", "BASE_URL": "http://127.0.0.1:8000"},
            "portal_session csrftoken portal_device 0 False False",
        ),
    ],
)
def test_cookies_are_for_this_host_and_hsts_reaches_no_further_unless_asked(
    variables: dict[str, str], shown: str
) -> None:
    env = PRODUCTION | variables | {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "healthportal.settings"}
    done = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == shown

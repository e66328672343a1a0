"""The addresses that say whether the portal lives and is ready, with real servers that are away."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from healthportal.retention.models import Retention
from inbox.models import EmailDelivery
from inbox.tasks import deliver_emails
from kit.jobs.models import Job
from policies.models import PolicyAnnouncement
from reports.models import ReportChunk
from reports.services import start_run
from tests.factories import MarketFactory, MemberFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.inbox.smtp import free_port
from tests.inbox.states import put_into
from tests.violations.reversing import start_mass
from violations.models import MassReversal, Rehearsal

from .test_trail_is_complete import in_shadow

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import sys
import django
django.setup()
from django.test import Client
for path in sys.argv[1:]:
    response = Client().get(path)
    print(response.status_code, response.content)
"""
WELL = (
    "database: ok\ncache: ok\nclock: ok\ntime zones: ok\ndatabase role: ok\njobs: ok\nreports: ok\nmass reversals: ok\n"
    "emails: ok\naccount emails: ok\nwebhooks: ok\nAPI tokens: ok\nmail server: ok\n"
)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_readiness_is_well(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.content.decode()) == (200, WELL)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in response["Cache-Control"]


def test_liveness_asks_nobody(client: Client, settings: Any) -> None:
    """Without ``django_db`` a question to the database would fail the test."""
    client.cookies[settings.SESSION_COOKIE_NAME] = "of somebody who looks by themselves"
    response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_they_refuse_to_be_posted(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", ["livez", "readyz", "healthz"])
def test_balancers_may_ask_over_plain_http(client: Client, settings: Any, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(f"/{path}/nothing").status_code == 301
    assert client.post(f"/{path}").status_code == 405


@pytest.mark.parametrize(
    ("variable", "nowhere", "answers"),
    [
        (
            "DATABASE_URL",
            "postgresql://postgres@/portal?host=/nowhere",
            ["200 b'ok\\n'", r"503 b'database: no answer\ncache: ok\n'"],
        ),
        (
            "REDIS_URL",
            "unix:///nowhere/valkey.sock",
            ["200 b'ok\\n'", r"200 b'database: ok\ncache: no answer; sign-ins are not limited meanwhile\n"],
        ),
    ],
)
@pytest.mark.django_db
def test_without_a_server_the_portal_lives_and_is_ready_as_long_as_it_has_a_database(
    variable: str, nowhere: str, answers: list[str]
) -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "healthportal.settings", "BASE_URL": "http://testserver"}
    env["DATABASE_URL"] = _test_database()
    done = subprocess.run(
        [sys.executable, "-c", ASK, "/livez", "/readyz"],
        cwd=ROOT,
        env={**env, variable: nowhere},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert lines[0] == answers[0]
    assert lines[1].startswith(answers[1])


def _test_database() -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


# --- What waits for staff


def told(client: Client) -> dict[str, str]:
    response = client.get("/readyz")
    assert response.status_code == 200
    return dict(line.split(": ", 1) for line in response.content.decode().splitlines())


@pytest.mark.django_db
def test_a_chunk_that_failed_too_often_is_named(client: Client) -> None:
    market = MarketFactory()
    SellerFactory(market=market)
    start_run(market=market, now=timezone.now())
    ReportChunk.objects.update(attempts=7, last_error="DataError: no")
    assert told(client)["reports"] == "ok"
    ReportChunk.objects.update(due_at=None, given_up_at=timezone.now())
    assert told(client)["reports"] == "1 parts of a run failed too often"


def given_up(kind: type[Job]) -> Job:
    """A job of this kind that was given up: what else it says does not matter here."""
    if kind is Rehearsal:
        job: Job = in_shadow()
    elif kind is PolicyAnnouncement:
        policy = PolicyFactory()
        job = PolicyAnnouncement.objects.create(
            version=policy.versions.get(), market=MarketFactory(), due_at=timezone.now()
        )
    else:
        job = Retention.objects.create(kind="digests", days=180)
    kind._default_manager.filter(pk=job.pk).update(due_at=None, claimed_at=None, given_up_at=timezone.now())
    return job


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [PolicyAnnouncement, Rehearsal, Retention])
def test_a_job_of_any_kind_that_was_given_up_is_named(client: Client, kind: type[Job]) -> None:
    given_up(kind)
    assert told(client)["jobs"] == f"{kind._meta.label_lower} given up: 1"


@pytest.mark.django_db
def test_an_email_that_was_given_up_is_named_for_a_day(client: Client) -> None:
    issue(MemberFactory().seller, PolicyFactory())
    put_into("dead")
    assert told(client)["emails"] == "1 given up in the last 24 hours"
    EmailDelivery.objects.update(given_up_at=timezone.now() - timedelta(days=2))
    assert told(client)["emails"] == "ok"


@pytest.mark.django_db
def test_a_mail_server_that_is_away_for_long_is_named(client: Client, settings: Any) -> None:
    """Its emails are due again each minute: nothing is late, nothing failed, and nothing leaves."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    issue(MemberFactory().seller, PolicyFactory(), now=timezone.now() - timedelta(minutes=20))
    deliver_emails()
    answers = told(client)
    assert (answers["jobs"], answers["mail server"]) == ("ok", "urgent emails wait for 20 minutes without a try")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    EmailDelivery.objects.update(due_at=timezone.now())
    deliver_emails()
    assert told(client)["mail server"] == "ok"


@pytest.mark.django_db
def test_a_mass_reversal_that_failed_is_named_and_one_that_somebody_stopped_is_not(client: Client) -> None:
    market = MarketFactory()
    issue(SellerFactory(market=market), PolicyFactory())
    start_mass(market)
    MassReversal.objects.update(stopped_at=timezone.now(), due_at=None)
    assert told(client)["mass reversals"] == "1 stopped after failing"
    MassReversal.objects.update(stopped_by=UserFactory())
    assert told(client)["mass reversals"] == "ok"

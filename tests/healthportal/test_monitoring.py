"""What is seen from outside: metrics, lines of the log, and what neither has in it."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import yaml
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from prometheus_client import REGISTRY

from accounts.models import User
from healthportal.logs import to_the_console
from healthportal.monitoring import extras
from healthportal.monitoring.database import NAMES
from healthportal.monitoring.exposing import processes
from healthportal.monitoring.personal import SECRETS, without_personal_data
from healthportal.monitoring.processes import forget_process
from healthportal.monitoring.sentry import COLLECTED, harmless_event, nothing
from healthportal.monitoring.tasks import _forget_task, _name_task
from inbox.events.models import WebhookEndpoint
from inbox.events.services import create_endpoint
from inbox.events.tasks import prune_events, send_webhooks
from inbox.models import EmailDelivery
from inbox.tasks import deliver_emails
from kit.jobs.queues import job_kinds
from reports.models import ReportRun
from sellers.services import keep_books_open, lock_books, lock_seller_to_record, recording_time
from tests.apps import APPS
from tests.factories import MemberFactory, PolicyFactory, SellerFactory, issue
from tests.healthportal.secret_addresses import SECRET, addresses_with_secrets
from tests.inbox.events.receiver import receiving
from tests.inbox.smtp import free_port
from violations.tasks import record_starts

DOCS = configured.BASE_DIR / "docs"
TOKEN = "a token of Prometheus"


@pytest.fixture
def scrape(client: Client, settings: Any) -> Any:
    settings.METRICS_TOKEN = TOKEN
    return lambda: client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text


@pytest.mark.django_db
def test_metrics_are_for_who_has_the_token(client: Client, settings: Any) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code in {403, 405}


@pytest.mark.django_db
def test_metrics_say_how_jobs_and_runs_stand(scrape: Any) -> None:
    seller = MemberFactory().seller
    issue(seller, PolicyFactory(points=1))
    EmailDelivery.objects.update(due_at=timezone.now() - timedelta(seconds=90))
    ReportRun.objects.create(
        market=seller.market,
        week_start="2026-11-16",
        starts_at=timezone.now() - timedelta(days=7),
        ends_at=timezone.now(),
    )
    text = scrape()
    assert 'healthportal_jobs{kind="inbox.emaildelivery",state="waiting"} 1.0' in text
    (oldest,) = re.findall(r'healthportal_job_oldest_seconds{kind="inbox.emaildelivery"} (\S+)', text)
    assert 90 <= float(oldest) < 300
    assert "healthportal_report_runs_open 1.0" in text
    assert all(f"# HELP {name} " in text for name in NAMES)


@pytest.mark.django_db
def test_requests_are_counted_by_the_name_of_their_page(client: Client, scrape: Any) -> None:
    client.get(reverse("account_login"))
    client.get("/there/is/no/such-page-at-all")
    client.generic("BREW", reverse("account_login"))
    text = scrape()
    assert 'healthportal_request_seconds_count{method="GET",page="account_login",status="200"}' in text
    assert 'method="GET",page="none",status="404"' in text
    assert 'method="other"' in text
    assert "such-page-at-all" not in text


def counted() -> dict[str, float]:
    """How often each metric of this process was counted, whatever its labels."""
    found: dict[str, float] = {}
    for sample in (sample for family in REGISTRY.collect() for sample in family.samples):
        if sample.name.startswith("healthportal_") and sample.name.endswith(("_total", "_count")):
            name = sample.name.removesuffix("_count")
            found[name] = found.get(name, 0) + sample.value
    return found


@pytest.mark.django_db
def test_whatever_processes_count_is_counted(client: Client) -> None:
    """A metric that nobody moves looks as if nothing ever happened."""
    before, seller = counted(), MemberFactory().seller
    create_endpoint(market=seller.market, name="trust", address="https://1.1.1.1/", now=timezone.now())
    client.get(reverse("account_login"))
    issue(seller, PolicyFactory())
    deliver_emails()
    with receiving() as receiver:
        WebhookEndpoint.objects.update(address=receiver.url)
        send_webhooks()
    moved = {name for name, value in counted().items() if value > before.get(name, 0)}
    assert moved == metrics_of_the_code() - set(NAMES)


@pytest.mark.django_db
def test_every_wait_for_the_books_is_timed() -> None:
    """Of who records, of who records in several markets, and of who closes them."""
    seller, now = SellerFactory(), timezone.now()
    market = seller.market
    waits = [
        lambda: recording_time(market_id=market.pk, now=now),
        lambda: lock_seller_to_record(seller_id=seller.pk, now=now),
        lambda: keep_books_open(market_ids=[market.pk]),
        lambda: lock_books(market_id=market.pk),
    ]
    for number, wait in enumerate(waits):
        before = counted()["healthportal_books_wait_seconds"]
        wait()
        assert counted()["healthportal_books_wait_seconds"] == before + 1, number


def metrics_of_the_code() -> set[str]:
    found = set(NAMES)
    for app in APPS:
        for path in (configured.BASE_DIR / app).rglob("*.py"):
            found |= set(re.findall(r'(?:Counter|Histogram|Gauge)\(\s*"(healthportal_\w+)"', path.read_text()))
    return found


def named_in(text: str) -> set[str]:
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"healthportal_[a-z_]+", text)}


def test_the_page_of_metrics_names_each_that_there_is() -> None:
    assert (
        set(re.findall(r"^\| `(healthportal_\w+)`", (DOCS / "monitoring.md").read_text(), re.MULTILINE))
        == metrics_of_the_code()
    )


def test_the_rules_of_alerts_can_be_read_and_name_what_there_is() -> None:
    text = (DOCS / "monitoring" / "alerts.yaml").read_text()
    ((group,),) = [yaml.safe_load(text)["groups"]]
    assert all(rule["expr"] and rule["annotations"]["summary"] for rule in group["rules"])
    assert named_in(" ".join(rule["expr"] for rule in group["rules"])) <= metrics_of_the_code()


def test_the_alert_of_jobs_names_kinds_that_there_are() -> None:
    kinds = {kind._meta.label_lower for kind in job_kinds()}
    named = re.findall(r'kind!~"([^"]+)"', (DOCS / "monitoring" / "alerts.yaml").read_text())
    assert [set(one.split("|")) - kinds for one in named] == [set()]


def test_the_page_says_what_to_do_at_each_alert() -> None:
    (group,) = yaml.safe_load((DOCS / "monitoring" / "alerts.yaml").read_text())["groups"]
    rows = re.findall(r"^\| `([A-Z]\w+)` \| [^|]+ \| [^|]+ \|$", (DOCS / "monitoring.md").read_text(), re.MULTILINE)
    assert rows == [rule["alert"] for rule in group["rules"]]


def test_the_dashboard_can_be_read_and_shows_all_there_is() -> None:
    board = json.loads((DOCS / "monitoring" / "grafana.json").read_text())
    shown = named_in(" ".join(target["expr"] for panel in board["panels"] for target in panel["targets"]))
    assert shown == metrics_of_the_code()


COUNT_IN_A_PROCESS = """
from prometheus_client import Counter
Counter("healthportal_tried", "Tried.").inc()
"""
SHOW = "from healthportal.monitoring.exposing import processes; from prometheus_client import generate_latest; "
SHOW += "print(generate_latest(processes()).decode())"


def test_processes_of_a_host_are_counted_together(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "healthportal.settings"}
    for _ in range(3):
        subprocess.run([sys.executable, "-c", COUNT_IN_A_PROCESS], env=env, check=True)
    code = f"import django; django.setup(); {SHOW}"
    shown = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True).stdout
    assert "healthportal_tried_total 3.0" in shown


def test_metrics_are_shown_on_a_port_of_their_own(db: None) -> None:
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    env = os.environ | {"DATABASE_URL": database.geturl()}
    port = free_port()
    words = [sys.executable, "-u", "manage.py", "serve_metrics", "--port", str(port)]
    env.pop("PROMETHEUS_MULTIPROC_DIR", None)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, env=env, cwd=configured.BASE_DIR, text=True, **pipes) as shown:
        try:
            assert shown.stdout
            assert shown.stderr
            assert f"http://127.0.0.1:{port}/metrics" in shown.stdout.readline()
            assert "PROMETHEUS_MULTIPROC_DIR is not set" in shown.stderr.readline()
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                text = answer.read().decode()
        finally:
            shown.kill()
    assert "# HELP healthportal_request_seconds " in text
    assert all(f"# HELP {name} " in text for name in NAMES)


def test_processes_without_a_folder_are_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    assert processes() is REGISTRY
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert processes() is not REGISTRY


def test_a_process_that_ended_is_put_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_process(4711)
    (tmp_path / "gauge_livesum_4711.db").touch()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    forget_process(4711)
    assert list(tmp_path.iterdir()) == []


# --- The log


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as JSON."""
    written = io.StringIO()
    wanted = to_the_console(level="INFO", form="json")
    wanted["handlers"]["console"]["stream"] = written
    logging.config.dictConfig(wanted)
    yield written
    logging.config.dictConfig(configured.LOGGING)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.django_db
def test_lines_of_a_request_have_its_id(client: Client, log: io.StringIO) -> None:
    answer = client.get("/no/such/page", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer["X-Request-ID"] == "from-the-proxy-1"
    (line,) = [line for line in lines(log) if line["logger"] == "django.request"]
    assert (line["request_id"], line["level"], line["event"]) == (
        "from-the-proxy-1",
        "warning",
        "Not Found: /no/such/page",
    )
    assert "timestamp" in line


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "short", "with spaces in it", "x" * 65, "new\tline-1234"])
def test_an_id_that_is_none_is_made_anew(client: Client, given: str) -> None:
    made = client.get("/livez", headers={"X-Request-ID": given})["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_lines_of_a_task_have_its_id(log: io.StringIO) -> None:
    _name_task(task_id="abc", task=send_webhooks)
    logging.getLogger("here").warning("Inside.")
    _forget_task()
    logging.getLogger("here").warning("Outside.")
    inside, outside = lines(log)
    assert (inside["task_id"], inside["task"]) == ("abc", "inbox.events.tasks.send_webhooks")
    assert "task_id" not in outside


LOG_IN_A_WORKER = """
import logging
from healthportal.celery import app
app.log.setup(loglevel="INFO")  # as worker and beat do when they start
logging.getLogger("celery.worker.strategy").info("Task received.")
logging.getLogger("celery.app.trace").info("Task done.")
logging.getLogger("inbox.delivery").warning("550 No such user zelda.quartermaine@person.example")
"""


@pytest.mark.parametrize("form", ["line", "json"])
def test_workers_and_beat_log_as_everything_else_does(form: str) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "healthportal.settings", "LOG_FORMAT": form}
    done = subprocess.run([sys.executable, "-c", LOG_IN_A_WORKER], env=env, check=True, capture_output=True, text=True)
    said = done.stderr.splitlines()
    assert "zelda" not in done.stderr
    if form == "json":
        said = [json.loads(line)["event"] for line in said]
    assert [line.rpartition(": ")[2] for line in said] == ["Task done.", "550 No such user [left out]"]


PERSON = {"email": "zelda.quartermaine@person.example", "name": "Zelda Quartermaine"}


@pytest.mark.django_db
def test_nobody_is_in_the_log_after_pages_tasks_and_errors(
    client: Client, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = MemberFactory(user__email=PERSON["email"], user__name=PERSON["name"])
    member.seller.name = PERSON["name"]
    member.seller.save()
    issue(member.seller, PolicyFactory(points=12))
    client.post(reverse("account_login"), {"login": PERSON["email"], "password": "wrong"})
    client.post(reverse("account_reset_password"), {"email": PERSON["email"]})
    client.force_login(member.user)
    for page in (member.seller.get_absolute_url(), "/s/0/", f"/no/{PERSON['email']}"):
        client.get(page, {"q": PERSON["email"]})
    refuse = SMTPRecipientsRefused({PERSON["email"]: (550, b"No such user zelda.quartermaine@person.example")})
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", raises(refuse))
    for task in (deliver_emails, send_webhooks, prune_events, record_starts):
        task()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email=PERSON["email"], name=PERSON["name"])
    logging.getLogger("here").exception("It failed", exc_info=caught(PERSON["email"]))
    text = log.getvalue()
    assert len(lines(log)) >= 5
    named = [
        line for line in text.splitlines() if re.search(r"zelda|quartermaine|person\.example", line, re.IGNORECASE)
    ]
    assert named == []


def raises(error: Exception) -> Any:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    return fail


def caught(email: str) -> Exception:
    try:
        with transaction.atomic():
            User.objects.create(email=email)
    except IntegrityError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Delivery 7 failed: a.b+c@d.example: unknown", "Delivery 7 failed: [left out]: unknown"),
        ("<a@b.example>, (c@d.example)", "<[left out]>, ([left out])"),
        (
            "duplicate key\nDETAIL:  Key (name)=(Zelda) exists.\nCONTEXT:  here",
            "duplicate key\nDETAIL: [left out]\nCONTEXT: [left out]",
        ),
        ("Nobody here.", "Nobody here."),
        (
            "duplicate key\nDETAIL:  Key (name)=(Zelda\n\nQ) exists.\n\n\nThe above exception was:\n\nTraceback",
            "duplicate key\nDETAIL: [left out]\n\n\nThe above exception was:\n\nTraceback",
        ),
        (
            r"raised: IntegrityError('duplicate key\nDETAIL:  Key (name)=(Zelda)\n')"
            + "\nTraceback (most recent call last):",
            r"raised: IntegrityError('duplicate key\nDETAIL: [left out]" + "\nTraceback (most recent call last):",
        ),
        (
            "invalid input syntax for type integer: \"Zelda\"\nLINE 1: SELECT 'Zelda'\n  ^\nHINT:  Cast it.",
            "invalid input syntax for type integer: [left out]\nLINE 1: [left out]\nHINT: Cast it.",
        ),
        ("Gone: /invitations/abc-d_e/password/", "Gone: /invitations/[left out]/password/"),
        ("<WSGIRequest: GET '/policies/?q=Zelda'>", "<WSGIRequest: GET '/policies/?[left out]'>"),
        ("/unsubscribe/week/abc/ /unsubscribe/abc/", "/unsubscribe/week/[left out]/ /unsubscribe/[left out]/"),
        ("GET /door/<str:token>/ /door/{token}/", "GET /door/<str:token>/ /door/{token}/"),
    ],
)
def test_addresses_are_left_out_wherever_they_stand(text: str, kept: str) -> None:
    assert re.sub(" +", " ", without_personal_data(text)) == kept


def test_each_address_with_a_secret_is_known() -> None:
    with_texts = addresses_with_secrets()
    assert [address for address in with_texts if SECRET in without_personal_data(address)] == []
    known = {prefix for address in with_texts if (found := SECRETS.search(address)) and (prefix := found.group(1))}
    assert len(known) == 10


# --- Extras


def test_what_is_set_and_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    monkeypatch.setitem(sys.modules, "healthportal.monitoring.traces", None)
    with pytest.raises(ImproperlyConfigured, match="SENTRY_DSN is set, and sentry_sdk is not installed"):
        extras.start(sentry_dsn="https://x@example.com/1", telemetry=False, environment="local")
    with pytest.raises(ImproperlyConfigured, match="ENDPOINT is set, and opentelemetry is not installed"):
        extras.start(sentry_dsn="", telemetry=True, environment="local")
    extras.start(sentry_dsn="", telemetry=False, environment="local")


def test_what_is_installed_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it then tells is in test_told_outside.py."""
    started: dict[str, Any] = {}
    monkeypatch.setitem(sys.modules, "sentry_sdk", SimpleNamespace(init=lambda **told: started.update(told)))
    traces = SimpleNamespace(start=lambda: started.setdefault("traces", True))
    monkeypatch.setitem(sys.modules, "healthportal.monitoring.traces", traces)
    extras.start(sentry_dsn="https://x@example.com/1", telemetry=True, environment="local")
    assert started["traces"]
    assert (started["dsn"], started["environment"]) == ("https://x@example.com/1", "local")
    assert started["data_collection"] is COLLECTED


EVENT = {
    "event_id": "1",
    "user": {"id": 7},
    "message": "a@b.example",
    "extra": {"sys.argv": ["Zelda"]},
    "tags": {"who": "Zelda"},
    "transaction": "/invitations/{token}/",
    "transaction_info": {"source": "route"},
    "request": {"url": "https://p.example/invitations/abc/", "method": "GET", "headers": {"Referer": "/x?q=Zelda"}},
    "exception": {
        "values": [
            {
                "type": "KeyError",
                "value": "/door/abc/ of a@b.example",
                "stacktrace": {"frames": [{"lineno": 3, "vars": {"name": "Zelda"}}]},
            }
        ]
    },
    "breadcrumbs": {
        "values": [
            {"type": "log", "message": "Gone: /calendar/abc.ics", "data": {"request": "Zelda"}},
            {"type": "default", "category": "query", "message": "SELECT 'Zelda'"},
        ]
    },
    "contexts": {"trace": {"trace_id": "2", "data": {"url": "Zelda"}}, "celery-job": {"args": ["Zelda"]}},
}
TOLD = {
    "event_id": "1",
    "transaction_info": {"source": "route"},
    "transaction": "/invitations/{token}/",
    "request": {"method": "GET"},
    "logentry": {"message": "[left out]"},
    "exception": {
        "values": [
            {
                "type": "KeyError",
                "value": "/door/[left out]/ of [left out]",
                "mechanism": {},
                "stacktrace": {"frames": [{"lineno": 3}]},
            }
        ]
    },
    "breadcrumbs": {"values": [{"type": "log", "message": "Gone: /calendar/[left out]"}]},
    "contexts": {"runtime": None, "trace": {"trace_id": "2"}},
}


def test_what_is_reported_of_an_error_names_nobody() -> None:
    assert harmless_event(EVENT) == TOLD


def test_an_address_that_is_no_page_is_not_reported() -> None:
    missed = harmless_event({"transaction": "/Zelda/", "transaction_info": {"source": "url"}, "breadcrumbs": []})
    assert "transaction" not in missed
    assert "request" not in missed
    assert nothing({"spans": ["Zelda"]}) is None


def test_celery_tells_the_log_which_task_runs() -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "healthportal.settings"}
    code = [sys.executable, "-c", TASK_OF_A_PROCESS]
    named = subprocess.run(code, env=env, check=True, capture_output=True, text=True)
    assert named.stdout.split() == ["4711", "told", "nothing"]


TASK_OF_A_PROCESS = """
import django
django.setup()
from types import SimpleNamespace
from celery.signals import task_postrun, task_prerun
from structlog.contextvars import get_contextvars
from healthportal.celery import app
task_prerun.send("test", task_id="4711", task=SimpleNamespace(name="told"))
print(get_contextvars()["task_id"], get_contextvars()["task"])
task_postrun.send("test")
print(get_contextvars() or "nothing")
"""

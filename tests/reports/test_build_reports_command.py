import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from kit.dates import Week
from reports import services
from reports.models import ReportRun, WeeklyReport
from tests.factories import LONG_AGO, MarketFactory, SellerFactory
from tests.locks import wait_until_somebody_waits_for_a_lock
from tests.processes import heed_interrupts


@pytest.fixture
def market(db):
    """Its books are closed until the end of 2026-W42, local."""
    return MarketFactory(code="US", books_closed_until=datetime(2026, 10, 19, 4, tzinfo=UTC))


def build(**options):
    out, err = StringIO(), StringIO()
    call_command("build_reports", stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@contextmanager
def in_another_process(*command):
    """A command of manage.py in a process of its own, on the database of the test."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    with subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def weeks():
    return [str(run.week) for run in ReportRun.objects.published().order_by("week_start")]


def test_builds_up_to_and_with_the_week(market):
    SellerFactory(market=market, created_at=LONG_AGO)
    out, err = build(market="US", week="2026-W44")
    assert weeks() == ["2026-W43", "2026-W44"]
    assert out.splitlines() == ["US 2026-W43: 1 report published.", "US 2026-W44: 1 report published."]
    assert "US 2026-W44: 100%" in err
    assert WeeklyReport.objects.published().count() == 2


def test_without_a_week_builds_everything_due_in_every_market(market):
    MarketFactory(code="GB", time_zone="Europe/London", books_closed_until=market.books_closed_until)
    build()
    for code in ("US", "GB"):
        last = ReportRun.objects.filter(market__code=code).first()
        assert last.week.next.ends_at(zone=last.zone) > timezone.now()
    out, _ = build()
    assert "US: nothing is due; " in out
    assert "GB: nothing is due; " in out


def test_says_that_a_week_is_published(market):
    build(week="2026-W43", market="US")
    out, _ = build(week="2026-W43", market="US")
    assert out.startswith("US 2026-W43 is published already, since ")


def test_says_that_a_week_is_before_the_books(market):
    out, _ = build(week="2026-W40", market="US")
    assert out == "US has no report for 2026-W40: its books were opened later.\n"


def test_goes_on_with_a_run_that_was_interrupted(market, settings):
    settings.REPORT_CHUNK_SELLERS = 1
    SellerFactory.create_batch(3, market=market, created_at=LONG_AGO)
    run = services.start_run(market=market, now=timezone.now())
    services.build_chunk(chunk_id=run.chunks.first().pk, now=timezone.now())
    out, err = build(week="2026-W43", market="US")
    assert out == "US 2026-W43: 3 reports published.\n"
    assert "33%" in err
    assert "reports=2" in err
    assert "reports=3" in err


@pytest.mark.django_db(transaction=True)
def test_interrupting_keeps_what_is_built(settings):
    """A real Ctrl-C, while the second chunk waits for somebody who holds it."""
    settings.REPORT_CHUNK_SELLERS = 1
    market = MarketFactory(code="US", books_closed_until=datetime(2026, 10, 19, 4, tzinfo=UTC))
    SellerFactory.create_batch(2, market=market, created_at=LONG_AGO)
    run = services.start_run(market=market, now=timezone.now())
    with in_another_process("build_reports", "--week", "2026-W43") as process:
        with transaction.atomic():
            run.chunks.select_for_update(of=("self",)).last()
            wait_until_somebody_waits_for_a_lock()
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert "Interrupted. What is built is kept; run the command again to go on." in err
    assert process.returncode == 130
    assert [chunk.done_at is not None for chunk in run.chunks.order_by("first_seller_id")] == [True, False]
    build(market="US", week="2026-W43")
    assert weeks() == ["2026-W43"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"week": "last week"}, "'last week' is no week; write it like 2026-W46."),
        ({"week": "2026-W54"}, "'2026-W54' is no week: "),
        ({"market": "XX"}, "There is no market 'XX'. Markets: US."),
    ],
)
def test_refuses_what_makes_no_sense(market, options, message):
    with pytest.raises(CommandError) as caught:
        build(**options)
    assert str(caught.value).startswith(message)


def test_refuses_a_week_that_has_not_ended(market):
    week = Week.of(timezone.now(), zone=market.zone)
    with pytest.raises(CommandError, match=f"{week} has not ended in US: it ends on "):
        build(week=str(week))
    assert not ReportRun.objects.exists()


def test_refuses_an_unknown_market_when_there_is_none(db):
    with pytest.raises(CommandError, match="Markets: none yet"):
        build(market="US")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"week": "9999-W52"}, "'9999-W52' is not in the years 1970 to 2199."),
        ({"week": "\uff12\uff10\uff12\uff16-W40"}, "write it like 2026-W46"),
        ({"market": "U\udcffS"}, "The argument market is no text. The byte 0xFF at character 2 is not UTF-8."),
        ({"by": "\udcff"}, "The argument by is no text."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(market, options, reason):
    with pytest.raises(CommandError) as refused:
        build(**options)
    assert reason in str(refused.value)


def test_market_may_be_written_in_small_letters(market):
    assert build(market="us", week="2026-W43")[0] == "US 2026-W43: 0 reports published.\n"

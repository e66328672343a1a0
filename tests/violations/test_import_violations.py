import csv
import fcntl
import io
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone
from time_machine import TimeMachineFixture

from inbox.models import Message
from kit.dates import Week
from policies.models import Policy
from sellers.models import Content, Market, Seller
from sellers.services import add_member, close_books
from tests.factories import NOW, MarketFactory, PolicyFactory, SellerFactory, UserFactory
from tests.processes import heed_interrupts
from violations.imports.columns import COLUMNS
from violations.models import PointsEntry, Violation

pytestmark = pytest.mark.django_db

Rows = list[dict[str, str]]


@pytest.fixture
def market() -> Market:
    return MarketFactory(code="US", name="United States")


@pytest.fixture
def seller(market: Market) -> Seller:
    return SellerFactory(market=market, external_id="shop-1")


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory(code="misleading-claims", points=2)


@pytest.fixture
def file(tmp_path: Path, seller: Seller, policy: Policy) -> Path:
    """Where the tests write what they import; its seller and its policy exist."""
    return tmp_path / "week.csv"


def row(external_id: str, **changes: str) -> dict[str, str]:
    return {
        "external_id": external_id,
        "seller": "shop-1",
        "policy": "misleading-claims",
        "issued_at": "2026-11-18T07:00:00-05:00",
        "facts": "The host said the cream heals eczema.",
        "detection": "staff",
        "automated": "false",
        "content_kind": "live",
        "content_id": "L-1",
        "content_title": "Sunday LIVE",
        "position": "00:14:20",
    } | changes


def as_csv(rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS.names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def run(file: Path | str, *options: str, market: str = "US") -> str:
    """Import a file and return what was printed; a refusal raises."""
    out = io.StringIO()
    call_command("import_violations", str(file), "--market", market, *options, stdout=out)
    return out.getvalue()


def run_refused(file: Path | str, *options: str, market: str = "US") -> tuple[str, str]:
    """Import a file that is refused, in part or as a whole: what was printed, and why."""
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("import_violations", str(file), "--market", market, *options, stdout=out)
    assert caught.value.returncode == 1
    return out.getvalue(), str(caught.value)


def rejects_of(file: Path) -> list[tuple[str, str, str, str]]:
    with Path(f"{file}.rejects.csv").open(newline="", encoding="utf-8-sig") as rejects:
        header, *rows = csv.reader(rejects)
    assert header == ["line", "external_id", "field", "reason"]
    return [(line, external_id, field, reason) for line, external_id, field, reason in rows]


def stored_ids() -> list[str]:
    return list(Violation.objects.order_by("external_id").values_list("external_id", flat=True))


# --- What comes in


def test_import_issues_violations(file: Path, seller: Seller, policy: Policy, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW + timedelta(hours=1))
    file.write_text(as_csv([row("V-1", content_url="https://shop.example/l/1"), row("V-2", content_kind="video")]))
    assert run(file) == "Violations of market US: 2 created, 0 already there, 0 refused.\n" + late(2)
    violation = Violation.objects.get(external_id="V-1")
    assert (violation.seller, violation.policy, violation.position_seconds) == (seller, policy, 860)
    assert violation.source == "import week.csv"
    assert Content.objects.get(kind="live").url == "https://shop.example/l/1"
    assert PointsEntry.objects.total() == 4
    assert Message.objects.filter(kind="violation").count() == 2
    assert not Path(f"{file}.rejects.csv").exists()


def late(count: int) -> str:
    """What the import says of rows issued on 18 November 2026, which it records when the tests run."""
    market = Market.objects.get()
    week = Week.of(timezone.now(), zone=market.zone)
    if week == Week.parse("2026-W47"):
        return ""
    return f"{count} were issued in a week that is over; they will appear in the report of week {week}.\n"


def test_import_reads_ndjson(file: Path) -> None:
    lines = file.with_suffix(".ndjson")
    lines.write_text("".join(json.dumps(row(f"V-{n}")) + "\n" for n in range(3)))
    run(lines)
    assert stored_ids() == ["V-0", "V-1", "V-2"]


def test_import_takes_the_format_from_the_option(file: Path) -> None:
    lines = file.with_suffix(".txt")
    lines.write_text(json.dumps(row("V-1")))
    run(lines, "--format", "ndjson")
    assert stored_ids() == ["V-1"]


def test_header_alone_imports_nothing(file: Path) -> None:
    file.write_text(as_csv([]))
    assert run(file) == "Violations of market US: 0 created, 0 already there, 0 refused.\n"


# --- Again


def test_same_file_again_changes_nothing(file: Path) -> None:
    file.write_text(as_csv([row(f"V-{n}") for n in range(7)]))
    run(file, "--batch-size", "3")
    assert run(file, "--batch-size", "2") == "Violations of market US: 0 created, 7 already there, 0 refused.\n"
    assert (Violation.objects.count(), PointsEntry.objects.count()) == (7, 7)


def test_same_rows_in_the_other_format_and_offset_are_there_already(file: Path) -> None:
    file.write_text(as_csv([row("V-1")]))
    run(file)
    lines = file.with_suffix(".ndjson")
    lines.write_text(json.dumps(row("V-1", issued_at="2026-11-18T12:00:00Z") | {"automated": False, "position": 860}))
    assert "1 already there" in run(lines)


@pytest.mark.parametrize("batch", ["1", "10"])
def test_external_id_used_twice_in_a_file_is_one_violation(file: Path, batch: str) -> None:
    file.write_text(as_csv([row("V-1"), row("V-1"), row("V-1", facts="Something else.")]))
    printed, _ = run_refused(file, "--batch-size", batch)
    assert "1 created, 1 already there, 1 refused" in printed
    reason = "This external id was used before for a violation with other content."
    assert rejects_of(file) == [("4", "V-1", "external_id", reason)]
    assert Violation.objects.get().facts == "The host said the cream heals eczema."


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_overlapping_files_at_once_issue_each_violation_once(file: Path, tmp_path: Path) -> None:
    files = []
    for name, numbers in (("a.csv", range(60)), ("b.csv", range(20, 80))):
        (tmp_path / name).write_text(as_csv([row(f"V-{n:02}") for n in numbers]))
        files.append(tmp_path / name)
    barrier = threading.Barrier(2)
    printed: list[str] = []

    def import_one(path: Path) -> None:
        try:
            barrier.wait()
            printed.append(run(path, "--batch-size", "7"))
        finally:
            connection.close()

    threads = [threading.Thread(target=import_one, args=[path]) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored_ids() == [f"V-{n:02}" for n in range(80)]
    assert PointsEntry.objects.total() == 160
    counts = [[int(word) for word in line.split() if word.isdecimal()] for line in (p.splitlines()[0] for p in printed)]
    assert [sum(column) for column in zip(*counts, strict=True)] == [80, 40, 0]


# --- Bad rows


def test_bad_rows_are_told_and_good_ones_kept(file: Path) -> None:
    rows = [
        row("V-1"),
        row("V-2", seller="shop-9"),
        row("V-3", policy="no-such"),
        row("V-4", issued_at="2126-11-18T07:00:00Z"),
        row("V-5", facts=" ", detection="robot"),
        row("V-6", content_kind="listing"),
        row("V-7", issued_at="2019-11-18T07:00:00Z"),
        row("V-8", facts="one\ntwo"),
        row("", seller="shop-9"),
    ]
    file.write_text(as_csv(rows))
    printed, reason = run_refused(file)
    assert "2 created, 0 already there, 7 refused" in printed
    assert reason == f"7 rows were refused; the reasons are in {file}.rejects.csv"
    assert stored_ids() == ["V-1", "V-8"]
    assert rejects_of(file) == [
        ("3", "V-2", "seller", "No seller 'shop-9' in market US."),
        ("4", "V-3", "policy", "No published policy 'no-such'."),
        ("5", "V-4", "issued_at", "It lies in the future."),
        ("6", "V-5", "facts", "It is empty, and needed."),
        ("6", "V-5", "detection", "'robot' is none of staff, automated, notice."),
        ("7", "V-6", "position", "Only a LIVE or a video has a position."),
        ("8", "V-7", "policy", "No version of 'misleading-claims' was in force then."),
        ("11", "", "external_id", "It is empty, and needed."),
    ]
    assert {field for _, _, field, _ in rejects_of(file)} <= set(COLUMNS.names)


def test_seller_of_another_market_is_unknown(file: Path) -> None:
    SellerFactory(market=MarketFactory(code="GB"), external_id="shop-2")
    file.write_text(as_csv([row("V-1", seller="shop-2")]))
    run_refused(file)
    assert rejects_of(file) == [("2", "V-1", "seller", "No seller 'shop-2' in market US.")]


def test_lines_that_are_no_rows_are_told_and_the_others_kept(file: Path) -> None:
    good = as_csv([row("V-1"), row("V-2"), row("V-3"), row("V-4")]).encode().splitlines(keepends=True)
    spoilt = row("V-5", facts="caf?")
    bad = as_csv([spoilt]).encode().splitlines(keepends=True)[1].replace(b"caf?", b"caf\xe9")
    nul = as_csv([spoilt]).encode().splitlines(keepends=True)[1].replace(b"caf?", b"caf\x00")
    file.write_bytes(
        b"".join([*good[:2], b"x" * 10_000_000 + b"\r\n", good[2], bad, nul, good[3], b"a,b\r\n", good[4]])
    )
    run_refused(file)
    assert stored_ids() == ["V-1", "V-2", "V-3", "V-4"]
    assert rejects_of(file) == [
        ("3", "", "", "It takes more than 131,072 bytes."),
        ("5", "V-5", "facts", "The byte 0xE9 at character 4 is not UTF-8."),
        ("6", "V-5", "facts", "A NUL character (0x00) at character 4."),
        ("8", "", "", "It has 2 values, and the header 18 columns."),
    ]


def test_corrected_file_imports_the_rest_and_removes_the_rejects(file: Path) -> None:
    file.write_text(as_csv([row("V-1"), row("V-2", detection="robot")]))
    run_refused(file)
    file.write_text(as_csv([row("V-1"), row("V-2")]))
    assert "1 created, 1 already there, 0 refused" in run(file)
    assert not Path(f"{file}.rejects.csv").exists()


def test_external_id_that_is_not_utf_8_can_be_told(file: Path) -> None:
    file.write_bytes(as_csv([row("V-?")]).encode().replace(b"V-?", b"V-\xe9"))
    run_refused(file)
    assert rejects_of(file) == [("2", r"V-\udce9", "external_id", "The byte 0xE9 at character 3 is not UTF-8.")]


# --- Weeks


def test_violation_of_a_week_that_is_over_appears_in_the_running_one(
    file: Path, market: Market, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOW + timedelta(hours=1))
    until = timezone.now() + timedelta(days=8)
    close_books(market_id=market.pk, until=until)
    file.write_text(as_csv([row("V-1"), row("V-2", issued_at="2026-10-01T00:00:00Z")]))
    week = Week.of(until, zone=market.zone)
    assert run(file).splitlines()[1:] == [
        f"2 were issued in a week that is over; they will appear in the report of week {week}."
    ]
    assert {violation.recorded_at for violation in Violation.objects.all()} == {until}


def test_violation_of_the_running_week_is_not_called_late(file: Path) -> None:
    file.write_text(as_csv([row("V-1", issued_at=timezone.now().isoformat())]))
    assert len(run(file).splitlines()) == 1


# --- What is refused as a whole


def test_unknown_market_is_told_which_there_are(file: Path) -> None:
    MarketFactory(code="TH")
    file.write_text(as_csv([row("V-1")]))
    assert run_refused(file, market="XX")[1] == "There is no market 'XX'. Markets: TH, US."


def test_file_that_cannot_be_opened_is_told(tmp_path: Path, market: Market) -> None:
    missing = tmp_path / "no.csv"
    assert run_refused(missing)[1] == f"{missing} cannot be read: No such file or directory."
    assert run_refused(tmp_path, "--format", "csv")[1] == f"{tmp_path} cannot be read: Is a directory."


def test_file_without_known_extension_needs_a_format(market: Market) -> None:
    assert run_refused("week.xlsx")[1] == (
        "What format has week.xlsx? Its name ends in none of .csv, .ndjson, .jsonl; say --format."
    )
    assert "say --format" in run_refused("-")[1]


def test_header_that_cannot_be_used_imports_nothing_and_keeps_old_rejects(file: Path) -> None:
    file.write_text(as_csv([row("V-1", seller="shop-9")]))
    run_refused(file)
    old = rejects_of(file)
    file.write_text(as_csv([row("V-1")]).replace("seller", "sellr", 1))
    printed, reason = run_refused(file)
    assert printed == ""
    assert reason == (
        f"{file}: The header cannot be used; columns missing: seller; unknown: 'sellr' (did you mean seller?). "
        "Nothing was imported."
    )
    assert stored_ids() == []
    assert rejects_of(file) == old


def test_empty_file_is_refused(file: Path) -> None:
    file.write_bytes(b"")
    assert run_refused(file)[1] == f"{file}: The file is empty. Nothing was imported."


@pytest.mark.parametrize("size", ["0", "-1", "x", "10001"])
def test_batch_size_has_to_be_usable(file: Path, size: str) -> None:
    file.write_text(as_csv([row("V-1")]))
    assert "write a number from 1 to 10000" in run_refused(file, f"--batch-size={size}")[1]


def test_rejects_go_where_asked(file: Path, tmp_path: Path) -> None:
    file.write_text(as_csv([row("V-1", seller="shop-9")]))
    run_refused(file, "--rejects", str(tmp_path / "bad.csv"))
    assert (tmp_path / "bad.csv").read_text().count("\n") == 2
    assert not Path(f"{file}.rejects.csv").exists()


def test_rejects_replace_nothing_else(file: Path, tmp_path: Path) -> None:
    text = as_csv([row("V-1")]).encode()
    file.write_bytes(text)
    for other in (file, tmp_path, tmp_path / "no" / "such.csv"):
        run_refused(file, "--rejects", str(other))
    assert file.read_bytes() == text
    assert stored_ids() == []


# --- Size


def test_memory_does_not_grow_with_the_file(file: Path) -> None:
    def peak(rows: int) -> int:
        with file.open("w") as stream:
            stream.write(",".join(COLUMNS.names[:7]) + "\n")
            for number in range(rows):
                facts = "The host said it. " * 50
                stream.write(f"V-{number % 50:02},shop-1,misleading-claims,2026-11-18T12:00:00Z,{facts},staff,no\n")
        tracemalloc.start()
        run(file, "--batch-size", "200")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(500)
    # The rows of the longer file that the shorter one lacks are 2 MB of text.
    assert peak(4_000) < peak(2_000) + 1_000_000
    assert Violation.objects.count() == 50


# --- Another process, that is stopped


@contextmanager
def importing(
    folder: Path, *options: str, file: Path | str = "-", stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[bytes]]:
    """An import in a process of its own that reads what the test writes to its standard input."""
    command = [
        sys.executable,
        "manage.py",
        "import_violations",
        str(file),
        "--format",
        "csv",
        "--market",
        "US",
        *options,
    ]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    process = subprocess.Popen(
        [*command, "--rejects", str(folder / "rejects.csv")],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        preexec_fn=heed_interrupts,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def send(process: subprocess.Popen[bytes], text: str) -> None:
    assert process.stdin
    process.stdin.write(text.encode())
    process.stdin.flush()


def wait_for(count: int) -> None:
    wait_until(lambda: Violation.objects.count() >= count)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "the import did not get so far"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_standard_input_is_imported_and_the_exit_status_tells(file: Path, tmp_path: Path) -> None:
    with importing(tmp_path) as process:
        out, err = process.communicate(as_csv([row("V-1"), row("V-2", seller="shop-9")]).encode())
    assert process.returncode == 1, err.decode()
    assert b"1 created, 0 already there, 1 refused" in out, err.decode()
    assert err.decode() == f"CommandError: 1 row was refused; the reasons are in {tmp_path / 'rejects.csv'}\n"
    assert stored_ids() == ["V-1"]
    assert Violation.objects.get().source == "import standard input"


@pytest.mark.django_db(transaction=True)
def test_progress_is_shown_on_a_terminal(file: Path, tmp_path: Path) -> None:
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    file.write_text(as_csv([row(f"V-{n}") for n in range(5)]))
    with importing(tmp_path, file=file, stderr=terminal) as process:
        process.communicate()
        os.close(terminal)
    shown = os.read(screen, 65_536).decode()
    os.close(screen)
    assert "100%" in shown
    assert "5 rows" in shown


@pytest.mark.django_db(transaction=True)
def test_interrupted_import_tells_how_far_it_came_and_can_go_on(file: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    text = as_csv([row(f"V-{n}", **({"seller": "shop-9"} if n == 3 else {})) for n in range(5)])
    with importing(tmp_path, "--batch-size", "2") as process:
        send(process, text)
        wait_until(lambda: rejects.exists() and "V-3" in rejects.read_text())  # the last thing that a batch does
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert b"3 created, 0 already there, 1 refused" in out
    assert err.decode() == (
        "CommandError: Interrupted after line 5; all good rows up to it are imported. "
        "Run the same command again to go on: what is there already stays as it is.\n"
    )
    file.write_text(as_csv([row(f"V-{n}") for n in range(5)]))
    assert "2 created, 3 already there" in run(file)


@pytest.mark.django_db(transaction=True)
def test_lost_database_connection_is_told_and_what_was_before_is_kept(file: Path, tmp_path: Path) -> None:
    lines = as_csv([row(f"V-{n}") for n in range(4)]).splitlines(keepends=True)
    with importing(tmp_path, "--batch-size", "2") as process:
        send(process, "".join(lines[:3]))
        wait_for(2)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        out, err = process.communicate("".join(lines[3:]).encode())
    assert process.returncode == 1
    assert b"2 created, 0 already there, 0 refused" in out
    assert err.decode().startswith(
        "CommandError: The database failed after line 3; all good rows up to it are imported."
    )
    assert "Traceback" not in err.decode()
    assert stored_ids() == ["V-0", "V-1"]


@pytest.mark.django_db(transaction=True)
def test_killed_import_leaves_whole_batches(file: Path, tmp_path: Path) -> None:
    text = as_csv([row(f"V-{n}") for n in range(5)])
    with importing(tmp_path, "--batch-size", "2") as process:
        send(process, text)
        wait_for(4)
        process.kill()
        process.wait()
    assert stored_ids() == ["V-0", "V-1", "V-2", "V-3"]
    assert PointsEntry.objects.count() == Message.objects.filter(kind="violation").count() == 4
    file.write_text(text)
    assert "1 created, 4 already there" in run(file)


# --- Arguments and files that are unusual


def test_name_of_a_file_may_have_any_bytes(tmp_path: Path, seller: Seller, policy: Policy) -> None:
    file = tmp_path / os.fsdecode(b"caf\xe9.csv")
    file.write_text(as_csv([row("V-1")]))
    run(file)
    assert Violation.objects.get().source == r"import caf\xe9.csv"


def test_rejects_that_cannot_be_written_are_told_with_the_counts(file: Path) -> None:
    file.write_text(as_csv([row("V-1"), row("V-2", seller="nobody")]))
    out, reason = run_refused(file, "--rejects", "/dev/full")
    assert reason.startswith("Reading or writing a file failed after line 3; all good rows up to it are imported.")
    assert "No space left on device" in reason
    assert out.startswith("Violations of market US: 1 created, 0 already there, 1 refused.")


def test_name_of_the_rejects_that_is_too_long_is_a_sentence(tmp_path: Path, seller: Seller, policy: Policy) -> None:
    file = tmp_path / f"{'x' * 244}.csv"
    file.write_text(as_csv([row("V-1")]))
    with pytest.raises(CommandError, match=r"rejects file .* cannot be written: File name too long. Nothing was imp"):
        call_command("import_violations", str(file), market="US")
    assert not Violation.objects.exists()


def test_rejects_are_made_as_every_csv(file: Path) -> None:
    file.write_text(as_csv([row("=1+1", seller="nobody"), row("x;=1+1", seller="nobody")]))
    run_refused(file)
    assert Path(f"{file}.rejects.csv").read_bytes().startswith(b"\xef\xbb\xbfline,")
    assert [external_id for _, external_id, _, _ in rejects_of(file)] == ["'=1+1", "x;'=1+1"]
    run_refused(file)  # which knows its own file


def test_points_that_are_over_when_told_are_counted(file: Path, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW + timedelta(hours=1))
    file.write_text(as_csv([row("V-1", issued_at="2026-01-02T07:00:00-05:00"), row("V-2")]))
    assert "1 has points that were over before it was told: none of them counts." in run(file)


def test_member_in_whose_name_it_runs_imports_nothing_about_their_seller(file: Path, seller: Seller) -> None:
    person = UserFactory(is_staff=True)
    add_member(seller=seller, user=person, now=timezone.now())
    file.write_text(as_csv([row("V-1")]))
    run_refused(file, "--by", person.email)
    assert [field for _, _, field, _ in rejects_of(file)] == ["seller"]

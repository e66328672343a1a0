"""Imports a file of violations (docs/imports.md)."""

from __future__ import annotations

import os
import stat
import sys
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from django.core.management.base import CommandError, CommandParser
from django.db import Error as AnyDatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from accounts.commands import PortalCommand, add_by, command_actor
from accounts.models import User
from audit.notes import Note
from audit.services import record
from kit.dates import Week
from kit.documents.csv_files import csv_lines, csv_rows
from kit.outcomes import Outcome, Result
from kit.tables.columns import UnreadableFile
from kit.tables.readers import READERS, FileLines
from sellers.commands import find_market
from sellers.models import Market

from ... import trail_notes
from ...imports.columns import COLUMNS
from ...imports.row_batches import EXTENSIONS, Found, RowBatch, batches
from ...services import issue_isolating_failures
from ...wording import imports as wording

REJECTS_HEADER = ["line", "external_id", "field", "reason"]


@dataclass
class ImportTally:
    """What became of the rows so far.

    ``late``: how many were issued in an earlier week, by the week reporting them; ``over``: how many had points that
    were over before they were told.
    """

    results: Counter[Result] = field(default_factory=Counter)
    late: Counter[Week] = field(default_factory=Counter)
    over: int = 0
    last: int = 0

    def count(self, market: Market, batch: RowBatch, outcomes: list[Outcome]) -> None:
        self.last = batch.last
        self.results[Result.REFUSED] += batch.bad_rows
        for (_line, draft), outcome in zip(batch.good, outcomes, strict=True):
            self.results[outcome.result] += 1
            self.over += outcome.is_over
            if outcome.recorded_at:
                week = Week.of(outcome.recorded_at, zone=market.zone)
                self.late[week] += Week.of(draft.issued_at, zone=market.zone) < week

    def facts(self, market: Market) -> dict[str, Any]:
        """What came of the rows, to be said and to be kept."""
        return {
            "market": market.code,
            "results": {result.value: count for result, count in self.results.items()},
            "late": {str(week): count for week, count in (+self.late).items()},
            "over": self.over,
        }


class Rejects:
    """The file that tells what was refused. It exists only if something was; that of an earlier run is replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.file: TextIO | None = None

    def replace_old(self) -> None:
        """Remove the file of an earlier run. Raises ``CommandError`` if none can be written or it is something else."""
        try:
            self._replace_old()
        except OSError as error:
            why = error.strerror or error
            raise CommandError(
                _("The rejects file %(path)s cannot be written: %(why)s. Nothing was imported.")
                % {"path": self.path, "why": why}
            ) from None

    def _replace_old(self) -> None:
        if not self.path.parent.is_dir() or not os.access(self.path.parent, os.W_OK):
            raise CommandError(
                _("The rejects file %(path)s cannot be written: no such folder, or no right to.") % {"path": self.path}
            )
        if self.path.is_dir():
            raise CommandError(_("The rejects file %(path)s is a folder.") % {"path": self.path})
        try:
            self.path.lstat()
        except FileNotFoundError:
            return
        if self.path.is_file():
            with self.path.open(encoding="utf-8-sig", errors="replace") as old:
                start = old.readline(200).strip()
            if start != ",".join(REJECTS_HEADER):
                raise CommandError(
                    _("%(path)s exists and is no rejects file; name another one with --rejects.") % {"path": self.path}
                )
            self.path.unlink()

    def write(self, found: list[Found]) -> None:
        """Add rows and bring them to the disk, so that they outlive this process."""
        if not found:
            return
        rows = ([line, external_id, problem.field, problem.reason] for line, external_id, problem in found)
        if self.file is None:
            self.file = self.path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            self.file.writelines(csv_lines(REJECTS_HEADER, rows))
        else:
            self.file.writelines(csv_rows(rows))
        self.file.flush()

    def close(self) -> None:
        """Close the file; what could not be written was told when it was."""
        if self.file is not None:
            with suppress(OSError):
                self.file.close()


class ImportProgress:
    """How far an import is, in bytes, so that the time left is known; shown only where stderr is a terminal."""

    def __init__(self, stream: BinaryIO, lines: FileLines) -> None:
        status = os.fstat(stream.fileno())
        size = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.lines, self.rows = lines, 0
        self.bar = tqdm(total=size, unit="B", unit_scale=True, disable=None, file=sys.stderr, dynamic_ncols=True)

    def advance(self, rows: int) -> None:
        if self.bar.disable:
            return
        self.rows += rows
        elapsed = self.bar.format_dict["elapsed"]
        rate = f", {self.rows / elapsed:,.0f} rows/s" if elapsed else ""
        self.bar.set_postfix_str(f"{self.rows:,} rows{rate}", refresh=False)
        self.bar.update(self.lines.bytes_read - self.bar.n)


class Command(PortalCommand):
    help = "Import violations of one market from a CSV or NDJSON file (docs/imports.md)."
    file_arguments = frozenset({"file"})

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="The file to read, or - for standard input.")
        parser.add_argument("--market", required=True, help="The code of the market, e.g. US.")
        parser.add_argument(
            "--format", dest="kind", choices=sorted(READERS), help="By default what the extension says."
        )
        parser.add_argument("--rejects", type=Path, help="Where what was refused goes; FILE.rejects.csv by default.")
        parser.add_argument("--batch-size", type=_batch_size, default=1000, help="Rows per transaction (1,000).")
        add_by(parser)

    def handle(
        self,
        *,
        file: str,
        market: str,
        kind: str | None,
        rejects: Path | None,
        batch_size: int,
        by: str | None = None,
        **options: Any,
    ) -> None:
        kind = kind or _format_of(file)
        rejects = rejects or Path("stdin.rejects.csv" if file == "-" else f"{file}.rejects.csv")
        with _telling_database_errors(), _opened(file) as stream:
            found, who = find_market(market), command_actor(by, command="import_violations")
            lines = FileLines(stream)
            try:
                rows = READERS[kind](lines, COLUMNS)
            except (UnreadableFile, OSError) as error:
                raise CommandError(
                    _("%(file)s: %(error)s Nothing was imported.") % {"file": file, "error": error}
                ) from None
            run = Run(found, file, who, Rejects(rejects), ImportProgress(stream, lines))
            self._import(run, batches(rows, batch_size))

    def _import(self, run: Run, found: Iterator[RowBatch]) -> None:
        """Issue batch after batch, and tell what came of it however it ends."""
        run.rejects.replace_old()
        run.note(trail_notes.import_began(source=run.source))
        try:
            with _telling_where_it_ended(run):
                for batch in found:
                    run.issue(batch)
                run.note(trail_notes.import_ended(source=run.source, **run.tally.facts(run.market)))
        finally:
            run.close()
            for line in wording.tally_words(**run.tally.facts(run.market)):
                self.stdout.write(line)
        if refused := run.tally.results[Result.REFUSED]:
            said = ngettext(
                "%(count)s row was refused; the reasons are in %(path)s",
                "%(count)s rows were refused; the reasons are in %(path)s",
                refused,
            )
            raise CommandError(said % {"count": f"{refused:,}", "path": run.rejects.path})


class Run:
    """One run of the import."""

    def __init__(self, market: Market, file: str, who: User | str, rejects: Rejects, progress: ImportProgress) -> None:
        self.market, self.who, self.rejects, self.progress = market, who, rejects, progress
        name = "standard input" if file == "-" else os.fsencode(Path(file).name).decode("utf-8", "backslashreplace")
        self.source = f"import {name}"[:120]
        self.tally = ImportTally()

    def issue(self, batch: RowBatch) -> None:
        outcomes = (
            issue_isolating_failures(
                market=self.market,
                drafts=batch.drafts,
                source=self.source,
                now=timezone.now(),
                involved=[self.who] if isinstance(self.who, User) else [],
            )
            if batch.good
            else []
        )
        self.tally.count(self.market, batch, outcomes)
        self.rejects.write(batch.problems(outcomes))
        self.progress.advance(batch.rows)

    def note(self, note: Note) -> None:
        """Write to the audit trail of the market; what was issued says this source."""
        record(by=self.who, action="import", about=self.market, note=note, now=timezone.now())

    def close(self) -> None:
        self.progress.bar.close()
        self.rejects.close()

    @property
    def place(self) -> str:
        last = self.tally.last
        if not last:
            return _(
                "at once; no rows are imported. Run the same command again to go on: what is there already stays as it "
                "is."
            )
        said = _(
            "after line %(line)s; all good rows up to it are imported. Run the same command again to go on: what is "
            "there already stays as it is."
        )
        return said % {"line": f"{last:,}"}


def _batch_size(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ArgumentTypeError("write a number from 1 to 10000.")
    return int(text)


def _format_of(file: str) -> str:
    kind = EXTENSIONS.get(Path(file).suffix.lower())
    if kind is None:
        raise CommandError(
            _("What format has %(file)s? Its name ends in none of %(endings)s; say --format.")
            % {"file": file, "endings": ", ".join(EXTENSIONS)}
        )
    return kind


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115  # closed below; errors of the caller's are not ours to tell
    except OSError as error:
        raise CommandError(_("%(file)s cannot be read: %(error)s.") % {"file": file, "error": error.strerror}) from None
    with stream:
        yield stream


@contextmanager
def _telling_where_it_ended(run: Run) -> Iterator[None]:
    """Whatever ends a run early is told in a sentence that says which rows are imported."""
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError(_("Interrupted %(place)s") % {"place": run.place}, returncode=130) from None
    except AnyDatabaseError as error:
        raise CommandError(
            _("The database failed %(place)s It said: %(error)s") % {"place": run.place, "error": _first_line(error)}
        ) from None
    except OSError as error:
        raise CommandError(
            _("Reading or writing a file failed %(place)s %(error)s.") % {"place": run.place, "error": error}
        ) from None


@contextmanager
def _telling_database_errors() -> Iterator[None]:
    try:
        yield
    except AnyDatabaseError as error:
        raise CommandError(
            _("The database cannot be used: %(error)s Nothing was imported.") % {"error": _first_line(error)}
        ) from None


def _first_line(error: Exception) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line.rstrip(".") + "."

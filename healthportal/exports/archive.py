"""The file of an export: a zip with each kind of record as JSON and CSV, and the attached files.

Records are read and written one after the other. So neither many records nor large files take much memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from kit.documents.records import Record, as_json, exact, records_csv
from kit.documents.stored_files import private_storage
from sellers.holdings import HOLDINGS, Holding
from sellers.models import Seller

ROWS_AT_ONCE = 500
"""Records that are read at once, and after which it is said how far the work is."""

Step = Callable[[int], None]
"""Is told how many records were written since it was told last."""


def count_rows(seller: Seller, *, now: datetime) -> int:
    """How many records and files there are to write (1 query for each kind)."""
    records = sum(holding.rows(seller, now).count() for holding in HOLDINGS.values())
    return records + sum(1 for holding in HOLDINGS.values() for _ in holding.files(seller))


def write_archive(target: IO[bytes], seller: Seller, *, now: datetime, step: Step) -> None:
    """Write everything about a seller into a zip, in the language that is active and the market's local time."""
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr("about.json", _about(seller, now=now))
        for name, holding in HOLDINGS.items():
            _write_records(archive, name, holding, seller, now=now, step=step)
            _copy_files(archive, holding, seller, step=step)


def _about(seller: Seller, *, now: datetime) -> str:
    about = {"seller": seller.external_id, "name": seller.name, "made_at": exact(now, zone=seller.market.zone)}
    return as_json(about | {"files": list(HOLDINGS)}) + "\n"


def _write_records(archive: ZipFile, name: str, holding: Holding, seller: Seller, *, now: datetime, step: Step) -> None:
    """Both files of a kind of record, which is read once: CSV is kept aside while JSON is written."""
    records = _records(holding, seller, now=now, step=step)
    with TemporaryFile() as aside:
        with archive.open(f"{name}.json", "w", force_zip64=True) as entry:
            for line in records_csv(holding.fields, _also_as_json(records, entry)):
                aside.write(line.encode())
            entry.write(b"\n]\n")
        aside.seek(0)
        _copy(archive, f"{name}.csv", aside)


def _records(holding: Holding, seller: Seller, *, now: datetime, step: Step) -> Iterator[Record]:
    zone, pending = seller.market.zone, 0
    for row in holding.rows(seller, now).iterator(chunk_size=ROWS_AT_ONCE):
        yield _record(holding, row, zone=zone)
        pending += 1
        if pending == ROWS_AT_ONCE:
            step(pending)
            pending = 0
    step(pending)


def _record(holding: Holding, row: object, *, zone: ZoneInfo) -> Record:
    record = holding.record(row, zone=zone)
    return {field: record[field] for field in holding.fields}


def _also_as_json(records: Iterator[Record], entry: IO[bytes]) -> Iterator[Record]:
    """The same records, each of which is written as a line of a JSON list when its turn comes."""
    entry.write(b"[")
    for number, record in enumerate(records):
        entry.write(f"{',' if number else ''}\n{as_json(record)}".encode())
        yield record


def _copy_files(archive: ZipFile, holding: Holding, seller: Seller, *, step: Step) -> None:
    """What was attached, as it is; a file that is gone is left out."""
    for file in holding.files(seller):
        try:
            with private_storage().open(file.stored_name) as stored:
                _copy(archive, file.path, stored)
        except FileNotFoundError:
            pass
        step(1)


def _copy(archive: ZipFile, path: str, source: IO[bytes]) -> None:
    with archive.open(path, "w", force_zip64=True) as entry:
        shutil.copyfileobj(source, entry)

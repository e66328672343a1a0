"""Rules that the database holds beyond what models say: functions, triggers, and foreign keys over several columns.

Each stands in a file ``<app>/sql/<rule>.sql`` named after it, and nowhere else. A migration applies the file as it is
now. So a later migration applies a rule again that changed (docs/database.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.migrations import RunSQL

BODY = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)\(.*?\$\$(.*?)\$\$", re.MULTILINE | re.DOTALL)
TRIGGER = re.compile(
    r"^CREATE (?:CONSTRAINT )?TRIGGER (?P<name>\w+)\s+(?P<when>BEFORE|AFTER)\s+(?P<events>.+?)\s+ON\s+(?P<table>\w+)\b"
    r".*?FOR\s+EACH\s+(?P<each>ROW|STATEMENT).*?EXECUTE\s+FUNCTION\s+(?P<function>\w+)",
    re.MULTILINE | re.DOTALL,
)
CONSTRAINT = re.compile(r"^ALTER TABLE (\w+) ADD CONSTRAINT (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Trigger:
    """A trigger as a file creates it; ``type`` is what the database keeps as ``pg_trigger.tgtype``."""

    name: str
    table: str
    function: str
    type: int


TYPE_BITS = {"ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


@dataclass(frozen=True)
class Rule:
    """A file, with what it creates."""

    path: Path

    @property
    def sql(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def why(self) -> str:
        """What the comment at the head of the file says."""
        head = re.match(r"(?:--.*\n)+", self.sql)
        return " ".join(line.removeprefix("--").strip() for line in head[0].splitlines()) if head else ""

    @property
    def functions(self) -> dict[str, str]:
        """The bodies of the functions by name."""
        return dict(BODY.findall(self.sql))

    @property
    def triggers(self) -> list[Trigger]:
        return [
            Trigger(found["name"], found["table"], found["function"], _type_of(found))
            for found in TRIGGER.finditer(self.sql)
        ]

    @property
    def constraints(self) -> list[tuple[str, str]]:
        """Table and name."""
        return CONSTRAINT.findall(self.sql)

    @property
    def make_room(self) -> str:
        """Drops what cannot be replaced. Functions stay: triggers of other rules may call them."""
        triggers = [f"DROP TRIGGER IF EXISTS {one.name} ON {one.table};" for one in self.triggers]
        constraints = [f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name};" for table, name in self.constraints]
        return "\n".join([*triggers, *constraints, ""])

    @property
    def drop(self) -> str:
        return self.make_room + "\n".join(f"DROP FUNCTION IF EXISTS {name};" for name in self.functions)


def _type_of(found: re.Match[str]) -> int:
    words = {found["when"], found["each"], *re.findall(r"INSERT|DELETE|UPDATE|TRUNCATE", found["events"])}
    return sum(bit for word, bit in TYPE_BITS.items() if word in words)


def rule(app: str, name: str) -> Rule:
    """The rule of an app with this name."""
    return Rule(settings.BASE_DIR / app / "sql" / f"{name}.sql")


def rules() -> list[Rule]:
    """Every rule of every app, by path."""
    return [Rule(path) for path in sorted(settings.BASE_DIR.glob("*/sql/*.sql"))]


def apply_rules(app: str, *names: str) -> list[RunSQL]:
    """The operations of a migration that makes the database hold these rules, in this order; reversed it drops them."""
    found = [rule(app, name) for name in names]
    return [RunSQL(one.make_room + one.sql, one.drop) for one in found]

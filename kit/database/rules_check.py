"""The proof that the database holds the rules as their files say them, and that nobody switched one off."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .checks import Check
from .rules import rules

# What the files create, against what the database has. Then every trigger behind a foreign key has to be enabled (O or
# A). The parameter has to stand in every query; rules are of the database, so every market is looked at.
RULES_HOLD = """
SELECT CASE
    WHEN p.oid IS NULL THEN format('function %%s is missing', needed.name)
    WHEN p.prosrc <> needed.body THEN format('function %%s is not the one of %%s', needed.name, needed.file)
END AS problem
FROM jsonb_to_recordset({functions}) AS needed (name text, body text, file text)
LEFT JOIN pg_proc p ON p.proname = needed.name AND p.pronamespace = current_schema()::regnamespace
UNION ALL
SELECT CASE
    WHEN t.oid IS NULL THEN format('trigger %%s on %%s is missing', needed.name, needed.relation)
    WHEN p.proname <> needed.function OR t.tgtype <> needed.type THEN
        format('trigger %%s on %%s is not the one of %%s', needed.name, needed.relation, needed.file)
    WHEN t.tgenabled NOT IN ('O', 'A') THEN format('trigger %%s on %%s is disabled', needed.name, needed.relation)
END
FROM jsonb_to_recordset({triggers}) AS needed (name text, relation text, function text, type int, file text)
LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(needed.relation) AND t.tgname = needed.name
LEFT JOIN pg_proc p ON p.oid = t.tgfoid
UNION ALL
SELECT CASE WHEN c.oid IS NULL OR NOT c.convalidated THEN
    format('constraint %%s on %%s is missing', needed.name, needed.relation)
END
FROM jsonb_to_recordset({constraints}) AS needed (name text, relation text)
LEFT JOIN pg_constraint c ON c.conrelid = to_regclass(needed.relation) AND c.conname = needed.name
UNION ALL
SELECT CASE WHEN t.tgenabled NOT IN ('O', 'A') THEN
    format('trigger %%s on %%s is disabled (foreign key %%s)', t.tgname, t.tgrelid::regclass, c.conname)
END
FROM pg_trigger t
JOIN pg_constraint c ON c.oid = t.tgconstraint
JOIN pg_class r ON r.oid = t.tgrelid AND r.relnamespace = current_schema()::regnamespace
WHERE t.tgisinternal AND (%(market)s::bigint IS NULL OR true)
"""


def rules_check() -> Check:
    """The check, made from the files as they are now."""
    found = rules()
    functions = [
        {"name": name, "body": body, "file": one.path.name} for one in found for name, body in one.functions.items()
    ]
    triggers = [
        {"name": t.name, "relation": t.table, "function": t.function, "type": t.type, "file": one.path.name}
        for one in found
        for t in one.triggers
    ]
    constraints = [{"name": name, "relation": table} for one in found for table, name in one.constraints]
    query = RULES_HOLD.format(
        functions=_literal(functions), triggers=_literal(triggers), constraints=_literal(constraints)
    )
    return Check(8, "the rules that the database holds are there, as they were written", "rules", query)


def _literal(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a literal of SQL, in a query that has parameters."""
    text = json.dumps(rows).replace("'", "''").replace("%", "%%")
    return f"'{text}'::jsonb"

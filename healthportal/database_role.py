"""What the database's role of the running portal may do: to its rows everything, to its tables nothing.

Who owns a table can switch its triggers off, and with them what the database guarantees (docs/database.md).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection

WHERE = "docs/operations.md#two-roles-of-the-database"

TOO_MUCH = """
SELECT rolsuper, (
    SELECT count(*) FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
      AND (pg_has_role(relowner, 'MEMBER') OR has_table_privilege(oid, 'TRUNCATE, TRIGGER'))
)
FROM pg_roles WHERE rolname = current_user
"""


def role_may_too_much() -> str:
    """What the role could do to the guarantees of the database, in words; empty if nothing."""
    with connection.cursor() as cursor:
        cursor.execute(TOO_MUCH)
        superuser, tables = cursor.fetchone()
    if superuser:
        return "is a superuser, so it could switch off what the database guarantees"
    if tables:
        return f"owns or may empty {tables} tables, so it could switch off what the database guarantees"
    return ""


@checks.register(checks.Tags.database, deploy=True)
def check_role(*, databases: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """For ``check --deploy --database default``, run as the portal runs."""
    if not databases or not settings.PRODUCTION:
        return []
    try:
        fault = role_may_too_much()
    except DatabaseError as error:
        return [checks.Warning(f"The database does not answer: {error}", id="healthportal.W001")]
    if not fault:
        return []
    return [checks.Warning(f"The database's role {fault}.", hint=f"See {WHERE}.", id="healthportal.W002")]

"""What pages of a seller are made of in this app."""

from kit.database.row_versions import Rows
from sellers.cached_pages import OF_MARKET, OF_SELLER
from workshops.models import Signup

from .models import ReportRun, WeeklyReport

OFFERED = (
    "SELECT (workshop ->> 'id')::bigint "  # noqa: S608  # of names that are known
    f"FROM {ReportRun._meta.db_table}, jsonb_array_elements(workshops) AS workshop "
    f"WHERE {OF_MARKET} AND week_start = %(week)s"
)

REPORT_ROWS = [Rows(Signup, f"workshop_id IN ({OFFERED})")]
"""Beside those of every page: a report says how many places are left in the workshops that it names."""

PAGE_ROWS = [Rows(WeeklyReport, OF_SELLER), Rows(ReportRun, OF_MARKET)]

from django.db import migrations

FORWARD = """
-- The calendar day of a moment in a time zone; in UTC for a zone that this server does not know (any more), so that one row
-- with such a zone does not fail the statement that lists it.
CREATE FUNCTION local_day(moment timestamptz, zone text) RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (moment AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN (moment AT TIME ZONE 'UTC')::date;
END $$;
"""


class Migration(migrations.Migration):
    """A time zone that the database does not know fails no list."""

    dependencies = [("sellers", "0011_appeals_run_from_when_sellers_are_told")]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION local_day(timestamptz, text);")]

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_emptying_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Weekly reports are frozen once published: TRUNCATE is refused. Delete those of an open run.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'weekly_report_no_truncate';
END $$;
CREATE TRIGGER weekly_report_no_truncate BEFORE TRUNCATE ON reports_weeklyreport
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_reports();
"""

BACKWARD = """
DROP TRIGGER weekly_report_no_truncate ON reports_weeklyreport;
DROP FUNCTION refuse_emptying_reports();
"""


class Migration(migrations.Migration):
    """Emptying the table is refused like changing and deleting what is in it."""

    dependencies = [("reports", "0007_reports_are_checked_in_one_pass")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

from django.db import migrations

FORWARD = """
ALTER TABLE reports_weeklyreport ADD CONSTRAINT weekly_report_week_is_the_runs
    FOREIGN KEY (run_id, week_start) REFERENCES reports_reportrun (id, week_start);

-- Runs once per statement. A share lock on the runs makes a late writer wait for, and then see, their publication.
CREATE FUNCTION refuse_changing_published_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM reports_reportrun WHERE id IN (SELECT run_id FROM touched) ORDER BY id FOR SHARE;
    IF EXISTS (
        SELECT FROM reports_reportrun WHERE id IN (SELECT run_id FROM touched) AND published_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'A published weekly report cannot be changed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'weekly_report_published_is_frozen';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER weekly_report_insert_frozen AFTER INSERT ON reports_weeklyreport
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published_report();
CREATE TRIGGER weekly_report_update_frozen AFTER UPDATE ON reports_weeklyreport
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published_report();
CREATE TRIGGER weekly_report_delete_frozen AFTER DELETE ON reports_weeklyreport
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published_report();

CREATE FUNCTION refuse_changing_published_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Report run % is published and cannot be changed.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'report_run_published_is_frozen';
END $$;
CREATE TRIGGER report_run_published_is_frozen BEFORE UPDATE OR DELETE ON reports_reportrun
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_changing_published_run();
"""

BACKWARD = """
DROP TRIGGER report_run_published_is_frozen ON reports_reportrun;
DROP TRIGGER weekly_report_delete_frozen ON reports_weeklyreport;
DROP TRIGGER weekly_report_update_frozen ON reports_weeklyreport;
DROP TRIGGER weekly_report_insert_frozen ON reports_weeklyreport;
DROP FUNCTION refuse_changing_published_run(), refuse_changing_published_report();
ALTER TABLE reports_weeklyreport DROP CONSTRAINT weekly_report_week_is_the_runs;
"""


class Migration(migrations.Migration):
    """Once published, a run and its reports never change."""

    dependencies = [("reports", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

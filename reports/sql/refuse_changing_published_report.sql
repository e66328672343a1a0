-- Runs once per statement. A share lock on the runs makes a late writer wait for, and then see, their publication.
CREATE OR REPLACE FUNCTION refuse_changing_published_report() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER weekly_report_delete_frozen AFTER DELETE ON reports_weeklyreport
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published_report();

CREATE TRIGGER weekly_report_update_frozen AFTER UPDATE ON reports_weeklyreport
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published_report();

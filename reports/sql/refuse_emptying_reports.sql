-- TRUNCATE looks at no row, so it could empty published reports.
CREATE OR REPLACE FUNCTION refuse_emptying_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Weekly reports are frozen once published: TRUNCATE is refused. Delete those of an open run.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'weekly_report_no_truncate';
END $$;

CREATE TRIGGER weekly_report_no_truncate BEFORE TRUNCATE ON reports_weeklyreport
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_reports();

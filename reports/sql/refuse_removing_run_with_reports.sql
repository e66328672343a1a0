-- A foreign key would be checked a row at a time, which a million reports have no time for. This holds it, from the
-- side of the run.
CREATE OR REPLACE FUNCTION refuse_removing_run_with_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reports_weeklyreport WHERE week_start = OLD.week_start AND run_id = OLD.id) THEN
        RAISE EXCEPTION 'Report run % has weekly reports.', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'report_run_with_reports_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER report_run_with_reports_is_not_deleted BEFORE DELETE ON reports_reportrun
    FOR EACH ROW EXECUTE FUNCTION refuse_removing_run_with_reports();

CREATE TRIGGER report_run_with_reports_is_not_moved BEFORE UPDATE OF id, week_start, market_id ON reports_reportrun
    FOR EACH ROW WHEN ((OLD.id, OLD.week_start, OLD.market_id) IS DISTINCT FROM (NEW.id, NEW.week_start, NEW.market_id))
    EXECUTE FUNCTION refuse_removing_run_with_reports();

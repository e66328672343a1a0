-- A run stays as it was published: its reports are explained by it.
CREATE OR REPLACE FUNCTION refuse_changing_published_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Report run % is published and cannot be changed.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'report_run_published_is_frozen';
END $$;

CREATE TRIGGER report_run_published_is_frozen BEFORE UPDATE OR DELETE ON reports_reportrun
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_changing_published_run();

-- A violation's entries share one expiry and corrections never start before the assessment, so their sum at any moment
-- is at least their sum over all time. Locking the violation makes corrections that arrive together take turns.
CREATE OR REPLACE FUNCTION refuse_overdrawn_violation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM violations_violation WHERE id = NEW.violation_id FOR NO KEY UPDATE;
    IF (SELECT sum(points) FROM violations_pointsentry WHERE violation_id = NEW.violation_id) < 0 THEN
        RAISE EXCEPTION 'Violation % has fewer points left than the correction takes.', NEW.violation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'points_entry_never_below_zero';
    END IF;
    IF NEW.effective_at < (SELECT effective_at FROM violations_pointsentry WHERE id = NEW.corrects_id) THEN
        RAISE EXCEPTION 'A correction of violation % takes effect before what it corrects.', NEW.violation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'points_entry_correction_after_assessment';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER points_entry_never_below_zero AFTER INSERT ON violations_pointsentry
    FOR EACH ROW WHEN (NEW.kind <> 'assessment') EXECUTE FUNCTION refuse_overdrawn_violation();

-- A violation stays as it was issued; it can be voided, once.
CREATE OR REPLACE FUNCTION refuse_rewriting_violation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Violation % stays as it was issued; it can only be voided, once.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'violation_stays_as_issued';
END $$;

CREATE TRIGGER violation_stays_as_issued BEFORE UPDATE ON violations_violation
    FOR EACH ROW WHEN (
        OLD.voided_at IS NOT NULL
        OR (to_jsonb(OLD) - '{voided_at,voided_by_id,void_reason,mass_reversal_id}'::text[])
            IS DISTINCT FROM (to_jsonb(NEW) - '{voided_at,voided_by_id,void_reason,mass_reversal_id}'::text[])
    )
    EXECUTE FUNCTION refuse_rewriting_violation();

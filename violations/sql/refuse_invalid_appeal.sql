-- What a constraint of one table cannot see. The violation's columns used here never change.
CREATE OR REPLACE FUNCTION refuse_invalid_appeal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    violation violations_violation%ROWTYPE;
BEGIN
    SELECT * INTO violation FROM violations_violation WHERE id = NEW.violation_id;
    IF NEW.filed_at >= violation.appeal_until OR NEW.filed_at < violation.issued_at THEN
        RAISE EXCEPTION 'Violation % cannot be appealed at %.', NEW.violation_id, NEW.filed_at
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_filed_within_window';
    END IF;
    IF NEW.decided_by_id = violation.issued_by_id THEN
        RAISE EXCEPTION 'Who issued violation % cannot decide on its appeal.', NEW.violation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_not_decided_by_issuer';
    END IF;
    IF NEW.credit_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM violations_pointsentry
        WHERE id = NEW.credit_id AND violation_id = NEW.violation_id AND kind = 'credit'
    ) THEN
        RAISE EXCEPTION 'Entry % is no credit of violation %.', NEW.credit_id, NEW.violation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_credit_is_of_its_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appeal_fits_its_violation BEFORE INSERT OR UPDATE ON violations_appeal
    FOR EACH ROW EXECUTE FUNCTION refuse_invalid_appeal();

-- A change of a market's rules stays as it was approved: sellers were told of it. It is applied once.
CREATE OR REPLACE FUNCTION refuse_changing_approved_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (
        OLD.market_id, OLD.numbers, OLD.milestones, OLD.reason, OLD.effective_from, OLD.drafted_at, OLD.drafted_by_id,
        OLD.approved_at, OLD.approved_by_id, OLD.alone_reason
    ) IS DISTINCT FROM (
        NEW.market_id, NEW.numbers, NEW.milestones, NEW.reason, NEW.effective_from, NEW.drafted_at, NEW.drafted_by_id,
        NEW.approved_at, NEW.approved_by_id, NEW.alone_reason
    ) OR (OLD.applied_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL) AND (
        OLD.applied_at, OLD.withdrawn_at, OLD.withdraw_reason, OLD.numbers_before
    ) IS DISTINCT FROM (
        NEW.applied_at, NEW.withdrawn_at, NEW.withdraw_reason, NEW.numbers_before
    ) THEN
        RAISE EXCEPTION 'Change of rules % is approved: its sellers are told, and it stays as it is.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rules_change_approved_is_frozen';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER rules_change_approved_is_frozen BEFORE UPDATE OR DELETE ON violations_ruleschange
    FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL) EXECUTE FUNCTION refuse_changing_approved_rules();

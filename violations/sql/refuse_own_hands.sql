-- Nobody decides anything about a seller they may act for. Whoever is a member later may have decided before.
CREATE OR REPLACE FUNCTION refuse_own_hands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM sellers_member
        WHERE seller_id = NEW.seller_id AND user_id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint
    ) THEN
        RAISE EXCEPTION 'Person % is a member of seller %: somebody else decides (%).',
            to_jsonb(NEW) ->> TG_ARGV[0], NEW.seller_id, TG_ARGV[0]
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appeal_decided_by_other_hands BEFORE UPDATE ON violations_appeal
    FOR EACH ROW WHEN (NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id)
    EXECUTE FUNCTION refuse_own_hands('decided_by_id');

CREATE TRIGGER action_lifted_by_other_hands BEFORE UPDATE ON violations_enforcementaction
    FOR EACH ROW WHEN (NEW.lifted_by_id IS DISTINCT FROM OLD.lifted_by_id)
    EXECUTE FUNCTION refuse_own_hands('lifted_by_id');

CREATE TRIGGER violation_issued_by_other_hands BEFORE INSERT ON violations_violation
    FOR EACH ROW WHEN (NEW.issued_by_id IS NOT NULL) EXECUTE FUNCTION refuse_own_hands('issued_by_id');

CREATE TRIGGER violation_voided_by_other_hands BEFORE UPDATE ON violations_violation
    FOR EACH ROW WHEN (NEW.voided_by_id IS DISTINCT FROM OLD.voided_by_id)
    EXECUTE FUNCTION refuse_own_hands('voided_by_id');

CREATE TRIGGER held_violation_decided_by_other_hands BEFORE UPDATE ON violations_heldviolation
    FOR EACH ROW WHEN (NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id)
    EXECUTE FUNCTION refuse_own_hands('decided_by_id');

-- One person does not do more alone in a market with sellers than two people, or one with a reason, have said last.
CREATE OR REPLACE FUNCTION refuse_unapproved_controls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM sellers_seller WHERE market_id = NEW.id) AND NOT coalesce((
            SELECT upload_second_person_above IS NOT DISTINCT FROM NEW.upload_second_person_above
                AND reversal_second_person_above IS NOT DISTINCT FROM NEW.reversal_second_person_above
            FROM sellers_controlsproposal WHERE market_id = NEW.id AND approved
            ORDER BY decided_at DESC, id DESC LIMIT 1), false) THEN
        RAISE EXCEPTION 'Nobody approved that one person may do more in market %.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_approved';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER controls_approved
    BEFORE UPDATE OF upload_second_person_above, reversal_second_person_above ON sellers_market
    FOR EACH ROW WHEN (
        OLD.upload_second_person_above < coalesce(NEW.upload_second_person_above, 2147483648)
        OR OLD.reversal_second_person_above < coalesce(NEW.reversal_second_person_above, 2147483648)
    ) EXECUTE FUNCTION refuse_unapproved_controls();

-- Once started, only the progress of a mass reversal is written, and that goes forward only.
CREATE OR REPLACE FUNCTION refuse_rewriting_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Mass reversal % stays as it was started: % is refused.', OLD.id, TG_OP
        USING ERRCODE = 'check_violation', CONSTRAINT = 'mass_reversal_stays_as_started';
END $$;

CREATE TRIGGER mass_reversal_started_is_not_deleted BEFORE DELETE ON violations_massreversal
    FOR EACH ROW WHEN (OLD.started_at IS NOT NULL) EXECUTE FUNCTION refuse_rewriting_reversal();

CREATE TRIGGER mass_reversal_stays_as_started BEFORE UPDATE ON violations_massreversal
    FOR EACH ROW WHEN (
        OLD.done_at IS NOT NULL
        OR NEW.last_seller_id < OLD.last_seller_id
        OR OLD.started_at IS NOT NULL AND (
            to_jsonb(OLD) - '{last_seller_id,violations_voided,sellers_told,points_reversed,actions_lifted,appeals_settled}'::text[]
                - '{due_at,claimed_at,attempts,last_error,given_up_at,lane,stopped_at,stopped_by_id,done_at}'::text[]
        ) IS DISTINCT FROM (
            to_jsonb(NEW) - '{last_seller_id,violations_voided,sellers_told,points_reversed,actions_lifted,appeals_settled}'::text[]
                - '{due_at,claimed_at,attempts,last_error,given_up_at,lane,stopped_at,stopped_by_id,done_at}'::text[]
        )
    )
    EXECUTE FUNCTION refuse_rewriting_reversal();

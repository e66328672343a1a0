-- Chance alone decides who of a trial is invited: as quizzes.trials.rules.is_invited. Who is in which half stays, and is
-- never taken out; only that they were told is written.
CREATE OR REPLACE FUNCTION refuse_unfair_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    drawn boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT get_byte(sha256(convert_to(seed || ':' || NEW.seller_id, 'UTF8')), 0) < 128 INTO drawn
            FROM quizzes_fairtrial WHERE id = NEW.trial_id;
        IF NEW.invited IS NOT DISTINCT FROM drawn THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'Chance decides in which half of a trial a seller is, and it stays so.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'trial_assignment_is_fair';
END $$;

CREATE TRIGGER trial_assignment_is_fair BEFORE INSERT OR DELETE ON quizzes_trialseller
    FOR EACH ROW EXECUTE FUNCTION refuse_unfair_assignment();

CREATE TRIGGER trial_assignment_stays BEFORE UPDATE ON quizzes_trialseller
    FOR EACH ROW WHEN ((OLD.trial_id, OLD.seller_id, OLD.invited, OLD.assigned_at)
        IS DISTINCT FROM (NEW.trial_id, NEW.seller_id, NEW.invited, NEW.assigned_at)
        OR OLD.handled_at IS NOT NULL)
    EXECUTE FUNCTION refuse_unfair_assignment();

CREATE TRIGGER trial_stays BEFORE UPDATE ON quizzes_fairtrial
    FOR EACH ROW WHEN ((OLD.quiz_id, OLD.market_id, OLD.seed, OLD.started_at)
        IS DISTINCT FROM (NEW.quiz_id, NEW.market_id, NEW.seed, NEW.started_at) OR OLD.stopped_at IS NOT NULL)
    EXECUTE FUNCTION refuse_unfair_assignment();

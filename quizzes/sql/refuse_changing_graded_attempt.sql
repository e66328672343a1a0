-- What was graded stays as it was: the attempt, its questions and its answers; what was not passed, for a year. A regrade
-- alone gives a right answer more, and a pass with what it brings; what it gave is never taken away.
CREATE OR REPLACE FUNCTION refuse_changing_graded_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given text[] := '{right_answers,passed,credit_id,reward_month,reward_ordinal,unrewarded,given_back_in}';
BEGIN
    IF TG_OP = 'UPDATE' AND NOT OLD.passed AND NEW.right_answers > OLD.right_answers
        AND to_jsonb(OLD) - given = to_jsonb(NEW) - given
        AND EXISTS (SELECT FROM quizzes_regradedattempt
            WHERE attempt_id = OLD.id AND right_before = OLD.right_answers) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND NOT OLD.passed AND OLD.submitted_at < now() - interval '365 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Attempt % is submitted and stays as it is.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_graded_stays';
END $$;

CREATE TRIGGER attempt_graded_stays BEFORE UPDATE OR DELETE ON quizzes_attempt
    FOR EACH ROW WHEN (OLD.submitted_at IS NOT NULL) EXECUTE FUNCTION refuse_changing_graded_attempt();

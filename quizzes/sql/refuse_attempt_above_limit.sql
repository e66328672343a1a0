-- Ordinals are unique in their month, so that none above the limit means that there are never more than the limit. They
-- are checked when given: staff may lower a limit below what was used. An attempt that a regrade gave back in the month
-- may be made once more.
CREATE OR REPLACE FUNCTION refuse_attempt_above_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ordinal > (SELECT attempts_per_month FROM quizzes_quiz WHERE id = NEW.quiz_id)
        AND NEW.ordinal > (SELECT attempts_per_month FROM quizzes_quiz WHERE id = NEW.quiz_id) + (
            SELECT count(*) FROM quizzes_attempt
            WHERE seller_id = NEW.seller_id AND quiz_id = NEW.quiz_id AND given_back_in = NEW.month) THEN
        RAISE EXCEPTION 'Seller % has used up the attempts at quiz % of the month.', NEW.seller_id, NEW.quiz_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_within_limit';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER attempt_within_limit BEFORE INSERT ON quizzes_attempt
    FOR EACH ROW WHEN (NEW.action_id IS NULL) EXECUTE FUNCTION refuse_attempt_above_limit();

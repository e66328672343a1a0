from django.db import migrations

FORWARD = """
-- Ordinals are unique in their month, so that none above the limit means that there are never more than the limit. They
-- are checked when given: staff may lower a limit below what was used.
CREATE FUNCTION refuse_attempt_above_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ordinal > (SELECT attempts_per_month FROM quizzes_quiz WHERE id = NEW.quiz_id) THEN
        RAISE EXCEPTION 'Seller % has used up the attempts at quiz % of the month.', NEW.seller_id, NEW.quiz_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_within_limit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_within_limit BEFORE INSERT ON quizzes_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_attempt_above_limit();

CREATE FUNCTION refuse_reward_above_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reward_ordinal > (
        SELECT rewarded_passes_per_month FROM sellers_market
        WHERE id = (SELECT market_id FROM sellers_seller WHERE id = NEW.seller_id)
    ) THEN
        RAISE EXCEPTION 'Seller % has used up the rewarded passes of the month.', NEW.seller_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_reward_within_limit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_reward_within_limit BEFORE INSERT OR UPDATE OF reward_ordinal ON quizzes_attempt
    FOR EACH ROW WHEN (NEW.reward_ordinal IS NOT NULL) EXECUTE FUNCTION refuse_reward_above_limit();

-- What was graded stays as it was: the attempt, its questions and its answers.
CREATE FUNCTION refuse_changing_graded_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Attempt % is submitted and stays as it is.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_graded_stays';
END $$;
CREATE TRIGGER attempt_graded_stays BEFORE UPDATE OR DELETE ON quizzes_attempt
    FOR EACH ROW WHEN (OLD.submitted_at IS NOT NULL) EXECUTE FUNCTION refuse_changing_graded_attempt();

CREATE FUNCTION refuse_changing_graded_answer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.attempt_id ELSE OLD.attempt_id END;
BEGIN
    IF (SELECT submitted_at FROM quizzes_attempt WHERE id = touched) IS NOT NULL THEN
        RAISE EXCEPTION 'Attempt % is submitted and its answers stay as they are.', touched
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_graded_answer_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER attempt_graded_answer_stays BEFORE INSERT OR UPDATE OR DELETE ON quizzes_attemptquestion
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_graded_answer();

-- A question that somebody was asked is retired and replaced, never changed.
CREATE FUNCTION refuse_changing_asked_question() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE WHEN TG_TABLE_NAME = 'quizzes_question' THEN (to_jsonb(OLD) ->> 'id')::bigint
        ELSE (coalesce(to_jsonb(OLD), to_jsonb(NEW)) ->> 'question_id')::bigint END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM quizzes_attemptquestion WHERE question_id = touched) THEN
        RAISE EXCEPTION 'Question % was asked already and stays as it is; retire it and add a new one.', touched
            USING ERRCODE = 'check_violation', CONSTRAINT = 'question_asked_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER question_asked_stays BEFORE UPDATE ON quizzes_question
    FOR EACH ROW WHEN ((OLD.text, OLD.explanation, OLD.quiz_id) IS DISTINCT FROM (NEW.text, NEW.explanation, NEW.quiz_id))
    EXECUTE FUNCTION refuse_changing_asked_question();
CREATE TRIGGER choice_of_asked_question_stays BEFORE INSERT OR UPDATE OR DELETE ON quizzes_choice
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_asked_question();
"""

BACKWARD = """
DROP TRIGGER choice_of_asked_question_stays ON quizzes_choice;
DROP TRIGGER question_asked_stays ON quizzes_question;
DROP TRIGGER attempt_graded_answer_stays ON quizzes_attemptquestion;
DROP TRIGGER attempt_graded_stays ON quizzes_attempt;
DROP TRIGGER attempt_reward_within_limit ON quizzes_attempt;
DROP TRIGGER attempt_within_limit ON quizzes_attempt;
DROP FUNCTION refuse_changing_asked_question(), refuse_changing_graded_answer(), refuse_changing_graded_attempt(),
    refuse_reward_above_limit(), refuse_attempt_above_limit();
"""


class Migration(migrations.Migration):
    """Limits of a month, graded attempts and asked questions, held by the database."""

    dependencies = [("quizzes", "0003_attempts_say_why_unrewarded")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

-- A trigger and no unique index: questions that were asked keep their choices, whatever they are. Locking the question
-- makes those who write its choices take turns.
CREATE OR REPLACE FUNCTION refuse_equal_choices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM quizzes_question WHERE id = NEW.question_id FOR NO KEY UPDATE;
    -- The choice as it is now: since it was written, it may have been written again.
    IF EXISTS (SELECT FROM quizzes_choice own JOIN quizzes_choice other USING (question_id)
            WHERE own.id = NEW.id AND other.id <> own.id AND folded_text(other.text) = folded_text(own.text)) THEN
        RAISE EXCEPTION 'Question % has two choices that read the same.', NEW.question_id
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'choice_reads_unlike_others';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER choice_reads_unlike_others AFTER INSERT OR UPDATE OF text, question_id ON quizzes_choice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_equal_choices();

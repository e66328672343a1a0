-- What a pass removes is raised only to what a second person approved last; it is lowered by anybody who may.
CREATE OR REPLACE FUNCTION refuse_unapproved_pass_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT coalesce((SELECT approved AND points >= NEW.pass_points FROM quizzes_passpointsproposal
            WHERE quiz_id = NEW.id AND decided_at IS NOT NULL ORDER BY id DESC LIMIT 1), false) THEN
        RAISE EXCEPTION 'Nobody approved that a pass of quiz % removes % points.', NEW.id, NEW.pass_points
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quiz_pass_points_approved';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER quiz_pass_points_approved BEFORE UPDATE OF pass_points ON quizzes_quiz
    FOR EACH ROW WHEN (NEW.pass_points > OLD.pass_points) EXECUTE FUNCTION refuse_unapproved_pass_points();

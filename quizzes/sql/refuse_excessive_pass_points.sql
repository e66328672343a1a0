-- A pass never removes more than the worst wording of the policy gives. Checked when written: wordings come and go.
CREATE OR REPLACE FUNCTION refuse_excessive_pass_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.pass_points > greatest(1, (SELECT max(points) FROM policies_policyversion
            WHERE policy_id = NEW.policy_id AND published_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'A pass of quiz % would remove more points than its policy gives.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quiz_pass_points_within_policy';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER quiz_pass_points_within_policy BEFORE INSERT OR UPDATE OF pass_points, policy_id ON quizzes_quiz
    FOR EACH ROW EXECUTE FUNCTION refuse_excessive_pass_points();

-- Nobody becomes a superuser whom two people, or one with a reason, have not made one; the server makes the first.
CREATE OR REPLACE FUNCTION refuse_unapproved_superuser() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT coalesce((SELECT approved FROM accounts_superuserproposal
            WHERE user_id = NEW.id AND decided_at IS NOT NULL ORDER BY decided_at DESC, id DESC LIMIT 1), false) THEN
        RAISE EXCEPTION 'Nobody approved that person % becomes a superuser.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'superuser_approved';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER superuser_approved BEFORE UPDATE OF is_superuser ON accounts_user
    FOR EACH ROW WHEN (NEW.is_superuser AND NOT OLD.is_superuser) EXECUTE FUNCTION refuse_unapproved_superuser();

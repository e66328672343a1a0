-- What a seller was told never changes afterwards.
CREATE OR REPLACE FUNCTION refuse_rewriting_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A message in an inbox stays as it was posted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'message_stays_as_posted';
END $$;

CREATE TRIGGER message_stays_as_posted BEFORE UPDATE ON inbox_message
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION refuse_rewriting_message();

-- What reviewers noted about an appeal stays as it was written.
CREATE OR REPLACE FUNCTION refuse_rewriting_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Notes stay as they were written: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER appeal_note_stays BEFORE UPDATE OR DELETE ON violations_appealnote
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_note();

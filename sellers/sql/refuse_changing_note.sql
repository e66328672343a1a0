-- Notes of staff about a seller stay as they were written; they go after a time, a year at the earliest.
CREATE OR REPLACE FUNCTION refuse_changing_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.written_at < now() - interval '365 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'A note about a seller stays as it was written: % is refused.', TG_OP
        USING ERRCODE = 'check_violation', CONSTRAINT = 'seller_note_append_only';
END $$;

CREATE TRIGGER seller_note_append_only BEFORE UPDATE OR DELETE ON sellers_sellernote
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_note();

-- The audit trail is append-only. Sign-ins go after a time, and unname_in_trail names a person no more who is erased.
CREATE OR REPLACE FUNCTION refuse_changing_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.action IN ('sign_in', 'wrong_password', 'wrong_code')
        AND OLD.at < now() - interval '90 days' THEN
        RETURN OLD;
    END IF;
    -- In unname_in_trail whoever runs it is the owner of the table, which the portal's own role is not.
    IF TG_OP = 'UPDATE' AND current_setting('portal.erases', true) = 'on'
        AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
        AND to_jsonb(OLD) - '{actor,object_name,note_facts,note_names}'::text[]
            = to_jsonb(NEW) - '{actor,object_name,note_facts,note_names}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The audit trail is append-only: % is refused.', TG_OP
        USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_entry_append_only';
END $$;

CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_trail();

CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_trail();

-- A person who is erased is called a former member wherever the trail names them: this alone changes entries, and only so.
CREATE OR REPLACE FUNCTION unname_in_trail(erased bigint, kind_of_people text, names text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    called text;
    written text;
    instead CONSTANT text := 'A former member';
BEGIN
    -- What is called so is the person's own: their address, their name with it, or another address of theirs.
    IF EXISTS (
        SELECT FROM unnest(names) AS asked WHERE asked NOT IN (
            SELECT email FROM accounts_user WHERE id = erased
            UNION SELECT name || ' (' || email || ')' FROM accounts_user WHERE id = erased
            UNION SELECT email FROM account_emailaddress WHERE user_id = erased
        )
    ) THEN
        RAISE EXCEPTION 'The audit trail is append-only: nobody who is erased is called so.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_entry_append_only';
    END IF;
    PERFORM set_config('portal.erases', 'on', true);
    FOREACH called IN ARRAY names LOOP
        written := substr(to_json(called)::text, 2, length(to_json(called)::text) - 2);
        UPDATE audit_auditentry SET
            actor = replace(actor, called, instead),
            object_name = replace(object_name, called, instead),
            note_facts = replace(note_facts::text, written, instead)::jsonb
        WHERE strpos(actor, called) > 0 OR strpos(object_name, called) > 0 OR strpos(note_facts::text, written) > 0;
    END LOOP;
    UPDATE audit_auditentry SET actor = instead WHERE person_id = erased;
    UPDATE audit_auditentry SET object_name = instead WHERE kind = kind_of_people AND object_id = erased::text;
    PERFORM set_config('portal.erases', 'off', true);
END $$;

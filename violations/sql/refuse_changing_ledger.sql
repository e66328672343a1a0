-- The ledger is append-only.
CREATE OR REPLACE FUNCTION refuse_changing_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The points ledger is append-only: % is refused. Add a correcting entry.', TG_OP
        USING ERRCODE = 'check_violation', CONSTRAINT = 'points_entry_append_only';
END $$;

CREATE TRIGGER points_entry_append_only BEFORE UPDATE OR DELETE ON violations_pointsentry
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_ledger();

CREATE TRIGGER points_entry_no_truncate BEFORE TRUNCATE ON violations_pointsentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_ledger();

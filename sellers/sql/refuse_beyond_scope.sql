-- Who works for some markets leaves no entry in the trail about a record of another one. Services write their entry in the
-- transaction of what they do, so that goes back too: the last guard, behind pages and services. What somebody does as a
-- member of a seller they do for its market; superusers work for all.
CREATE OR REPLACE FUNCTION refuse_beyond_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM sellers_staffmarket WHERE user_id = NEW.person_id)
        AND NOT EXISTS (SELECT FROM sellers_staffmarket WHERE user_id = NEW.person_id AND market_id = NEW.scope_id)
        AND NOT EXISTS (SELECT FROM accounts_user WHERE id = NEW.person_id AND is_superuser)
        AND NOT EXISTS (
            SELECT FROM sellers_member AS own JOIN sellers_seller AS seller ON seller.id = own.seller_id
            WHERE own.user_id = NEW.person_id AND seller.market_id = NEW.scope_id
        ) THEN
        RAISE EXCEPTION 'Person % does not work for market %', NEW.person_id, NEW.scope_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_entry_within_scope';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER audit_entry_within_scope BEFORE INSERT ON audit_auditentry
    FOR EACH ROW WHEN (NEW.person_id IS NOT NULL AND NEW.scope_id <> 0)
    EXECUTE FUNCTION refuse_beyond_scope();

-- A seller that has members keeps an owner among them, or nobody could let others in. Owners who go at the same moment
-- take turns on their seller's row: the second finds that the first is gone. Checked at the end of the transaction, so
-- that one owner can be replaced by another in any order.
CREATE OR REPLACE FUNCTION keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM sellers_seller WHERE id = OLD.seller_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM sellers_member WHERE seller_id = OLD.seller_id)
        AND NOT EXISTS (SELECT FROM sellers_member WHERE seller_id = OLD.seller_id AND role = 'owner') THEN
        RAISE EXCEPTION 'Seller % has members and would have no owner', OLD.seller_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'member_last_owner_stays';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER member_last_owner_stays AFTER UPDATE OR DELETE ON sellers_member
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.role = 'owner')
    EXECUTE FUNCTION keep_an_owner();

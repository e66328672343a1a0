-- A foreign key would be checked a row at a time, which a million reports have no time for. This holds it, from the
-- side of the seller.
CREATE OR REPLACE FUNCTION refuse_removing_seller_with_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM sellers_market WHERE id = OLD.market_id FOR UPDATE;
    IF EXISTS (
        SELECT FROM reports_reportrun AS run
        JOIN reports_weeklyreport AS report ON report.week_start = run.week_start AND report.seller_id = OLD.id
        WHERE run.market_id = OLD.market_id
    ) THEN
        RAISE EXCEPTION 'Seller % has weekly reports.', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'seller_with_reports_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER seller_with_reports_is_not_deleted BEFORE DELETE ON sellers_seller
    FOR EACH ROW EXECUTE FUNCTION refuse_removing_seller_with_reports();

CREATE TRIGGER seller_with_reports_is_not_moved BEFORE UPDATE OF id, market_id ON sellers_seller
    FOR EACH ROW WHEN ((OLD.id, OLD.market_id) IS DISTINCT FROM (NEW.id, NEW.market_id))
    EXECUTE FUNCTION refuse_removing_seller_with_reports();

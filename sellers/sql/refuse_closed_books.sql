-- Holds against whoever has not called recording_time: from here on nobody closes the books before this transaction
-- ends, and what is read afterwards is whether they were closed already.
CREATE OR REPLACE FUNCTION refuse_closed_books() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late boolean;
BEGIN
    PERFORM keep_books_open(ARRAY(
        SELECT DISTINCT s.market_id FROM inserted i JOIN sellers_seller s ON s.id = i.seller_id
    ));
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM inserted i JOIN sellers_seller s ON s.id = i.seller_id
         JOIN sellers_market m ON m.id = s.market_id WHERE i.%I < m.books_closed_until)', TG_ARGV[0]
    ) INTO late;
    IF late THEN
        RAISE EXCEPTION 'A row of % was recorded in a week whose books are closed.', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'recorded_in_open_books';
    END IF;
    RETURN NULL;
END $$;

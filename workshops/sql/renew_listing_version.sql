-- Whatever changes workshops, what they are about or their material writes a row of the listing's version anew. It takes
-- one that nobody else has, or adds one: so it waits for nobody, and a page knows that no workshop changed from a few rows.
CREATE OR REPLACE FUNCTION renew_listing_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE workshops_listingversion SET changes = changes + 1 WHERE id = (
        SELECT id FROM workshops_listingversion ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO workshops_listingversion (changes) VALUES (1);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER workshop_renews_listing_version AFTER INSERT OR UPDATE OR DELETE ON workshops_workshop
    FOR EACH STATEMENT EXECUTE FUNCTION renew_listing_version();

CREATE TRIGGER workshop_topic_renews_listing_version AFTER INSERT OR UPDATE OR DELETE ON workshops_workshop_policies
    FOR EACH STATEMENT EXECUTE FUNCTION renew_listing_version();

CREATE TRIGGER material_renews_listing_version AFTER INSERT OR UPDATE OR DELETE ON workshops_materialfile
    FOR EACH STATEMENT EXECUTE FUNCTION renew_listing_version();

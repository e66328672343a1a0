-- Points belong to the seller whose violation assesses them.
ALTER TABLE violations_pointsentry ADD CONSTRAINT points_entry_violation_is_the_sellers
    FOREIGN KEY (violation_id, seller_id) REFERENCES violations_violation (id, seller_id);

-- A seller appeals their own violations.
ALTER TABLE violations_appeal ADD CONSTRAINT appeal_violation_is_the_sellers
    FOREIGN KEY (violation_id, seller_id) REFERENCES violations_violation (id, seller_id);

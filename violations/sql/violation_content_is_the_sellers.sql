-- The content of a violation belongs to its seller.
ALTER TABLE violations_violation ADD CONSTRAINT violation_content_is_the_sellers
    FOREIGN KEY (content_id, seller_id) REFERENCES sellers_content (id, seller_id);

-- An action follows from a violation of the same seller.
ALTER TABLE violations_enforcementaction ADD CONSTRAINT action_violation_is_the_sellers
    FOREIGN KEY (violation_id, seller_id) REFERENCES violations_violation (id, seller_id);

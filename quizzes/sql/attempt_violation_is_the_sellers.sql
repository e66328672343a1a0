-- A quiz removes points from violations of the seller who took it.
ALTER TABLE quizzes_attempt ADD CONSTRAINT attempt_violation_is_the_sellers
    FOREIGN KEY (violation_id, seller_id) REFERENCES violations_violation (id, seller_id);

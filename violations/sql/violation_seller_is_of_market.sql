-- A violation is in the market of its seller.
ALTER TABLE violations_violation ADD CONSTRAINT violation_seller_is_of_market
    FOREIGN KEY (seller_id, market_id) REFERENCES sellers_seller (id, market_id);

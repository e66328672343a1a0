-- An event is in the feed of its seller's market. The one foreign key holds the seller and the market.
ALTER TABLE events_event ADD CONSTRAINT event_seller_is_of_market
    FOREIGN KEY (seller_id, market_id) REFERENCES sellers_seller (id, market_id);

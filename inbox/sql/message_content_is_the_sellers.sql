-- What a message is about belongs to the seller whose inbox it is in.
ALTER TABLE inbox_message ADD CONSTRAINT message_content_is_the_sellers
    FOREIGN KEY (content_id, seller_id) REFERENCES sellers_content (id, seller_id);

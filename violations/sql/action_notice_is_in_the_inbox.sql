-- No action without the message that announces it, in the inbox of the seller whom it restricts, at the moment it
-- names.
ALTER TABLE violations_enforcementaction ADD CONSTRAINT action_notice_is_in_the_inbox
    FOREIGN KEY (notice_id, seller_id, noticed_at) REFERENCES inbox_message (id, seller_id, posted_at);

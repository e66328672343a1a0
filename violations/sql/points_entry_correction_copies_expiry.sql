-- A correction ends when the entry ends that it corrects, so no total falls below zero later.
ALTER TABLE violations_pointsentry ADD CONSTRAINT points_entry_correction_copies_expiry
    FOREIGN KEY (corrects_id, violation_id, expires_at)
    REFERENCES violations_pointsentry (id, violation_id, expires_at);

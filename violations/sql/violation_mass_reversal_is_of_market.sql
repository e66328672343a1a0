-- A mass reversal voids violations of its own market.
ALTER TABLE violations_violation ADD CONSTRAINT violation_mass_reversal_is_of_market
    FOREIGN KEY (mass_reversal_id, market_id) REFERENCES violations_massreversal (id, market_id);

-- Rewards are numbered within their month, so none has a number above the market's limit. It is checked when one is
-- given: staff may lower the limit below what was used.
CREATE OR REPLACE FUNCTION refuse_reward_above_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reward_ordinal > (
        SELECT rewarded_passes_per_month FROM sellers_market
        WHERE id = (SELECT market_id FROM sellers_seller WHERE id = NEW.seller_id)
    ) THEN
        RAISE EXCEPTION 'Seller % has used up the rewarded passes of the month.', NEW.seller_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_reward_within_limit';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER attempt_reward_within_limit BEFORE INSERT OR UPDATE OF reward_ordinal ON quizzes_attempt
    FOR EACH ROW WHEN (NEW.reward_ordinal IS NOT NULL) EXECUTE FUNCTION refuse_reward_above_limit();

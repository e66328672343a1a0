from django.db import migrations

FORWARD = """
-- One seller's records hold together: content, violation, entries, actions and notices are all of the same seller.
ALTER TABLE violations_violation
    ADD CONSTRAINT violation_seller_is_of_market
        FOREIGN KEY (seller_id, market_id) REFERENCES sellers_seller (id, market_id),
    ADD CONSTRAINT violation_content_is_the_sellers
        FOREIGN KEY (content_id, seller_id) REFERENCES sellers_content (id, seller_id);
ALTER TABLE violations_pointsentry
    ADD CONSTRAINT points_entry_violation_is_the_sellers
        FOREIGN KEY (violation_id, seller_id) REFERENCES violations_violation (id, seller_id),
    -- A correction copies the expiry of the entry it corrects.
    ADD CONSTRAINT points_entry_correction_copies_expiry
        FOREIGN KEY (corrects_id, violation_id, expires_at)
        REFERENCES violations_pointsentry (id, violation_id, expires_at);
ALTER TABLE violations_enforcementaction
    ADD CONSTRAINT action_violation_is_the_sellers
        FOREIGN KEY (violation_id, seller_id) REFERENCES violations_violation (id, seller_id),
    -- Together with action_starts_after_notice: no action starts before its notice is in that seller's inbox.
    ADD CONSTRAINT action_notice_is_in_the_inbox
        FOREIGN KEY (notice_id, seller_id, noticed_at) REFERENCES inbox_message (id, seller_id, posted_at);

CREATE TRIGGER violation_recorded_in_open_books AFTER INSERT ON violations_violation
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_books('recorded_at');
CREATE TRIGGER points_entry_recorded_in_open_books AFTER INSERT ON violations_pointsentry
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_books('recorded_at');

-- The ledger is append-only.
CREATE FUNCTION refuse_changing_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The points ledger is append-only: % is refused. Add a correcting entry.', TG_OP
        USING ERRCODE = 'check_violation', CONSTRAINT = 'points_entry_append_only';
END $$;
CREATE TRIGGER points_entry_append_only BEFORE UPDATE OR DELETE ON violations_pointsentry
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_ledger();
CREATE TRIGGER points_entry_no_truncate BEFORE TRUNCATE ON violations_pointsentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_ledger();

-- A violation's entries share one expiry and corrections never start before the assessment, so their sum at any moment
-- is at least their sum over all time. Locking the violation makes corrections that arrive together take turns.
CREATE FUNCTION refuse_overdrawn_violation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM violations_violation WHERE id = NEW.violation_id FOR NO KEY UPDATE;
    IF (SELECT sum(points) FROM violations_pointsentry WHERE violation_id = NEW.violation_id) < 0 THEN
        RAISE EXCEPTION 'Violation % has fewer points left than the correction takes.', NEW.violation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'points_entry_never_below_zero';
    END IF;
    IF NEW.effective_at < (SELECT effective_at FROM violations_pointsentry WHERE id = NEW.corrects_id) THEN
        RAISE EXCEPTION 'A correction of violation % takes effect before what it corrects.', NEW.violation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'points_entry_correction_after_assessment';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER points_entry_never_below_zero AFTER INSERT ON violations_pointsentry
    FOR EACH ROW WHEN (NEW.kind <> 'assessment') EXECUTE FUNCTION refuse_overdrawn_violation();

-- A violation stays as it was issued; it can be voided, once.
CREATE FUNCTION refuse_rewriting_violation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Violation % stays as it was issued; it can only be voided, once.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'violation_stays_as_issued';
END $$;
CREATE TRIGGER violation_stays_as_issued BEFORE UPDATE ON violations_violation
    FOR EACH ROW WHEN (
        OLD.voided_at IS NOT NULL
        OR (to_jsonb(OLD) - '{voided_at,voided_by_id,void_reason}'::text[])
            IS DISTINCT FROM (to_jsonb(NEW) - '{voided_at,voided_by_id,void_reason}'::text[])
    ) EXECUTE FUNCTION refuse_rewriting_violation();

-- A published policy version is read-only.
CREATE FUNCTION refuse_rewriting_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Version % of policy % is published and cannot be changed; draft a new version.',
        OLD.number, OLD.policy_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_version_published_is_frozen';
END $$;
CREATE TRIGGER policy_version_published_is_frozen BEFORE UPDATE OR DELETE ON violations_policyversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_rewriting_policy();
"""

BACKWARD = """
DROP TRIGGER policy_version_published_is_frozen ON violations_policyversion;
DROP TRIGGER violation_stays_as_issued ON violations_violation;
DROP TRIGGER points_entry_never_below_zero ON violations_pointsentry;
DROP TRIGGER points_entry_no_truncate ON violations_pointsentry;
DROP TRIGGER points_entry_append_only ON violations_pointsentry;
DROP TRIGGER points_entry_recorded_in_open_books ON violations_pointsentry;
DROP TRIGGER violation_recorded_in_open_books ON violations_violation;
DROP FUNCTION refuse_rewriting_policy(), refuse_rewriting_violation(), refuse_overdrawn_violation(),
    refuse_changing_ledger();
ALTER TABLE violations_enforcementaction
    DROP CONSTRAINT action_violation_is_the_sellers, DROP CONSTRAINT action_notice_is_in_the_inbox;
ALTER TABLE violations_pointsentry
    DROP CONSTRAINT points_entry_violation_is_the_sellers, DROP CONSTRAINT points_entry_correction_copies_expiry;
ALTER TABLE violations_violation
    DROP CONSTRAINT violation_seller_is_of_market, DROP CONSTRAINT violation_content_is_the_sellers;
"""


class Migration(migrations.Migration):
    """What must never be, held by the database: see docs/architecture.md."""

    dependencies = [
        ("violations", "0001_initial"),
        ("inbox", "0002_messages_keep_to_their_seller_and_open_books"),
        ("sellers", "0002_books_close_forward_only"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

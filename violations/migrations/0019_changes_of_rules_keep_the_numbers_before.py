from django.db import migrations, models
from django.db.models import Q

FORWARD = """
CREATE OR REPLACE FUNCTION refuse_changing_approved_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (
        OLD.market_id, OLD.numbers, OLD.milestones, OLD.reason, OLD.effective_from, OLD.drafted_at, OLD.drafted_by_id,
        OLD.approved_at, OLD.approved_by_id
    ) IS DISTINCT FROM (
        NEW.market_id, NEW.numbers, NEW.milestones, NEW.reason, NEW.effective_from, NEW.drafted_at, NEW.drafted_by_id,
        NEW.approved_at, NEW.approved_by_id
    ) OR (OLD.applied_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL) AND (
        OLD.applied_at, OLD.withdrawn_at, OLD.withdraw_reason, OLD.numbers_before
    ) IS DISTINCT FROM (
        NEW.applied_at, NEW.withdrawn_at, NEW.withdraw_reason, NEW.numbers_before
    ) THEN
        RAISE EXCEPTION 'Change of rules % is approved: its sellers are told, and it stays as it is.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rules_change_approved_is_frozen';
    END IF;
    RETURN NEW;
END $$;
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION refuse_changing_approved_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (
        OLD.market_id, OLD.numbers, OLD.milestones, OLD.reason, OLD.effective_from, OLD.drafted_at, OLD.drafted_by_id,
        OLD.approved_at, OLD.approved_by_id
    ) IS DISTINCT FROM (
        NEW.market_id, NEW.numbers, NEW.milestones, NEW.reason, NEW.effective_from, NEW.drafted_at, NEW.drafted_by_id,
        NEW.approved_at, NEW.approved_by_id
    ) OR (OLD.applied_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL) AND (
        OLD.applied_at, OLD.withdrawn_at, OLD.withdraw_reason
    ) IS DISTINCT FROM (
        NEW.applied_at, NEW.withdrawn_at, NEW.withdraw_reason
    ) THEN
        RAISE EXCEPTION 'Change of rules % is approved: its sellers are told, and it stays as it is.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rules_change_approved_is_frozen';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """What a market's numbers were is kept when they change; of changes before this it is not known."""

    dependencies = [("violations", "0018_approved_rules_can_be_withdrawn")]

    operations = [
        migrations.AddField(
            model_name="ruleschange",
            name="numbers_before",
            field=models.JSONField(
                blank=True, editable=False, help_text="What the numbers were until it took effect.", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleschange",
            constraint=models.CheckConstraint(
                name="rules_change_numbers_before_once_applied",
                condition=Q(numbers_before=None) | Q(applied_at__isnull=False),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models
from django.db.models import F, Q

VISIBLE = "[^ \\t\\n\\u000b\\u000c\\r\\u0085\\u2028\\u2029\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff\\ufdd0-\\ufdef\\ufffe\\uffff\\U0001fffe\\U0001ffff\\U0002fffe\\U0002ffff\\U0003fffe\\U0003ffff\\U0004fffe\\U0004ffff\\U0005fffe\\U0005ffff\\U0006fffe\\U0006ffff\\U0007fffe\\U0007ffff\\U0008fffe\\U0008ffff\\U0009fffe\\U0009ffff\\U000afffe\\U000affff\\U000bfffe\\U000bffff\\U000cfffe\\U000cffff\\U000dfffe\\U000dffff\\U000efffe\\U000effff\\U000ffffe\\U000fffff\\U0010fffe\\U0010ffff]"

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

BACKWARD = """
CREATE OR REPLACE FUNCTION refuse_changing_approved_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (
        OLD.market_id, OLD.numbers, OLD.milestones, OLD.reason, OLD.effective_from, OLD.drafted_at, OLD.drafted_by_id,
        OLD.approved_at, OLD.approved_by_id, OLD.withdrawn_at
    ) IS DISTINCT FROM (
        NEW.market_id, NEW.numbers, NEW.milestones, NEW.reason, NEW.effective_from, NEW.drafted_at, NEW.drafted_by_id,
        NEW.approved_at, NEW.approved_by_id, NEW.withdrawn_at
    ) OR (OLD.applied_at IS NOT NULL AND NEW.applied_at IS DISTINCT FROM OLD.applied_at) THEN
        RAISE EXCEPTION 'Change of rules % is approved: its sellers are told, and it stays as it is.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rules_change_approved_is_frozen';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """What is approved can be withdrawn until its date, with a reason; who was told of it is told that it does not come."""

    dependencies = [("violations", "0017_violations_keep_the_name_of_their_policy")]

    operations = [
        migrations.AddField(
            model_name="ruleschange",
            name="withdraw_reason",
            field=models.TextField(
                blank=True, db_default="", help_text="Sellers who were told of the change read it.", max_length=2000
            ),
        ),
        migrations.AddField(
            model_name="ruleschange",
            name="last_seller_id_told_back",
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="ruleschange",
            name="told_back",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="Of those who were told of it.",
                verbose_name="told that it does not come",
            ),
        ),
        migrations.AddField(
            model_name="ruleschange",
            name="told_back_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="ruleschange",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.LessThanOrEqual(
                    django.db.models.functions.text.Length("withdraw_reason"), 2000
                ),
                name="rules_change_withdraw_reason_fits",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleschange",
            constraint=models.CheckConstraint(
                name="rules_change_withdrawn_in_time_with_reason",
                condition=Q(withdrawn_at=None, withdraw_reason="")
                | Q(withdrawn_at__isnull=False, approved_at=None)
                | (
                    Q(withdrawn_at__isnull=False, withdrawn_at__lt=F("effective_from"))
                    & Q(withdraw_reason__regex=VISIBLE)
                ),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION refuse_changing_approved_rules() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER rules_change_approved_is_frozen BEFORE UPDATE OR DELETE ON violations_ruleschange
    FOR EACH ROW WHEN (OLD.approved_at IS NOT NULL) EXECUTE FUNCTION refuse_changing_approved_rules();
"""

BACKWARD = """
DROP TRIGGER rules_change_approved_is_frozen ON violations_ruleschange;
DROP FUNCTION refuse_changing_approved_rules();
"""


class Migration(migrations.Migration):
    """Rules of a live market change at a date; a milestone that is taken back is retired."""

    dependencies = [
        ("sellers", "0012_local_day_of_any_zone"),
        ("violations", "0013_ids_are_one_and_texts_can_be_seen"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RulesChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("numbers", models.JSONField(blank=True, default=dict)),
                ("milestones", models.JSONField(blank=True, null=True)),
                ("reason", models.TextField(help_text="Sellers read it.")),
                ("effective_from", models.DateTimeField()),
                ("drafted_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("last_seller_id", models.BigIntegerField(default=0, editable=False)),
                ("told", models.PositiveIntegerField(default=0)),
                ("announced_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "change of rules",
                "verbose_name_plural": "changes of rules",
                "ordering": ["-drafted_at", "-id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="milestone",
            name="milestone_points_unique_in_market",
        ),
        migrations.AddField(
            model_name="milestone",
            name="in_force_from",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="milestone",
            name="in_force_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.UniqueConstraint(
                condition=models.Q(("in_force_until", None)),
                fields=("market", "points"),
                name="milestone_points_unique_in_market",
            ),
        ),
        migrations.AddField(
            model_name="ruleschange",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="ruleschange",
            name="drafted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="ruleschange",
            name="market",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="rules_changes", to="sellers.market"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleschange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at", None), ("approved_by", None)),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        models.Q(("approved_by", models.F("drafted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="rules_change_approved_by_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleschange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("applied_at", None),
                    models.Q(
                        ("applied_at__gte", models.F("effective_from")),
                        ("approved_at__isnull", False),
                        ("withdrawn_at", None),
                    ),
                    _connector="OR",
                ),
                name="rules_change_applied_when_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleschange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("applied_at", None), ("withdrawn_at", None)),
                fields=("market",),
                name="rules_change_one_open_per_market",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

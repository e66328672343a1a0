from django.db import migrations, models
from django.db.models import Q

# What runs and reports of before this migration are given is what sellers, markets and workshops are called now.
FORWARD = """
ALTER TABLE reports_reportrun DISABLE TRIGGER report_run_published_is_frozen;
UPDATE reports_reportrun AS run SET
    rules = run.rules - 'workshops' || jsonb_build_object(
        'market', coalesce(run.rules->>'market', market.name), 'code', market.code, 'language', market.language
    ),
    workshops = (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', workshop.id, 'title', coalesce(run.rules->'workshops'->>(workshop.id::text), workshop.title),
            'time_zone', workshop.time_zone, 'city', workshop.city, 'venue', workshop.venue,
            'starts_at', workshop.starts_at, 'ends_at', workshop.ends_at
        ) ORDER BY workshop.starts_at, workshop.id), '[]')
        FROM jsonb_array_elements_text(run.workshops) AS ahead (id)
        JOIN workshops_workshop AS workshop ON workshop.id = ahead.id::bigint
    )
FROM sellers_market AS market WHERE market.id = run.market_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE reports_reportrun ENABLE TRIGGER report_run_published_is_frozen;

ALTER TABLE reports_weeklyreport DISABLE TRIGGER USER;
UPDATE reports_weeklyreport AS report
    SET seller_name = seller.name, seller_city = seller.city, seller_signed_up = seller.signed_up_to_sell
    FROM sellers_seller AS seller WHERE seller.id = report.seller_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE reports_weeklyreport ENABLE TRIGGER USER;
"""

BACKWARD = """
ALTER TABLE reports_reportrun DISABLE TRIGGER report_run_published_is_frozen;
UPDATE reports_reportrun AS run SET
    rules = run.rules - 'code' - 'language' || jsonb_build_object('workshops', (
        SELECT coalesce(jsonb_object_agg(kept->>'id', kept->'title'), '{}')
        FROM jsonb_array_elements(run.workshops) AS kept
    )),
    workshops = (
        SELECT coalesce(jsonb_agg(kept->'id' ORDER BY place), '[]')
        FROM jsonb_array_elements(run.workshops) WITH ORDINALITY AS ahead (kept, place)
    );
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE reports_reportrun ENABLE TRIGGER report_run_published_is_frozen;
"""


class Migration(migrations.Migration):
    """Runs and reports keep what sellers, markets and workshops were called, and where and when workshops were to be."""

    dependencies = [
        ("reports", "0009_runs_keep_the_policies"),
        ("sellers", "0014_addresses_can_be_written_to"),
        ("workshops", "0006_texts_are_bounded"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reportrun",
            name="rules",
            field=models.JSONField(
                default=dict,
                help_text="The market's names, time zone, milestones and distance of approach when the run started.",
            ),
        ),
        migrations.AlterField(
            model_name="reportrun",
            name="workshops",
            field=models.JSONField(
                default=list,
                help_text="The market's workshops in the weeks to come, as they were when the run started.",
            ),
        ),
        migrations.AddField(
            model_name="weeklyreport",
            name="seller_name",
            field=models.CharField(default="", max_length=120),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="weeklyreport",
            name="seller_city",
            field=models.CharField(blank=True, default="", max_length=80),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="weeklyreport",
            name="seller_signed_up",
            field=models.BooleanField(default=True, help_text="Whether the seller could take places in workshops."),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddConstraint(
            model_name="weeklyreport",
            constraint=models.CheckConstraint(name="weekly_report_names_its_seller", condition=~Q(seller_name="")),
        ),
    ]

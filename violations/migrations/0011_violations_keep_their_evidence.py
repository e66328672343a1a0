from django.db import migrations, models
from django.db.models import F, Q

# A table that has checks waiting for the end of the transaction cannot be altered: they are made at once.
# Violations stay as they were issued, except for this: those that are there keep what is known of their content now. A
# date after the decision was given to the content later, so it is not what the violation was judged by.
FILL_EVIDENCE = """
ALTER TABLE violations_violation DISABLE TRIGGER USER;
UPDATE violations_violation v
    SET content_kind = c.kind, content_title = c.title, content_url = c.url,
        content_published_at = CASE WHEN c.published_at <= v.issued_at THEN c.published_at END
    FROM sellers_content c WHERE c.id = v.content_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE violations_violation ENABLE TRIGGER USER;
"""

# The time to appeal of violations that were told late runs from when they were told, as long as it was.
EXTEND_APPEALS = """
ALTER TABLE violations_violation DISABLE TRIGGER USER;
UPDATE violations_violation SET appeal_until = appeal_until + (recorded_at - issued_at) WHERE recorded_at > issued_at;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE violations_violation ENABLE TRIGGER USER;
"""

REASONS = (
    ~Q(decision__regex=r"^\s*$")
    & ~Q(facts__regex=r"^\s*$")
    & ~Q(policy_section__regex=r"^\s*$")
    & ~Q(explanation__regex=r"^\s*$")
)


class Migration(migrations.Migration):
    """The evidence of a violation stays as it was when it was issued; the time to appeal runs from when it is told."""

    dependencies = [
        ("sellers", "0008_unique_keys_serve_as_indexes"),
        ("violations", "0010_lists_of_a_seller_need_no_index_of_their_own"),
    ]

    operations = [
        migrations.AddField(
            model_name="violation",
            name="content_kind",
            field=models.CharField(
                blank=True,
                choices=[("live", "LIVE"), ("video", "Video"), ("listing", "Listing")],
                default="",
                max_length=8,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="violation",
            name="content_title",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="violation",
            name="content_url",
            field=models.URLField(blank=True, default="", max_length=500),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="violation",
            name="content_published_at",
            field=models.DateTimeField(blank=True, help_text="Decided which version of the policy applies.", null=True),
        ),
        migrations.AddField(
            model_name="upload",
            name="over",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Created ones whose points stopped counting before they were told.",
                verbose_name="points over when told",
            ),
        ),
        migrations.RunSQL(FILL_EVIDENCE, migrations.RunSQL.noop),
        migrations.RunSQL(EXTEND_APPEALS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="violation",
            constraint=models.CheckConstraint(
                name="violation_keeps_its_evidence",
                condition=Q(content=None, content_kind="", content_title="", content_url="", content_published_at=None)
                | Q(content__isnull=False, content_kind__in=["live", "video", "listing"])
                & (Q(content_published_at=None) | Q(content_published_at__lte=F("issued_at"))),
            ),
        ),
        migrations.RemoveConstraint(model_name="violation", name="violation_states_its_reasons"),
        migrations.AddConstraint(
            model_name="violation",
            constraint=models.CheckConstraint(
                name="violation_states_its_reasons", condition=REASONS & Q(appeal_until__gt=F("recorded_at"))
            ),
        ),
    ]

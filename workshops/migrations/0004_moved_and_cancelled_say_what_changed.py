import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import sellers.validators

# Names that were taken with a line break or a control character become lines. What was cancelled had SEQUENCE 1.
LINES = """
UPDATE workshops_workshop SET
    title = regexp_replace(title, '[\\x01-\\x1f\\x7f]+', ' ', 'g'),
    city = regexp_replace(city, '[\\x01-\\x1f\\x7f]+', ' ', 'g'),
    venue = regexp_replace(venue, '[\\x01-\\x1f\\x7f]+', ' ', 'g'),
    address = regexp_replace(address, '[\\x01-\\x1f\\x7f]+', ' ', 'g'),
    revision = CASE WHEN cancelled_at IS NULL THEN 0 ELSE 1 END,
    changed_at = coalesce(cancelled_at, published_at, changed_at);
"""


class Migration(migrations.Migration):
    """A workshop counts its changes, and a sign-up says who checked it in, why it was cancelled and how it got its place."""

    dependencies = [
        ("sellers", "0008_unique_keys_serve_as_indexes"),
        ("workshops", "0003_the_queue_keeps_its_order"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="signup",
            name="by_hand",
            field=models.BooleanField(
                default=False, help_text="A host gave this place, whoever stood before it on the waiting list."
            ),
        ),
        migrations.AddField(
            model_name="signup",
            name="cancel_reason",
            field=models.CharField(
                blank=True, help_text="Why it was cancelled, if the seller did not do it itself.", max_length=300
            ),
        ),
        migrations.AddField(
            model_name="signup",
            name="checked_in_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="workshop",
            name="changed_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, help_text="When it last changed."
            ),
        ),
        migrations.AddField(
            model_name="workshop",
            name="revision",
            field=models.PositiveIntegerField(
                default=0,
                editable=False,
                help_text="Raised by each change of its time, place, title or state: the SEQUENCE of its calendar file.",
            ),
        ),
        migrations.AlterField(
            model_name="workshop",
            name="address",
            field=models.CharField(
                max_length=300, validators=[sellers.validators.validate_line, sellers.validators.validate_text]
            ),
        ),
        migrations.AlterField(
            model_name="workshop",
            name="city",
            field=models.CharField(
                max_length=80, validators=[sellers.validators.validate_line, sellers.validators.validate_text]
            ),
        ),
        migrations.AlterField(
            model_name="workshop",
            name="description",
            field=models.TextField(help_text="Markdown.", validators=[sellers.validators.validate_text]),
        ),
        migrations.AlterField(
            model_name="workshop",
            name="summary",
            field=models.CharField(
                max_length=300, validators=[sellers.validators.validate_line, sellers.validators.validate_text]
            ),
        ),
        migrations.AlterField(
            model_name="workshop",
            name="title",
            field=models.CharField(
                max_length=160, validators=[sellers.validators.validate_line, sellers.validators.validate_text]
            ),
        ),
        migrations.AlterField(
            model_name="workshop",
            name="venue",
            field=models.CharField(
                max_length=160, validators=[sellers.validators.validate_line, sellers.validators.validate_text]
            ),
        ),
        migrations.AlterField(
            model_name="workshop",
            name="what_to_bring",
            field=models.TextField(blank=True, help_text="Markdown.", validators=[sellers.validators.validate_text]),
        ),
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(("checked_in_by", None), ("checked_in_at__isnull", False), _connector="OR"),
                name="signup_checked_in_by_somebody_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(("cancel_reason", ""), ("state", "cancelled"), _connector="OR"),
                name="signup_cancel_reason_needs_cancelling",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(("by_hand", False), models.Q(("state", "waiting"), _negated=True), _connector="OR"),
                name="signup_by_hand_is_no_waiting_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="workshop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title__regex", "[\\x01-\\x1f\\x7f]"), _negated=True),
                    models.Q(("city__regex", "[\\x01-\\x1f\\x7f]"), _negated=True),
                    models.Q(("venue__regex", "[\\x01-\\x1f\\x7f]"), _negated=True),
                    models.Q(("address__regex", "[\\x01-\\x1f\\x7f]"), _negated=True),
                ),
                name="workshop_names_are_lines",
            ),
        ),
    ]

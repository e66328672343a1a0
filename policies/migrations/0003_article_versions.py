import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0002_what_the_database_holds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ArticleVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "alone_reason",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        help_text="Why who proposed it also approved it.",
                        max_length=2000,
                        verbose_name="reason to go alone",
                    ),
                ),
                ("title", models.CharField(max_length=160)),
                ("summary", models.CharField(max_length=300)),
                ("proposed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("published_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="article_versions",
                        to="policies.policy",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "text of an article",
                "verbose_name_plural": "texts of articles",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ArticleVersionSection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=1)),
                (
                    "slug",
                    models.SlugField(
                        help_text="The end of its address. Links to it break if it changes.", max_length=64
                    ),
                ),
                ("title", models.CharField(max_length=160)),
                ("body", models.TextField(help_text="Markdown.", max_length=20000)),
                (
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="policies.articlesection",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sections",
                        to="policies.articleversion",
                    ),
                ),
            ],
            options={
                "ordering": ["version", "position", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="articleversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("published_at", None)),
                fields=("policy",),
                name="article_version_one_draft_per_policy",
            ),
        ),
        migrations.AddConstraint(
            model_name="articleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at", None), ("published_by", None)),
                    models.Q(("published_at__isnull", False), ("published_by__isnull", False)),
                    _connector="OR",
                ),
                name="article_version_decision_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="articleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_by", None),
                    models.Q(
                        ("proposed_by__isnull", False),
                        models.Q(("published_by", models.F("proposed_by")), _negated=True),
                    ),
                    (
                        "alone_reason__regex",
                        "([^ \\t\\n\\u000b\\u000c\\r\\u0085\\u2028\\u2029\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff\\ufdd0-\\ufdef\\ufffe\\uffff\\U0001fffe\\U0001ffff\\U0002fffe\\U0002ffff\\U0003fffe\\U0003ffff\\U0004fffe\\U0004ffff\\U0005fffe\\U0005ffff\\U0006fffe\\U0006ffff\\U0007fffe\\U0007ffff\\U0008fffe\\U0008ffff\\U0009fffe\\U0009ffff\\U000afffe\\U000affff\\U000bfffe\\U000bffff\\U000cfffe\\U000cffff\\U000dfffe\\U000dffff\\U000efffe\\U000effff\\U000ffffe\\U000fffff\\U0010fffe\\U0010ffff][ \\t\\n\\u000b\\u000c\\r\\u0085\\u2028\\u2029\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff\\ufdd0-\\ufdef\\ufffe\\uffff\\U0001fffe\\U0001ffff\\U0002fffe\\U0002ffff\\U0003fffe\\U0003ffff\\U0004fffe\\U0004ffff\\U0005fffe\\U0005ffff\\U0006fffe\\U0006ffff\\U0007fffe\\U0007ffff\\U0008fffe\\U0008ffff\\U0009fffe\\U0009ffff\\U000afffe\\U000affff\\U000bfffe\\U000bffff\\U000cfffe\\U000cffff\\U000dfffe\\U000dffff\\U000efffe\\U000effff\\U000ffffe\\U000fffff\\U0010fffe\\U0010ffff]*){20}",
                    ),
                    _connector="OR",
                ),
                name="article_version_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="articleversion",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.LessThanOrEqual(
                    django.db.models.functions.text.Length("alone_reason"), 2000
                ),
                name="article_version_alone_reason_fits",
            ),
        ),
        migrations.AddConstraint(
            model_name="articleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("proposed_at", None), ("proposed_by", None)),
                    models.Q(("proposed_at__isnull", False), ("proposed_by__isnull", False)),
                    _connector="OR",
                ),
                name="article_version_proposed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="articleversionsection",
            constraint=models.UniqueConstraint(fields=("version", "slug"), name="article_version_section_slug_unique"),
        ),
        migrations.AddConstraint(
            model_name="articleversionsection",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.LessThanOrEqual(
                    django.db.models.functions.text.Length("body"), 20000
                ),
                name="article_version_section_body_fits",
            ),
        ),
        *apply_rules("policies", "refuse_rewriting_article"),
    ]

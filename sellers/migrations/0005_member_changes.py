import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sellers", "0004_name_missed_workshops"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MemberChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("joined", models.BooleanField(help_text="Else the person left, or was removed.")),
                ("changed_at", models.DateTimeField()),
                ("to_tell", models.BooleanField(default=True)),
                (
                    "seller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="member_changes",
                        to="sellers.seller",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="member_changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "change of members",
                "verbose_name_plural": "changes of members",
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["user", "seller"], name="member_change_of_person"),
                    models.Index(fields=["seller", "changed_at"], name="member_change_of_seller"),
                    models.Index(condition=models.Q(("to_tell", True)), fields=["id"], name="member_change_to_tell"),
                ],
            },
        ),
    ]

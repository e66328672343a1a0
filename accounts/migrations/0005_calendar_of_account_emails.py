from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_look_of_account_emails")]

    operations = [
        migrations.AddField(
            model_name="accountemail",
            name="calendar",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="A calendar file with a method, which mail programs act on.",
            ),
        ),
        migrations.RemoveConstraint(model_name="accountemail", name="account_email_given_up_says_nothing"),
        migrations.AddConstraint(
            model_name="accountemail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", False), ("given_up_at", None)),
                    models.Q(("body", ""), ("calendar", ""), ("given_up_at__isnull", False)),
                    _connector="OR",
                ),
                name="account_email_given_up_says_nothing",
            ),
        ),
    ]

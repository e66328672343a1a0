from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workshops", "0003_listing_version")]

    operations = [
        migrations.AddField(
            model_name="signup",
            name="to_tell",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="The seller took or gave back this place itself, and is told of it a moment later.",
            ),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(
                condition=models.Q(("to_tell", True)), fields=["workshop", "seller"], name="signup_to_tell"
            ),
        ),
    ]

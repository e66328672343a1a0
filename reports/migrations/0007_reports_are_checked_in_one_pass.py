from django.db import migrations

# Where the database knows little of the sellers yet (a market whose sellers all came at once), it expects few of them in a
# chunk and compares each report with each seller: 50,000 of them took minutes. Without nested loops it reads both once.
FORWARD = "ALTER FUNCTION refuse_unfit_report() SET enable_nestloop = off"
BACKWARD = "ALTER FUNCTION refuse_unfit_report() RESET enable_nestloop"


class Migration(migrations.Migration):
    """The check of the reports that a statement adds takes as long as there are reports, whatever statistics say."""

    dependencies = [("reports", "0006_reports_are_checked_a_statement_at_a_time")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION refuse_rewriting_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A message in an inbox stays as it was posted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'message_stays_as_posted';
END $$;

CREATE OR REPLACE TRIGGER message_stays_as_posted BEFORE UPDATE ON inbox_message
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refuse_rewriting_message();
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION refuse_rewriting_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A message in an inbox stays as it was posted; only read_at may change.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'message_stays_as_posted';
END $$;

CREATE OR REPLACE TRIGGER message_stays_as_posted BEFORE UPDATE ON inbox_message
    FOR EACH ROW WHEN ((to_jsonb(OLD) - 'read_at') IS DISTINCT FROM (to_jsonb(NEW) - 'read_at'))
    EXECUTE FUNCTION refuse_rewriting_message();
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0011_each_person_reads_for_themselves")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_unread"),
        migrations.RemoveField(model_name="message", name="read_at"),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

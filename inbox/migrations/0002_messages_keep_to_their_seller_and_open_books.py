from django.db import migrations

FORWARD = """
ALTER TABLE inbox_message ADD CONSTRAINT message_content_is_the_sellers
    FOREIGN KEY (content_id, seller_id) REFERENCES sellers_content (id, seller_id);

CREATE TRIGGER message_recorded_in_open_books AFTER INSERT ON inbox_message
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_books('posted_at');

CREATE FUNCTION refuse_rewriting_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A message in an inbox stays as it was posted; only read_at may change.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'message_stays_as_posted';
END $$;

CREATE TRIGGER message_stays_as_posted BEFORE UPDATE ON inbox_message
    FOR EACH ROW WHEN ((to_jsonb(OLD) - 'read_at') IS DISTINCT FROM (to_jsonb(NEW) - 'read_at'))
    EXECUTE FUNCTION refuse_rewriting_message();
"""

BACKWARD = """
DROP TRIGGER message_stays_as_posted ON inbox_message;
DROP FUNCTION refuse_rewriting_message();
DROP TRIGGER message_recorded_in_open_books ON inbox_message;
ALTER TABLE inbox_message DROP CONSTRAINT message_content_is_the_sellers;
"""


class Migration(migrations.Migration):
    """A message's content is its seller's, it is recorded in open books, and it stays as it was posted."""

    dependencies = [("inbox", "0001_initial"), ("sellers", "0002_books_close_forward_only")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

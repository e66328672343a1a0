-- A message is recorded in a week whose books are open, so that exactly one weekly report counts it.
CREATE TRIGGER message_recorded_in_open_books AFTER INSERT ON inbox_message
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_books('posted_at');

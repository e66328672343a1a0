-- A points entry is recorded in a week whose books are open, so that exactly one weekly report counts it.
CREATE TRIGGER points_entry_recorded_in_open_books AFTER INSERT ON violations_pointsentry
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_books('recorded_at');

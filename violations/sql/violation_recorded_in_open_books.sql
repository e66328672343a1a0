-- A violation is recorded in a week whose books are open, so that exactly one weekly report counts it.
CREATE TRIGGER violation_recorded_in_open_books AFTER INSERT ON violations_violation
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_books('recorded_at');

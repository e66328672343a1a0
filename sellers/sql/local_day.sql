-- The calendar day of a moment in a time zone; in UTC for a zone that this server does not know (any more), so that one
-- row with such a zone does not fail the statement that lists it.
CREATE OR REPLACE FUNCTION local_day(moment timestamptz, zone text) RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (moment AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN (moment AT TIME ZONE 'UTC')::date;
END $$;

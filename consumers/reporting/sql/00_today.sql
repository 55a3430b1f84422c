-- The only clock of views and rules: the day that `up` was told, else the date in London.
CREATE FUNCTION reporting.today() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce((SELECT max(day) FROM intake.today_override), (now() AT TIME ZONE 'Europe/London')::date)
$$;

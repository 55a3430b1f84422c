-- The days from one to another, both included, on which a school meets: its own where its year has any, else the county's.
CREATE FUNCTION reporting.school_days(school text, first_day date, last_day date) RETURNS SETOF date
LANGUAGE sql STABLE
AS $$
    SELECT day
    FROM exclusions.school_day AS calendar, unnest(calendar.days) AS day
    WHERE day BETWEEN first_day AND last_day
        AND calendar.academic_year -- begins on 1 August
            BETWEEN extract(year FROM first_day - interval '7 months') AND extract(year FROM last_day - interval '7 months')
        AND (
            calendar.dfe_no = school
            OR (
                calendar.dfe_no = ''
                AND NOT EXISTS (
                    SELECT FROM exclusions.school_day AS own
                    WHERE own.dfe_no = school AND own.academic_year = calendar.academic_year
                )
            )
        )
$$;

-- The years of compulsory school age: from the 31 December, 31 March or 31 August on or after the fifth birthday to the
-- last Friday in June of the school year (to 31 August) in which the child becomes 16.
CREATE FUNCTION reporting.compulsory_school_age(born date) RETURNS daterange
LANGUAGE sql IMMUTABLE
AS $$
    SELECT daterange(first_day, (last_june - ((extract(isodow FROM last_june)::integer + 2) % 7)), '[]')
    FROM (
        SELECT
            CASE
                WHEN five <= make_date(extract(year FROM five)::integer, 3, 31) THEN make_date(extract(year FROM five)::integer, 3, 31)
                WHEN five <= make_date(extract(year FROM five)::integer, 8, 31) THEN make_date(extract(year FROM five)::integer, 8, 31)
                ELSE make_date(extract(year FROM five)::integer, 12, 31)
            END AS first_day,
            make_date(extract(year FROM born + interval '16 years 4 months')::integer, 6, 30) AS last_june
        FROM (SELECT (born + interval '5 years')::date AS five) AS birthday
    ) AS age
$$;

-- One row per chain: suspensions and permanent exclusions of a child at a school with no school day between them. Facts
-- of the chain as planned; what of it matters on a day is for the reader to say. `delivery_seq`, `row`: its last row's.
CREATE VIEW reporting.suspension_chain AS
SELECT
    chain.chain_id,
    chain.dfe_no,
    chain.pupil_id,
    chain.looked_after,
    chain.social_worker,
    chain.permanent,
    chain.first_day,
    chain.last_day, -- null: has no end, or none that is known
    chain.chain_school_days,
    chain.day_six_date,
    chain.day_six_if_half_day,
    chain.no_longer_reported,
    chain.end_unknown,
    chain.nc_year,
    lower(age.compulsory) AS compulsory_from,
    upper(age.compulsory) - 1 AS compulsory_to,
    file.last_received_at,
    chain.delivery_seq,
    chain."row"
FROM (
    SELECT
        chain_id,
        min(dfe_no) AS dfe_no,
        min(pupil_id) AS pupil_id,
        bool_or(looked_after) AS looked_after,
        bool_or(social_worker) AS social_worker,
        bool_or(type = 'PERM') AS permanent,
        min(start_date) AS first_day,
        CASE WHEN bool_and(end_date IS NOT NULL) THEN max(end_date) END AS last_day,
        min(chain_school_days) AS chain_school_days,
        min(day_six_date) AS day_six_date,
        min(day_six_if_half_day) AS day_six_if_half_day,
        bool_or(unreported_seq IS NOT NULL) AS no_longer_reported,
        bool_or(type <> 'PERM' AND end_date IS NULL) AS end_unknown,
        (array_agg(pupil_key ORDER BY start_date DESC, end_date DESC NULLS FIRST, type))[1] AS pupil_key,
        (array_agg(nc_year ORDER BY start_date DESC, end_date DESC NULLS FIRST, type))[1] AS nc_year,
        (array_agg(delivery_seq ORDER BY start_date DESC, end_date DESC NULLS FIRST, type))[1] AS delivery_seq,
        (array_agg("row" ORDER BY start_date DESC, end_date DESC NULLS FIRST, type))[1] AS "row"
    FROM exclusions.suspension
    WHERE chain_id IS NOT NULL
    GROUP BY chain_id
) AS chain
LEFT JOIN matching.seen AS shown
    ON (shown.dfe_no, shown.pupil_key, shown.dataset) = (chain.dfe_no, chain.pupil_key, 'exclusions')
CROSS JOIN LATERAL (SELECT reporting.compulsory_school_age(shown.dob) AS compulsory) AS age
LEFT JOIN LATERAL (
    SELECT max(received_at) AS last_received_at
    FROM intake.delivery
    WHERE delivery.sender = chain.dfe_no
        AND delivery.dataset = 'exclusions'
        AND delivery.state IN ('published', 'duplicate')
) AS file ON true;

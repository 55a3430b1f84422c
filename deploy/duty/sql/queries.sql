-- What the duty list asks of the views, by name.

-- name: today
-- The day that is meant where none is named.
SELECT reporting.today();

-- name: chains
-- The chains that are on that day, or lie ahead, or have no end that is known.
SELECT
    chain.*,
    (SELECT count(*) FROM reporting.school_days(chain.dfe_no, chain.first_day, $1)) AS day_now,
    (chain.last_received_at AT TIME ZONE 'Europe/London')::date AS data_as_of,
    freshness.expected_by AS next_file
FROM reporting.suspension_chain AS chain
LEFT JOIN reporting.freshness ON freshness.dfe_no = chain.dfe_no AND freshness.dataset = 'exclusions'
WHERE chain.last_day IS NULL OR chain.last_day >= $1;

-- name: may_go_on
-- Chains that are over as planned, of which no file since can say whether another suspension followed, and which would
-- then have reached day six by that day or reach it on the next school day.
SELECT over.*, six.day AS day_six_date
FROM (
    SELECT
        chain.pupil_id, chain.dfe_no, chain.first_day, chain.last_day, chain.chain_school_days, chain.looked_after,
        chain.social_worker, chain.delivery_seq, chain."row",
        (chain.last_received_at AT TIME ZONE 'Europe/London')::date AS data_as_of
    FROM reporting.suspension_chain AS chain
    WHERE chain.last_day BETWEEN $1::date - 60 AND $1::date - 1 AND chain.day_six_date IS NULL AND chain.chain_school_days > 0
) AS over
CROSS JOIN LATERAL (
    SELECT day
    FROM reporting.school_days(over.dfe_no, over.last_day + 1, $1::date + 60) AS day -- no holiday is longer
    ORDER BY day
    OFFSET 5 - over.chain_school_days::integer
    LIMIT 1
) AS six
WHERE over.data_as_of <= over.last_day
    AND six.day <= (SELECT min(day) FROM reporting.school_days(over.dfe_no, $1::date + 1, $1::date + 60) AS day);

-- name: schools
-- Every school that owes exclusions files, how its files stand on that day, and whom to ask.
SELECT
    freshness.dfe_no,
    freshness.school_name,
    agreement.contact,
    (freshness.last_received_at AT TIME ZONE 'Europe/London')::date AS last_received_on,
    freshness.expected_by,
    CASE
        WHEN freshness.state = 'never' THEN 'never'
        WHEN $1 > freshness.expected_by THEN 'late'
        ELSE 'on_time'
    END AS state
FROM reporting.freshness
JOIN intake.agreement USING (dfe_no)
WHERE freshness.dataset = 'exclusions' AND freshness.state <> 'not_expected'
ORDER BY freshness.expected_by, freshness.dfe_no;

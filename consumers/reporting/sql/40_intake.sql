-- One row per delivery or refused file. A delivery is applied when every consumer of its dataset has it.
CREATE VIEW reporting.delivery AS
WITH owed (dataset, consumer) AS (
    VALUES
        ('attendance', 'attendance'), ('attendance', 'matching'),
        ('exclusions', 'exclusions'), ('exclusions', 'matching'),
        ('pupils', 'matching'),
        ('calendar', 'exclusions')
),
done (consumer, sender, dataset, delivery_seq, applied_at) AS (
    SELECT 'attendance', sender, dataset, delivery_seq, applied_at FROM attendance.applied
    UNION ALL
    SELECT 'exclusions', sender, dataset, delivery_seq, applied_at FROM exclusions.applied
    UNION ALL
    SELECT 'matching', sender, dataset, delivery_seq, applied_at FROM matching.applied
),
effect AS (
    SELECT done.sender, done.dataset, done.delivery_seq, max(done.applied_at) AS applied_at
    FROM done
    JOIN owed USING (dataset, consumer)
    GROUP BY done.sender, done.dataset, done.delivery_seq
    HAVING count(*) = (SELECT count(*) FROM owed AS every WHERE every.dataset = done.dataset)
)
SELECT
    file.sender,
    file.dataset,
    file.delivery_seq,
    file.file_name,
    file.sha256,
    CASE WHEN effect.applied_at IS NULL THEN file.state ELSE 'applied' END AS state,
    file.reason,
    file.rows_total,
    file.rows_accepted,
    file.rows_rejected,
    file.received_at,
    file.published_at,
    effect.applied_at
FROM intake.delivery AS file
LEFT JOIN effect
    ON file.state = 'published'
    AND (effect.sender, effect.dataset, effect.delivery_seq) = (file.sender, file.dataset, file.delivery_seq);

-- Refused rows of the newest delivery of each sender and dataset: those that a school still has to mend.
CREATE VIEW reporting.rejected_row AS
SELECT
    refused.sender,
    refused.dataset,
    refused.delivery_seq,
    refused."row",
    refused."column" AS column_name,
    refused.rule
FROM intake.rejected_row AS refused
JOIN (
    SELECT sender, dataset, max(delivery_seq) AS delivery_seq
    FROM intake.delivery
    WHERE state = 'published'
    GROUP BY sender, dataset
) AS head USING (sender, dataset, delivery_seq);

-- Whether a school owes a file: one per agreed dataset for each week, Monday to Sunday, with a school day.
CREATE VIEW reporting.freshness AS
WITH agreed AS (
    SELECT
        agreement.dfe_no,
        agreement.school_name,
        dataset,
        agreement.agreed_from,
        reporting.today() BETWEEN coalesce(agreement.agreed_from, '-infinity')
            AND coalesce(agreement.agreed_to, 'infinity') AS in_force
    FROM intake.agreement,
        unnest(agreement.datasets) AS dataset
),
received AS (
    SELECT
        sender AS dfe_no,
        dataset,
        max(delivery_seq) AS last_delivery_seq,
        max(received_at) AS last_received_at
    FROM intake.delivery
    WHERE state IN ('published', 'duplicate')
    GROUP BY sender, dataset
),
due AS (
    SELECT
        agreed.*,
        received.last_delivery_seq,
        received.last_received_at,
        owed_from,
        extract(year FROM owed_from - interval '7 months')::integer AS academic_year -- begins on 1 August
    FROM agreed
    LEFT JOIN received USING (dfe_no, dataset)
    -- The first day that can owe the next file: the Monday after the last one, or the first day of the agreement.
    CROSS JOIN LATERAL coalesce(
        (date_trunc('week', received.last_received_at AT TIME ZONE 'Europe/London') + interval '7 days')::date,
        agreed.agreed_from
    ) AS owed_from
),
expected AS (
    SELECT due.*, (date_trunc('week', school.next_day) + interval '6 days')::date AS expected_by
    FROM due
    LEFT JOIN LATERAL (
        SELECT min(day)::timestamp AS next_day
        FROM exclusions.school_day AS calendar, unnest(calendar.days) AS day
        WHERE calendar.academic_year BETWEEN due.academic_year AND due.academic_year + 1
            AND day >= due.owed_from
            AND (
                calendar.dfe_no = due.dfe_no
                OR (
                    calendar.dfe_no = ''
                    AND NOT EXISTS (
                        SELECT FROM exclusions.school_day AS own
                        WHERE own.dfe_no = due.dfe_no AND own.academic_year = calendar.academic_year
                    )
                )
            )
    ) AS school ON true
)
SELECT
    dfe_no,
    school_name,
    dataset,
    last_delivery_seq,
    last_received_at,
    expected_by,
    CASE
        WHEN NOT in_force THEN 'not_expected'
        WHEN last_received_at IS NULL THEN 'never'
        WHEN reporting.today() > expected_by THEN 'late'
        ELSE 'on_time'
    END AS state
FROM expected;

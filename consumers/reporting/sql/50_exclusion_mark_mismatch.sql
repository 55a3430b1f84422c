-- Where registers and suspensions contradict each other: days marked E (suspended) that no suspension or permanent
-- exclusion of the child at that school covers, one row a run of such days; and a suspension of whose days every mark so
-- far is present. A child is the same by pupil key, by UPN, or as the council's. A cancelled row covers the days before its
-- cancellation was received.
CREATE VIEW reporting.exclusion_mark_mismatch AS
WITH enrolled AS (
    SELECT enrolment.*, child.pupil_id
    FROM attendance.enrolment
    LEFT JOIN matching.pupil_match AS child USING (dfe_no, pupil_key) -- pupil_id only where the outcome is certain
),
marked AS (
    SELECT enrolled.dfe_no, enrolled.pupil_key, enrolled.upn, enrolled.pupil_id, enrolled.delivery_seq, marked_day.*
    FROM enrolled
    CROSS JOIN LATERAL (
        SELECT
            day,
            count(*) FILTER (WHERE mark = 'E') AS sessions,
            row_number() OVER (ORDER BY day) AS place -- among the days on which the school marked the child
        FROM (
            SELECT enrolled.first_day + (place - 1)::integer / 2 AS day, mark
            FROM unnest(string_to_array(enrolled.marks, E'\t', ' ')) WITH ORDINALITY AS each_session (mark, place)
            WHERE (place - 1) % 14 < 10 AND mark NOT IN ('', '-', '#')
        ) AS session
        GROUP BY day
    ) AS marked_day
    WHERE enrolled.marks LIKE '%E%'
),
unreported AS (
    SELECT marked.*, marked.place - row_number() OVER (PARTITION BY dfe_no, pupil_key ORDER BY day) AS run
    FROM marked
    WHERE sessions > 0
        AND NOT EXISTS (
            SELECT FROM exclusions.suspension AS told
            WHERE told.dfe_no = marked.dfe_no
                AND (told.pupil_key = marked.pupil_key OR told.upn = marked.upn OR told.pupil_id = marked.pupil_id)
                AND told.type <> 'LNCH' -- changes no mark
                AND marked.day BETWEEN told.start_date AND coalesce(told.end_date, 'infinity')
                AND NOT (told.cancelled AND marked.day >= told.cancelled_on)
        )
),
present AS (
    SELECT told.suspension_id, min(session.day) AS first_day, max(session.day) AS last_day, count(*) AS sessions
    FROM exclusions.suspension AS told
    JOIN enrolled
        ON enrolled.dfe_no = told.dfe_no
        AND (enrolled.pupil_key = told.pupil_key OR enrolled.upn = told.upn OR enrolled.pupil_id = told.pupil_id)
        AND enrolled.first_day <= coalesce(told.end_date, 'infinity')
        AND enrolled.last_week + 6 >= told.start_date
    CROSS JOIN LATERAL (
        SELECT enrolled.first_day + (place - 1)::integer / 2 AS day, mark
        FROM unnest(string_to_array(enrolled.marks, E'\t', ' '), string_to_array(enrolled.kinds, NULL))
            WITH ORDINALITY AS each_session (mark, kind, place)
        WHERE mark IS NOT NULL AND kind NOT IN ('.', 'X', 'M') -- in no count, not possible, without mark
    ) AS session
    WHERE told.type <> 'LNCH'
        AND NOT told.cancelled
        AND session.day BETWEEN told.start_date AND coalesce(told.end_date, 'infinity')
    GROUP BY told.suspension_id
    HAVING bool_and(session.mark IN ('/', '\', 'L'))
)
SELECT
    dfe_no,
    pupil_key,
    min(upn) AS upn,
    min(pupil_id) AS pupil_id,
    'marked_not_reported' AS kind,
    min(day) AS first_day,
    max(day) AS last_day,
    sum(sessions)::integer AS sessions,
    'attendance' AS dataset,
    max(delivery_seq) AS delivery_seq,
    NULL::integer AS "row"
FROM unreported
GROUP BY dfe_no, pupil_key, run
UNION ALL
SELECT
    told.dfe_no,
    told.pupil_key,
    told.upn,
    told.pupil_id,
    'reported_but_present',
    present.first_day,
    present.last_day,
    present.sessions::integer,
    'exclusions',
    told.delivery_seq,
    told."row"
FROM present
JOIN exclusions.suspension AS told USING (suspension_id);

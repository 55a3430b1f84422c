-- Suspensions, permanent exclusions and lunchtimes in their current version.
CREATE VIEW reporting.suspension AS
SELECT
    dfe_no,
    pupil_key,
    upn,
    pupil_id,
    looked_after,
    type,
    start_date,
    end_date,
    sessions AS sessions_reported,
    school_days,
    reason,
    CASE
        WHEN cancelled THEN 'cancelled'
        WHEN unreported_seq IS NOT NULL THEN 'no_longer_reported'
        WHEN end_date < reporting.today() THEN 'ended' -- a permanent exclusion has no end
        ELSE 'current'
    END AS state,
    chain_id,
    chain_school_days,
    day_six_date,
    day_six_if_half_day,
    coalesce(day_six_date <= reporting.today(), false) AS day_six_reached,
    days_this_term,
    days_this_year,
    nc_year,
    action_code,
    description,
    delivery_seq,
    "row"
FROM exclusions.suspension;

-- Alerts raised, as told at the time; the pupil's key is the present one.
CREATE VIEW reporting.alert AS
SELECT
    alert.alert_id,
    alert.kind,
    alert.pupil_id,
    alert.dfe_no,
    alert.pupil_key,
    alert.due_date,
    alert.raised_from_delivery_seq,
    alert.raised_at,
    outbox.published_at,
    alert.supersedes
FROM exclusions.alert
LEFT JOIN exclusions.outbox ON outbox.outbox_key = alert.alert_id;

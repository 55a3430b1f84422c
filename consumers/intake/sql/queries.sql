-- name: merge_deliveries
-- The newest ledger entry of each file counts.
INSERT INTO delivery AS held (
    ledger_key, sender, dataset, delivery_seq, state, reason, file_name, sha256, rows_total, rows_accepted,
    rows_rejected, received_at, published_at, topic, partition, end_offset, academic_year, last_week, units,
    ledger_offset
)
SELECT
    ledger_key, sender, dataset, delivery_seq, state, reason, file_name, sha256, rows_total, rows_accepted,
    rows_rejected, received_at, published_at, topic, partition, end_offset, academic_year, last_week, units,
    ledger_offset
FROM staged_delivery
ON CONFLICT (ledger_key) DO UPDATE
SET sender = excluded.sender, dataset = excluded.dataset, delivery_seq = excluded.delivery_seq,
    state = excluded.state, reason = excluded.reason, file_name = excluded.file_name, sha256 = excluded.sha256,
    rows_total = excluded.rows_total, rows_accepted = excluded.rows_accepted, rows_rejected = excluded.rows_rejected,
    received_at = excluded.received_at, published_at = excluded.published_at, topic = excluded.topic,
    partition = excluded.partition, end_offset = excluded.end_offset, academic_year = excluded.academic_year,
    last_week = excluded.last_week, units = excluded.units, ledger_offset = excluded.ledger_offset
WHERE held.ledger_offset < excluded.ledger_offset;

-- name: merge_rejected_rows
-- A refused row is written once.
INSERT INTO rejected_row (sender, dataset, delivery_seq, "row", "column", rule)
SELECT sender, dataset, delivery_seq, "row", "column", rule FROM staged_rejected_row
ON CONFLICT DO NOTHING;

-- name: merge_agreements
-- The register's newest line of each school counts.
INSERT INTO agreement (dfe_no, school_name, contact, datasets, agreed_from, agreed_to, profile)
SELECT dfe_no, school_name, contact, datasets, agreed_from, agreed_to, profile FROM staged_agreement
ON CONFLICT (dfe_no) DO UPDATE
SET school_name = excluded.school_name, contact = excluded.contact, datasets = excluded.datasets,
    agreed_from = excluded.agreed_from, agreed_to = excluded.agreed_to, profile = excluded.profile;

-- name: remove_agreements
-- Schools that have left the register.
DELETE FROM agreement WHERE dfe_no = ANY ($1::text[]);

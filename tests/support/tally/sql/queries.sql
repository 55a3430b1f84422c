-- name: count_delivery
-- The rows of a delivery, once.
INSERT INTO tally (sender, delivery_seq, rows) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: see
-- The key of a record, once.
INSERT INTO seen (key) VALUES ($1) ON CONFLICT DO NOTHING;

-- The newest records that could not be used.
SELECT toString(topic) AS topic, position, toString(reason) AS reason, detail, payload, failed_at
FROM dead_letters FINAL
ORDER BY failed_at DESC, position
LIMIT {limit:UInt32}

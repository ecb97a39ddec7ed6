-- Messages that were sent or tried since a time, the newest first.
SELECT id, incident, toString(channel) AS channel, toString(rule) AS rule, thread, number, toString(event) AS event, incidents, digest, title,
       reference, toString(state) AS state, at, detail, attempts, version
FROM notifications FINAL
WHERE version >= {since:UInt64}
ORDER BY version DESC, id
LIMIT {limit:UInt32}

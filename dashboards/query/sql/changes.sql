-- The changes of state of one incident, in order.
SELECT incident, toString(vendor) AS vendor, at, toString(from_state) AS from_state, toString(to_state) AS to_state, reason, score,
       window_minutes, observed, expected, posts
FROM incident_changes FINAL
WHERE incident = {incident:String}
ORDER BY at
LIMIT 1000

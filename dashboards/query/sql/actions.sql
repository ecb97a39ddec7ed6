-- What people did about alerts and that may still count: silences until some time after
-- they ended, false alarms and acknowledgements for half a year.
SELECT id, toString(kind) AS kind, toString(vendor) AS vendor, incident, starts_at, ends_at, authors, who, note, revoked, version
FROM alert_actions FINAL
WHERE NOT revoked AND starts_at > {since:DateTime64(3)}
ORDER BY starts_at, id
LIMIT 10000

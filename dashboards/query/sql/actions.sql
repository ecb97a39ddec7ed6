-- What people did about alerts and was not taken back.
SELECT id, toString(kind) AS kind, toString(vendor) AS vendor, incident, starts_at, ends_at, authors, who, note, revoked, version
FROM alert_actions FINAL
WHERE NOT revoked
ORDER BY starts_at DESC, id
LIMIT 10000

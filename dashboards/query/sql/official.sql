-- Entries of status pages in a window, in order of time.
SELECT toString(vendor) AS vendor, event_id, at, toString(status) AS status, toString(impact) AS impact, title, text, url, simulated
FROM official_events FINAL
WHERE at >= {from:DateTime64(3)} AND at < {to:DateTime64(3)} AND vendor IN {vendors:Array(String)}
ORDER BY at, event_id
LIMIT 500

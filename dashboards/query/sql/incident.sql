-- One incident.
SELECT
    id, toString(vendor) AS vendor, toString(state) AS state, opened_at, confirmed_at, closed_at, seen_at, official_at,
    toString(cause) AS cause, cause_probability, toString(misattributed) AS misattributed, severity, authors, reactions,
    peak_per_minute, expected_per_minute, score, CAST(blamed, 'Map(String, UInt32)') AS blamed, facets, reasons, posts, simulated, version
FROM incidents FINAL
WHERE id = {id:String}

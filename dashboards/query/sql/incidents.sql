-- Incidents, of one name, of one vendor or all, that were open in a window, the newest first.
SELECT
    id, toString(vendor) AS vendor, toString(state) AS state, opened_at, confirmed_at, closed_at, seen_at, official_at,
    toString(cause) AS cause, cause_probability, toString(misattributed) AS misattributed, severity, authors, reactions,
    peak_per_minute, expected_per_minute, score, CAST(blamed, 'Map(String, UInt32)') AS blamed, facets, reasons, posts, simulated, version
FROM incidents FINAL
WHERE opened_at < {to:DateTime64(3)} AND (closed_at IS NULL OR closed_at >= {from:DateTime64(3)})
    AND ({id:String} = '' OR id = {id:String})
    AND ({vendor:String} = '' OR vendor = {vendor:String})
ORDER BY opened_at DESC, id
LIMIT {limit:UInt32}

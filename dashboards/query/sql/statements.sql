-- What companies said in a window, the newest first.
SELECT id, toString(vendor) AS vendor, at, toString(kind) AS kind, text, url, simulated, version
FROM statements FINAL
WHERE at >= {from:DateTime64(3)} AND at < {to:DateTime64(3)} AND text != ''
    AND (empty({vendors:Array(String)}) OR vendor IN {vendors:Array(String)})
ORDER BY at DESC, id
LIMIT {limit:UInt32}

SELECT
    toString(vendor)                AS vendor,
    toStartOfFiveMinutes(minute)    AS at,
    uniqCombined64Merge(20)(authors)    AS people
FROM vendor_minutes
WHERE minute >= {from:DateTime} AND minute < {to:DateTime} AND outage = 'report'
GROUP BY vendor, at
ORDER BY people DESC, at DESC, vendor
LIMIT 1

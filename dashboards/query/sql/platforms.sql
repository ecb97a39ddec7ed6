-- People who report or react, by where they wrote.
SELECT toString(source) AS source, uniqCombined64Merge(20)(authors) AS people
FROM vendor_minutes
WHERE vendor = {vendor:String} AND minute >= {from:DateTime} AND minute < {to:DateTime} AND outage IN ('report', 'reaction')
GROUP BY source
ORDER BY people DESC, source
LIMIT 50

-- How those feel who speak of a vendor, in steps.
SELECT
    toStartOfInterval(minute, toIntervalSecond({step:UInt32})) AS at,
    uniqCombined64Merge(20)(authors) AS people,
    uniqCombined64MergeIf(20)(authors, sentiment = 'negative') AS negative,
    uniqCombined64MergeIf(20)(authors, sentiment = 'positive') AS positive
FROM vendor_minutes
WHERE vendor = {vendor:String} AND minute >= {from:DateTime} AND minute < {to:DateTime}
GROUP BY at
ORDER BY at

SELECT toString(vendor) AS vendor, toStartOfHour(minute) AS hour, sum(people) AS reports
FROM
(
    SELECT vendor, minute, uniqCombined64Merge(20)(authors) AS people
    FROM vendor_minutes
    WHERE vendor IN {vendors:Array(String)}
        AND minute >= {from:DateTime} AND minute < {to:DateTime}
        AND outage = 'report'
    GROUP BY vendor, minute
)
GROUP BY vendor, hour
ORDER BY vendor, hour

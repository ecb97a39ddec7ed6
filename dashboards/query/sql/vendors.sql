-- In each minute a person counts once; minutes are added up.
SELECT
    toString(vendor) AS vendor,
    sumIf(m.reports,   minute >= {recent:DateTime}) AS reports,
    sumIf(m.reactions, minute >= {recent:DateTime}) AS reactions,
    sumIf(m.reports,   minute <  {recent:DateTime}) AS reports_before,
    sumIf(m.reactions, minute <  {recent:DateTime}) AS reactions_before,
    sum(m.said)      AS posts,
    sum(m.negative)  AS negative,
    sum(m.positive)  AS positive,
    max(m.simulated) AS simulated,
    groupArray(toUInt16(dateDiff('minute', {from:DateTime}, minute))) AS minutes,
    groupArray(m.people) AS people
FROM
(
    SELECT
        vendor, minute,
        uniqCombined64MergeIf(20)(authors, outage = 'report')   AS reports,
        uniqCombined64MergeIf(20)(authors, outage = 'reaction') AS reactions,
        uniqCombined64MergeIf(20)(authors, outage IN ('report', 'reaction')) AS people,
        uniqCombined64Merge(20)(posts)                          AS said,
        uniqCombined64MergeIf(20)(posts, sentiment = 'negative') AS negative,
        uniqCombined64MergeIf(20)(posts, sentiment = 'positive') AS positive,
        max(simulated)                                          AS simulated
    FROM vendor_minutes
    WHERE minute >= {from:DateTime} AND minute < {to:DateTime}
    GROUP BY vendor, minute
) AS m
GROUP BY vendor
ORDER BY reports DESC, reactions DESC, posts DESC, vendor
LIMIT {limit:UInt32}

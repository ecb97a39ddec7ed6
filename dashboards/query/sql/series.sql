SELECT
    toStartOfInterval(minute, toIntervalSecond({step:UInt32})) AS at,
    sum(m.reports)   AS reports,
    sum(m.reactions) AS reactions,
    sum(m.blamed)    AS blamed,
    sum(m.affected)  AS affected,
    max(m.simulated) AS simulated
FROM
(
    SELECT
        minute,
        uniqCombined64MergeIf(20)(authors, outage = 'report')   AS reports,
        uniqCombined64MergeIf(20)(authors, outage = 'reaction') AS reactions,
        uniqCombined64MergeIf(20)(authors, role = 'blamed')     AS blamed,
        uniqCombined64MergeIf(20)(authors, role = 'affected')   AS affected,
        max(simulated)                                      AS simulated
    FROM vendor_minutes
    WHERE vendor = {vendor:String} AND minute >= {from:DateTime} AND minute < {to:DateTime}
    GROUP BY minute
) AS m
GROUP BY at
ORDER BY at

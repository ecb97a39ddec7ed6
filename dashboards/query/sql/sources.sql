SELECT
    toString(source)  AS source,
    toString(outcome) AS outcome,
    uniqCombined64MergeIf(20)(posts, minute >= {recent:DateTime}) AS recent_posts,
    uniqCombined64MergeIf(20)(posts, minute >= {hour:DateTime})   AS hour_posts,
    max(minute)         AS last_minute,
    max(last_collected) AS collected,
    max(simulated)      AS simulated
FROM source_minutes
WHERE minute >= {from:DateTime} AND minute < {to:DateTime}
GROUP BY source, outcome
ORDER BY source, outcome
LIMIT 500

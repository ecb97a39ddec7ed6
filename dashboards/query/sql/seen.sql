SELECT minute, uniqCombined64Merge(20)(posts) AS posts
FROM source_minutes
WHERE minute >= {from:DateTime} AND minute < {to:DateTime}
GROUP BY minute
ORDER BY minute

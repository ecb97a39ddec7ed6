-- Posts that the gate stopped, by source and minute.
SELECT toString(source) AS source, minute, toUInt64(seen - stored) AS posts
FROM v_source_minutes
WHERE minute >= {from:DateTime64(3)} AND minute < {to:DateTime64(3)} AND seen > stored
ORDER BY minute, source

-- In which hours was a source silent?
SELECT source, toStartOfHour(minute) AS hour, uniq(minute) AS minutes_with_posts
FROM v_source_minutes
GROUP BY source, hour
HAVING minutes_with_posts < 50
ORDER BY hour DESC
LIMIT 100

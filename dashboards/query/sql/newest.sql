SELECT minute, last_collected
FROM source_minutes
ORDER BY last_collected DESC
LIMIT 2000

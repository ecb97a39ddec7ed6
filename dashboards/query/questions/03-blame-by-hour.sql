-- Whom do people blame who speak of Netflix, hour by hour?
SELECT toStartOfHour(created_at) AS hour, blamed, uniq(author_key) AS people
FROM (SELECT created_at, author_key, vendors.id AS ids, arrayJoin(arrayFilter((v, r) -> r = 'blamed', vendors.id, vendors.role)) AS blamed FROM v_posts)
WHERE has(ids, 'netflix')
GROUP BY hour, blamed
ORDER BY hour, people DESC
LIMIT 500

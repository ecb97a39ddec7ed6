-- On which devices does it fail?
SELECT device, uniq(author_key) AS people
FROM v_mentions ARRAY JOIN devices AS device
WHERE outage = 'report'
GROUP BY device
ORDER BY people DESC
LIMIT 30

-- What fails, for whom?
SELECT vendor, symptom, uniq(author_key) AS people
FROM v_mentions ARRAY JOIN symptoms AS symptom
WHERE outage = 'report'
GROUP BY vendor, symptom
ORDER BY people DESC
LIMIT 50

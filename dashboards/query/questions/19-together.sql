-- Which vendors are named together in reports?
SELECT a, b, count() AS posts
FROM (SELECT arrayJoin(vendors.id) AS a, vendors.id AS ids FROM v_posts WHERE outage = 'report') ARRAY JOIN ids AS b
WHERE a < b
GROUP BY a, b
ORDER BY posts DESC
LIMIT 50

-- In which languages do people speak of outages?
SELECT lang, count() AS posts, countIf(outage = 'report') AS reports
FROM v_posts
GROUP BY lang
ORDER BY posts DESC
LIMIT 30

-- Does the anger fade?
SELECT toStartOfHour(created_at) AS hour, round(avg(sentiment_score), 3) AS mean_sentiment
FROM v_posts
WHERE outage IN ('report', 'reaction')
GROUP BY hour
ORDER BY hour
LIMIT 500

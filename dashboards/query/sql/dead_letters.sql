SELECT toString(topic) AS topic, toString(reason) AS reason, uniqExact(position) AS records, max(failed_at) AS last
FROM dead_letters
WHERE failed_at >= {since:DateTime64(3)}
GROUP BY topic, reason
ORDER BY records DESC, topic, reason
LIMIT 50

-- Which words are passed on most?
SELECT any(text) AS words, uniq(author_key) AS people, min(created_at) AS first
FROM v_posts
WHERE text != ''
GROUP BY cluster
HAVING people > 1
ORDER BY people DESC
LIMIT 30

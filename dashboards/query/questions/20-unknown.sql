-- Which failing services does the catalogue not know?
SELECT name, uniq(author_key) AS people, any(text) AS example
FROM v_posts ARRAY JOIN unknown AS name
GROUP BY name
ORDER BY people DESC
LIMIT 30

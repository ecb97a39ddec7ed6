-- How do people feel about each vendor?
SELECT vendor, uniq(author_key) AS people, round((uniqIf(author_key, sentiment = 'positive') - uniqIf(author_key, sentiment = 'negative')) / people, 2) AS balance
FROM v_mentions
GROUP BY vendor
HAVING people >= 10
ORDER BY balance
LIMIT 50

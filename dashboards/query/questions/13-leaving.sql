-- Who says that they leave, and for whom?
SELECT created_at, arrayFilter((v, r) -> r = 'alternative', vendors.id, vendors.role) AS instead, text
FROM v_posts
WHERE has(intents, 'churn') OR has(vendors.role, 'alternative')
ORDER BY created_at DESC
LIMIT 50

-- Who asks why Netflix runs on Amazon?
SELECT created_at, text, url
FROM v_posts
WHERE arrayExists((v, r) -> v = 'netflix' AND r = 'blamed', vendors.id, vendors.role)
  AND arrayExists((v, r) -> v IN ('aws', 'amazon') AND r != 'blamed', vendors.id, vendors.role)
ORDER BY created_at DESC
LIMIT 50

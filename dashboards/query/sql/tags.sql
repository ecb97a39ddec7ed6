-- What the spike detector needs of the posts of a window, and of earlier ones that came in late.
SELECT
    toString(source) AS source, id, created_at, author, text, spam, cluster, toString(outage) AS outage, outage_score, simulated,
    CAST(vendors.id, 'Array(String)')   AS vendor_ids,
    CAST(vendors.role, 'Array(String)') AS vendor_roles,
    CAST(symptoms, 'Array(String)')     AS symptoms,
    CAST(devices, 'Array(String)')      AS devices,
    CAST(places, 'Array(String)')       AS places
FROM posts FINAL
WHERE created_at >= {late:DateTime64(3)} AND created_at < {to:DateTime64(3)}
  AND (created_at >= {from:DateTime64(3)} OR inserted_at >= {since:DateTime})
ORDER BY created_at, post_key

-- What the spike detector needs of each post, in the order in which it came about.
SELECT
    toString(source) AS source, id, created_at, author, text, spam, cluster, toString(outage) AS outage, outage_score, simulated,
    CAST(vendors.id, 'Array(String)')   AS vendor_ids,
    CAST(vendors.role, 'Array(String)') AS vendor_roles,
    CAST(symptoms, 'Array(String)')     AS symptoms,
    CAST(devices, 'Array(String)')      AS devices,
    CAST(places, 'Array(String)')       AS places
FROM posts FINAL
WHERE created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
ORDER BY created_at, post_key

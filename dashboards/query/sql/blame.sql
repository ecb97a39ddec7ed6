SELECT about, blamed, uniqExact(author_key) AS people
FROM
(
    SELECT
        author_key,
        toString(arrayJoin(arrayDistinct(vendors.id))) AS about,
        toString(arrayJoin(arrayDistinct(arrayFilter((v, r) -> r = 'blamed', vendors.id, vendors.role)))) AS blamed
    FROM posts FINAL
    WHERE created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
        AND spam < 0.5
        AND has(vendors.role, 'blamed')
)
GROUP BY GROUPING SETS ((about, blamed), (about), (blamed), ())
ORDER BY people DESC, about, blamed
LIMIT 2000

-- Which share of the people who blame somebody blames each vendor?
SELECT blamed, uniq(author_key) AS people, round(people / (SELECT uniq(author_key) FROM v_posts WHERE has(vendors.role, 'blamed')), 3) AS share
FROM (SELECT author_key, arrayJoin(arrayFilter((v, r) -> r = 'blamed', vendors.id, vendors.role)) AS blamed FROM v_posts)
GROUP BY blamed
ORDER BY people DESC
LIMIT 30

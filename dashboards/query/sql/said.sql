-- Words of posts that name a vendor, in order of time; of many only one in every.
SELECT post_key, author_key, created_at, text, sentiment = 'negative' AS negative
FROM v_posts
WHERE created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
    AND has(vendors.id, {vendor:String}) AND spam < 0.5 AND NOT deleted AND post_key % {every:UInt32} = 0
ORDER BY created_at, post_key
LIMIT {limit:UInt32}

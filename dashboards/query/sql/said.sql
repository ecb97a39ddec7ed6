-- Words of posts that name a vendor, in order of time; of many only one in every. What must
-- be forgotten is left out, as in v_posts; of two versions of a post the newer is read.
SELECT post_key, author_key, created_at, text, sentiment = 'negative' AS negative
FROM posts
WHERE created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
    AND has(vendors.id, {vendor:String}) AND spam < 0.5 AND NOT deleted AND post_key % {every:UInt32} = 0
    AND post_key NOT IN (SELECT post_key FROM deletions WHERE post_key != 0 AND inserted_at >= (SELECT max(up_to) - INTERVAL 10 MINUTE FROM scrubs))
    AND author_key NOT IN (SELECT author_key FROM deletions WHERE author_key != 0 AND inserted_at >= (SELECT max(up_to) - INTERVAL 10 MINUTE FROM scrubs))
ORDER BY created_at, post_key, version DESC
LIMIT 1 BY post_key
LIMIT {limit:UInt32}

SELECT DISTINCT post_key, author_key
FROM deletions
WHERE source IN {sources:Array(String)}
    AND (post_key IN {keys:Array(UInt64)} OR (post_key = 0 AND author_key IN {authors:Array(UInt64)}))
LIMIT 1000

-- Posts after a statement that repeat at least so many of its words.
SELECT
    uniqExact(author_key) AS people,
    uniqExactIf(author_key, echoes) AS echoing,
    uniqExactIf(author_key, echoes AND sentiment = 'negative') AS mocking,
    minIf(created_at, echoes) AS first,
    groupArraySampleIf(3)(post_key, echoes AND sentiment = 'negative') AS mockers
FROM
(
    SELECT author_key, post_key, created_at, sentiment,
        length(arrayIntersect(splitByNonAlpha(lowerUTF8(text)), {words:Array(String)})) >= {least:UInt8} AS echoes
    FROM v_posts
    WHERE created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
        AND has(vendors.id, {vendor:String}) AND spam < 0.5
)

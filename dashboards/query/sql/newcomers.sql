-- People by the step in which they first spoke of the vendor, and how they felt then.
SELECT
    {from:DateTime64(3)} + toIntervalSecond(intDiv(dateDiff('second', {from:DateTime64(3)}, first), {step:UInt32}) * {step:UInt32}) AS at,
    count() AS people, countIf(feeling = 'negative') AS negative, countIf(feeling = 'positive') AS positive
FROM
(
    SELECT author_key, min(created_at) AS first, argMin(sentiment, (created_at, post_key)) AS feeling
    FROM posts FINAL
    WHERE created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
        AND has(vendors.id, {vendor:String}) AND spam < 0.5
    GROUP BY author_key
)
GROUP BY at
ORDER BY at

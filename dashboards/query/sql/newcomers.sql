-- People by the step in which they first spoke of the vendor, and how they felt then.
SELECT
    {from:DateTime64(3)} + toIntervalSecond(intDiv(dateDiff('second', {from:DateTime64(3)}, first.1), {step:UInt32}) * {step:UInt32}) AS at,
    count() AS people, countIf(first.2 = 1) AS negative, countIf(first.2 = 2) AS positive
FROM
(
    SELECT author_key, min((created_at, multiIf(sentiment = 'negative', 1, sentiment = 'positive', 2, 0))) AS first
    FROM posts FINAL
    WHERE created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
        AND has(vendors.id, {vendor:String}) AND spam < 0.5
    GROUP BY author_key
)
GROUP BY at
ORDER BY at

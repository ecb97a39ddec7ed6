-- People who blame somebody, by the set of vendors that they blame, in steps of the window. A person counts
-- once a step, with all whom they blame in it; whole is once in the whole window. Choice: they blame the vendor and name a
-- supplier of it beside that they do not blame.
SELECT at, whole, blamed, choice, count() AS people
FROM
(
    SELECT
        {from:DateTime64(3)} + toIntervalSecond(intDiv(dateDiff('second', {from:DateTime64(3)}, created_at), {step:UInt32}) * {step:UInt32}) AS at,
        author_key, grouping(at) = 0 AS whole,
        arraySort(groupUniqArrayArray(arrayMap(v -> toString(v), arrayFilter((v, r) -> r = 'blamed', vendors.id, vendors.role)))) AS blamed,
        max(has(arrayFilter((v, r) -> r = 'blamed', vendors.id, vendors.role), {vendor:String})
            AND arrayExists((v, r) -> has({suppliers:Array(String)}, v) AND r != 'blamed', vendors.id, vendors.role)) AS choice
    FROM posts FINAL
    WHERE created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
        AND has(vendors.role, 'blamed') AND has(vendors.id, {vendor:String}) AND spam < 0.5
    GROUP BY GROUPING SETS ((author_key), (at, author_key))
)
GROUP BY at, whole, blamed, choice
ORDER BY whole DESC, at, people DESC, blamed, choice
LIMIT 50000

-- The inner question finds the newest posts by a few columns, the outer one reads
-- their words and drops versions that an edit has replaced.
SELECT
    post_key, author_key, toString(source) AS source, id, created_at, collected_at, author, text, url,
    toString(lang) AS lang, place, simulated,
    toString(outage) AS outage, outage_score, toString(sentiment) AS sentiment, sentiment_score,
    CAST(vendors.id, 'Array(String)')        AS vendor_ids,
    CAST(vendors.role, 'Array(String)')      AS vendor_roles,
    CAST(vendors.sentiment, 'Array(String)') AS vendor_sentiments,
    vendors.score                            AS vendor_scores,
    arrayMap(spans -> arrayMap(s -> s.1, spans), vendors.spans) AS span_starts,
    arrayMap(spans -> arrayMap(s -> s.2, spans), vendors.spans) AS span_ends,
    CAST(symptoms, 'Array(String)') AS symptoms,
    CAST(devices, 'Array(String)')  AS devices,
    CAST(intents, 'Array(String)')  AS intents,
    unknown,
    marks.start AS mark_starts, marks.end AS mark_ends, CAST(marks.label, 'Array(String)') AS mark_labels,
    toString(model) AS model
FROM posts FINAL
WHERE (created_at, post_key) IN
    (
        SELECT created_at, post_key
        FROM posts
        WHERE created_at >= {from:DateTime64(3)} AND created_at < {to:DateTime64(3)}
            AND (created_at, post_key) < ({before:DateTime64(3)}, {before_key:UInt64})
            AND (empty({keys:Array(UInt64)}) OR post_key IN {keys:Array(UInt64)})
            AND ({vendor:String}    = '' OR has(vendors.id, {vendor:String}))
            AND ({role:String}      = '' OR arrayExists((v, r) -> v = {vendor:String} AND r = {role:String}, vendors.id, vendors.role))
            AND ({blamed:String}    = '' OR arrayExists((v, r) -> v = {blamed:String} AND r = 'blamed', vendors.id, vendors.role))
            AND ({outage:String}    = '' OR posts.outage = {outage:String})
            AND ({sentiment:String} = '' OR posts.sentiment = {sentiment:String})
            AND ({source:String}    = '' OR posts.source = {source:String})
            AND ({symptom:String}   = '' OR has(symptoms, {symptom:String}))
            AND ({device:String}    = '' OR has(devices, {device:String}))
            AND ({named_place:String} = '' OR has(places, {named_place:String}))
            AND ({text:String}      = '' OR positionCaseInsensitiveUTF8(posts.text, {text:String}) > 0)
        ORDER BY created_at DESC, post_key DESC
        LIMIT {candidates:UInt32}
    )
    AND ({vendor:String}    = '' OR has(vendors.id, {vendor:String}))
    AND ({outage:String}    = '' OR posts.outage = {outage:String})
    AND ({text:String}      = '' OR positionCaseInsensitiveUTF8(posts.text, {text:String}) > 0)
ORDER BY created_at DESC, post_key DESC
LIMIT {limit:UInt32}

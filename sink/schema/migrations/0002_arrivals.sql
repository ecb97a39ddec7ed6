-- Every post that the tagger has seen, with what became of it, kept for some days.
CREATE TABLE IF NOT EXISTS {{.DB}}.arrivals {{.OnCluster}}
(
    post_key        UInt64                      COMMENT 'Identity of the post, as in posts',
    source          LowCardinality(String)      COMMENT 'Where the post was made',
    created_at      DateTime64(3, 'UTC')        COMMENT 'When the post was made',
    collected_at    DateTime64(3, 'UTC')        COMMENT 'When a collector saw it',
    outcome         LowCardinality(String)      COMMENT 'stored, or why the gate stopped it: no_match, empty_text, …',
    simulated       Bool                        COMMENT 'True where no person wrote the post',
    inserted_at     DateTime('UTC') DEFAULT now('UTC') COMMENT 'When the row was written'
)
ENGINE = {{.Replacing "inserted_at"}}
PARTITION BY toYYYYMM(created_at)
ORDER BY (source, created_at, post_key)
TTL inserted_at + INTERVAL 3 DAY
SETTINGS {{.Dedup}}
COMMENT 'What became of each post, for three days; read with FINAL';

-- Minutes by source: the denominator, and the proof that a quiet vendor is not a dead collector.
CREATE TABLE IF NOT EXISTS {{.DB}}.source_minutes {{.OnCluster}}
(
    source          LowCardinality(String)      COMMENT 'Where the posts were made',
    minute          DateTime('UTC')             COMMENT 'Start of the minute in which the posts were made',
    outcome         LowCardinality(String)      COMMENT 'stored, or why the gate stopped the posts',
    simulated       Bool                        COMMENT 'True where no person wrote the posts',
    posts           AggregateFunction(uniqCombined64(20), UInt64) COMMENT 'Set of posts; read with uniqCombined64Merge(20)',
    last_collected  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Newest collected_at'
)
ENGINE = {{.Aggregating}}
PARTITION BY toYYYYMM(minute)
ORDER BY (source, minute, outcome, simulated)
SETTINGS {{.Dedup}}
COMMENT 'Posts seen by source and minute';

CREATE MATERIALIZED VIEW IF NOT EXISTS {{.DB}}.source_minutes_mv {{.OnCluster}} TO {{.DB}}.source_minutes AS
SELECT
    source, toStartOfMinute(toDateTime(created_at, 'UTC')) AS minute, outcome, simulated,
    uniqCombined64State(20)(post_key) AS posts,
    max(collected_at) AS last_collected
FROM {{.DB}}.arrivals
GROUP BY source, minute, outcome, simulated;

-- Posts and authors whose words must be forgotten.
CREATE TABLE IF NOT EXISTS {{.DB}}.deletions {{.OnCluster}}
(
    source          LowCardinality(String)      COMMENT 'Where the post was made',
    post_key        UInt64                      COMMENT 'Identity of the post; 0 where all posts of an author are meant',
    author_key      UInt64                      COMMENT 'Identity of the author; 0 where one post is meant',
    deleted_at      DateTime64(3, 'UTC')        COMMENT 'When the source said so; posts that the author made later stay',
    inserted_at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the row was written'
)
ENGINE = {{.Replacing "deleted_at"}}
ORDER BY (post_key, author_key)
TTL toDateTime(inserted_at) + INTERVAL 90 DAY
SETTINGS {{.Dedup}}
COMMENT 'What must be forgotten: the words go within a minute, the counts stay; kept for 90 days against words that come again';

-- How far deletions have been worked through.
CREATE TABLE IF NOT EXISTS {{.DB}}.scrubs {{.OnCluster}}
(
    up_to           DateTime64(3, 'UTC')        COMMENT 'Words of all deletions written before are gone from the disk',
    posts           UInt64                      COMMENT 'Posts whose words were removed this time',
    done_at         DateTime64(3, 'UTC')        COMMENT 'When it was done'
)
ENGINE = {{.Replacing "done_at"}}
ORDER BY up_to
TTL toDateTime(done_at) + INTERVAL 7 DAY
SETTINGS {{.Dedup}}
COMMENT 'Times at which the words of deleted posts were removed';

-- Records that could not be used.
CREATE TABLE IF NOT EXISTS {{.DB}}.dead_letters {{.OnCluster}}
(
    topic           LowCardinality(String)      COMMENT 'Where the record stood: a topic, or the name of a source',
    position        String                      COMMENT 'partition/offset, or file and line',
    reason          LowCardinality(String)      COMMENT 'bad_json, too_large, missing_field, bad_kind, bad_time, …',
    detail          String                      COMMENT 'What was wrong, in words',
    post_key        UInt64                      COMMENT 'Identity of the post where it could be read, else 0',
    payload         String                      COMMENT 'The record, cut to 4 KiB',
    failed_at       DateTime64(3, 'UTC')        COMMENT 'When it was found'
)
ENGINE = {{.Replacing "failed_at"}}
ORDER BY (topic, position, reason)
TTL toDateTime(failed_at) + INTERVAL 30 DAY
SETTINGS {{.Dedup}}
COMMENT 'Records that could not be used, for 30 days; read with FINAL';

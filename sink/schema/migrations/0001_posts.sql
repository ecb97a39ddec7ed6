-- One row a tagged post. Identity is post_key; of two rows the one collected later holds.
CREATE TABLE IF NOT EXISTS {{.DB}}.posts {{.OnCluster}}
(
    post_key        UInt64                      COMMENT 'xxh64 of source, a zero byte and id: the identity of the post',
    source          LowCardinality(String)      COMMENT 'Where the post was made: bluesky, x, reddit, …',
    id              String                      COMMENT 'Identifier within the source',
    created_at      DateTime64(3, 'UTC')        COMMENT 'When the post was made',
    collected_at    DateTime64(3, 'UTC')        COMMENT 'When a collector saw it; decides between two versions',
    author          String                      COMMENT 'Pseudonym of the author, a keyed hash; never a handle',
    author_key      UInt64                      COMMENT 'Identity of the author within the source, for counting people',
    text            String                      COMMENT 'The post as written; empty after a deletion or the retention time' CODEC(ZSTD(3)),
    url             String                      COMMENT 'Opens the post',
    lang            LowCardinality(String)      COMMENT 'Language, BCP 47; empty where unknown',
    reply_to        String                      COMMENT 'id of the post it answers, or empty',
    place           String                      COMMENT 'Place as the source gives it, or empty',
    simulated       Bool                        COMMENT 'True where no person wrote the post',
    outage          LowCardinality(String)      COMMENT 'report, reaction, news or none',
    outage_score    Float32                     COMMENT 'Probability of the label in outage, 0 to 1',
    sentiment       LowCardinality(String)      COMMENT 'negative, neutral or positive',
    sentiment_score Float32                     COMMENT 'From -1, most negative, to 1',
    `vendors.id`        Array(LowCardinality(String)) COMMENT 'Vendors named: catalogue ids. The other vendors columns go with it, entry by entry',
    `vendors.role`      Array(LowCardinality(String)) COMMENT 'Part of each vendor: blamed, affected, alternative or mentioned',
    `vendors.sentiment` Array(LowCardinality(String)) COMMENT 'Sentiment of the author toward each vendor',
    `vendors.score`     Array(Float32)          COMMENT 'How sure it is that each vendor is meant, 0 to 1',
    `vendors.spans`     Array(Array(Tuple(UInt32, UInt32))) COMMENT 'Where each vendor is named: start and end in bytes of text',
    symptoms        Array(LowCardinality(String)) COMMENT 'What fails: login, playback, payment, …',
    devices         Array(LowCardinality(String)) COMMENT 'On what: ps5, roku, iphone, …',
    places          Array(LowCardinality(String)) COMMENT 'Places named in the text',
    intents         Array(LowCardinality(String)) COMMENT 'churn, refund, help, praise',
    unknown         Array(String)               COMMENT 'Names that look like failing services and are not in the catalogue',
    spam            Float32                     COMMENT 'Probability of advertising or automation, 0 to 1',
    cluster         UInt64                      COMMENT 'Equal for posts with nearly the same words',
    `marks.start`   Array(UInt32)               COMMENT 'Words that decided a label: start of each in bytes of text',
    `marks.end`     Array(UInt32)               COMMENT 'Words that decided a label: end of each in bytes of text',
    `marks.label`   Array(LowCardinality(String)) COMMENT 'Words that decided a label: which label each speaks for',
    model           LowCardinality(String)      COMMENT 'Version of the tagger',
    version         UInt64                      COMMENT 'Milliseconds of collected_at: the higher one of two rows holds',
    deleted         Bool DEFAULT false          COMMENT 'True where the words were removed because the source said so',
    inserted_at     DateTime('UTC') DEFAULT now('UTC') COMMENT 'When the row was written; the retention time of words counts from then',
    INDEX vendor_idx `vendors.id` TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX key_idx post_key TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX author_idx author_key TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = {{.Replacing "version"}}
PARTITION BY toYYYYMM(created_at)
ORDER BY (created_at, post_key)
SETTINGS {{.Dedup}}
COMMENT 'One row a tagged post; read with FINAL';

-- One row a post and vendor.
CREATE TABLE IF NOT EXISTS {{.DB}}.mentions {{.OnCluster}}
(
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor',
    created_at      DateTime64(3, 'UTC')        COMMENT 'When the post was made',
    post_key        UInt64                      COMMENT 'Identity of the post, as in posts',
    author_key      UInt64                      COMMENT 'Identity of the author, for counting people',
    source          LowCardinality(String)      COMMENT 'Where the post was made',
    outage          LowCardinality(String)      COMMENT 'report, reaction, news or none',
    role            LowCardinality(String)      COMMENT 'blamed, affected, alternative or mentioned',
    sentiment       LowCardinality(String)      COMMENT 'Sentiment of the author toward this vendor',
    score           Float32                     COMMENT 'How sure it is that the vendor is meant, 0 to 1',
    symptoms        Array(LowCardinality(String)) COMMENT 'What fails, as in posts',
    devices         Array(LowCardinality(String)) COMMENT 'On what, as in posts',
    spam            Float32                     COMMENT 'Probability of advertising or automation, 0 to 1',
    cluster         UInt64                      COMMENT 'Equal for posts with nearly the same words',
    simulated       Bool                        COMMENT 'True where no person wrote the post',
    version         UInt64                      COMMENT 'As in posts'
)
ENGINE = {{.Replacing "version"}}
PARTITION BY toYYYYMM(created_at)
ORDER BY (vendor, created_at, post_key)
SETTINGS {{.Dedup}}
COMMENT 'One row a post and vendor; read with FINAL';

CREATE MATERIALIZED VIEW IF NOT EXISTS {{.DB}}.mentions_mv {{.OnCluster}} TO {{.DB}}.mentions AS
SELECT
    vendor, created_at, post_key, author_key, source, outage, role,
    mention_sentiment AS sentiment, score, symptoms, devices, spam, cluster, simulated, version
FROM
(
    SELECT created_at, post_key, author_key, source, outage, symptoms, devices, spam, cluster, simulated, version,
           vendor, role, mention_sentiment, score
    FROM {{.DB}}.posts
    ARRAY JOIN `vendors.id` AS vendor, `vendors.role` AS role, `vendors.sentiment` AS mention_sentiment, `vendors.score` AS score
);

-- Minutes by vendor: sets of posts and of authors, so that a row seen twice changes nothing.
CREATE TABLE IF NOT EXISTS {{.DB}}.vendor_minutes {{.OnCluster}}
(
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor',
    minute          DateTime('UTC')             COMMENT 'Start of the minute in which the posts were made',
    source          LowCardinality(String)      COMMENT 'Where the posts were made',
    outage          LowCardinality(String)      COMMENT 'report, reaction, news or none',
    role            LowCardinality(String)      COMMENT 'Part of the vendor in the posts',
    sentiment       LowCardinality(String)      COMMENT 'Sentiment toward the vendor',
    simulated       Bool                        COMMENT 'True where no person wrote the posts',
    posts           AggregateFunction(uniqCombined64(20), UInt64) COMMENT 'Set of posts; read with uniqCombined64Merge(20)',
    authors         AggregateFunction(uniqCombined64(20), UInt64) COMMENT 'Set of authors; read with uniqCombined64Merge(20)'
)
ENGINE = {{.Aggregating}}
PARTITION BY toYYYYMM(minute)
ORDER BY (vendor, minute, source, outage, role, sentiment, simulated)
SETTINGS {{.Dedup}}
COMMENT 'Posts and authors by vendor and minute, spam left out';

CREATE MATERIALIZED VIEW IF NOT EXISTS {{.DB}}.vendor_minutes_mv {{.OnCluster}} TO {{.DB}}.vendor_minutes AS
SELECT
    vendor, toStartOfMinute(toDateTime(created_at, 'UTC')) AS minute, source, outage, role, sentiment, simulated,
    uniqCombined64State(20)(post_key) AS posts,
    uniqCombined64State(20)(author_key) AS authors
FROM {{.DB}}.mentions
WHERE spam < 0.5
GROUP BY vendor, minute, source, outage, role, sentiment, simulated;

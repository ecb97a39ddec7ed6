-- What analysts read. Each view counts a post once and hides deleted words, those
-- still on the disk too: deletions that came after the last scrub, less the ten
-- minutes that a row may need to become visible.
CREATE VIEW IF NOT EXISTS {{.DB}}.v_posts {{.OnCluster}}
(
    post_key        UInt64                      COMMENT 'Identity of the post',
    source          LowCardinality(String)      COMMENT 'Where the post was made: bluesky, x, reddit, …',
    id              String                      COMMENT 'Identifier within the source',
    created_at      DateTime64(3, 'UTC')        COMMENT 'When the post was made',
    collected_at    DateTime64(3, 'UTC')        COMMENT 'When a collector saw it',
    author          String                      COMMENT 'Pseudonym of the author, a keyed hash; never a handle',
    author_key      UInt64                      COMMENT 'Identity of the author within the source, for counting people',
    lang            LowCardinality(String)      COMMENT 'Language, BCP 47; empty where unknown',
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
    spam            Float32                     COMMENT 'Probability of advertising or automation, 0 to 1',
    cluster         UInt64                      COMMENT 'Equal for posts with nearly the same words',
    `marks.start`   Array(UInt32)               COMMENT 'Words that decided a label: start of each in bytes of text',
    `marks.end`     Array(UInt32)               COMMENT 'Words that decided a label: end of each in bytes of text',
    `marks.label`   Array(LowCardinality(String)) COMMENT 'Words that decided a label: which label each speaks for',
    model           LowCardinality(String)      COMMENT 'Version of the tagger',
    inserted_at     DateTime('UTC')             COMMENT 'When the row was written',
    deleted         Bool                        COMMENT 'True where the post was deleted at its source: its words are gone, it still counts',
    text            String                      COMMENT 'The post as written; empty after a deletion or the retention time',
    url             String                      COMMENT 'Opens the post',
    reply_to        String                      COMMENT 'id of the post it answers, or empty',
    place           String                      COMMENT 'Place as the source gives it, or empty',
    unknown         Array(String)               COMMENT 'Names that look like failing services and are not in the catalogue'
)
AS SELECT
    p.* EXCEPT (deleted, text, url, reply_to, place, unknown, version, forgotten),
    p.forgotten AS deleted,
    if(p.forgotten, '', p.text) AS text,
    if(p.forgotten, '', p.url) AS url,
    if(p.forgotten, '', p.reply_to) AS reply_to,
    if(p.forgotten, '', p.place) AS place,
    if(p.forgotten, [], p.unknown) AS unknown
FROM
(
    SELECT
        *,
        deleted
            OR post_key IN (SELECT post_key FROM {{.DB}}.deletions WHERE post_key != 0 AND inserted_at >= (SELECT max(up_to) - INTERVAL 10 MINUTE FROM {{.DB}}.scrubs))
            OR author_key IN (SELECT author_key FROM {{.DB}}.deletions WHERE author_key != 0 AND inserted_at >= (SELECT max(up_to) - INTERVAL 10 MINUTE FROM {{.DB}}.scrubs))
            AS forgotten
    FROM {{.DB}}.posts FINAL
) AS p
COMMENT 'Posts, each once; words of deleted ones hidden';

CREATE VIEW IF NOT EXISTS {{.DB}}.v_mentions {{.OnCluster}}
(
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor',
    created_at      DateTime64(3, 'UTC')        COMMENT 'When the post was made',
    post_key        UInt64                      COMMENT 'Identity of the post, as in v_posts',
    author_key      UInt64                      COMMENT 'Identity of the author, for counting people',
    source          LowCardinality(String)      COMMENT 'Where the post was made',
    outage          LowCardinality(String)      COMMENT 'report, reaction, news or none',
    role            LowCardinality(String)      COMMENT 'blamed, affected, alternative or mentioned',
    sentiment       LowCardinality(String)      COMMENT 'Sentiment of the author toward this vendor',
    score           Float32                     COMMENT 'How sure it is that the vendor is meant, 0 to 1',
    symptoms        Array(LowCardinality(String)) COMMENT 'What fails, as in v_posts',
    devices         Array(LowCardinality(String)) COMMENT 'On what, as in v_posts',
    spam            Float32                     COMMENT 'Probability of advertising or automation, 0 to 1',
    cluster         UInt64                      COMMENT 'Equal for posts with nearly the same words',
    simulated       Bool                        COMMENT 'True where no person wrote the post'
)
AS SELECT * EXCEPT (version) FROM {{.DB}}.mentions FINAL
COMMENT 'Posts by vendor, each pair once';

CREATE VIEW IF NOT EXISTS {{.DB}}.v_vendor_minutes {{.OnCluster}}
(
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor',
    minute          DateTime('UTC')             COMMENT 'Start of the minute in which the posts were made',
    reports         UInt64                      COMMENT 'Posts that report an outage',
    reactions       UInt64                      COMMENT 'Posts that react to one',
    news            UInt64                      COMMENT 'Posts that pass on news of one',
    all_posts       UInt64                      COMMENT 'All posts that name the vendor, those that are about no outage too',
    report_authors  UInt64                      COMMENT 'People who report, each once',
    blaming_authors UInt64                      COMMENT 'People who blame the vendor, each once',
    all_authors     UInt64                      COMMENT 'People who name the vendor, each once'
)
AS SELECT
    vendor, minute,
    uniqCombined64MergeIf(20)(posts, outage = 'report')   AS reports,
    uniqCombined64MergeIf(20)(posts, outage = 'reaction') AS reactions,
    uniqCombined64MergeIf(20)(posts, outage = 'news')     AS news,
    uniqCombined64Merge(20)(posts)                        AS all_posts,
    uniqCombined64MergeIf(20)(authors, outage = 'report') AS report_authors,
    uniqCombined64MergeIf(20)(authors, role = 'blamed')   AS blaming_authors,
    uniqCombined64Merge(20)(authors)                      AS all_authors
FROM {{.DB}}.vendor_minutes
GROUP BY vendor, minute
COMMENT 'Posts and people by vendor and minute, spam left out';

CREATE VIEW IF NOT EXISTS {{.DB}}.v_source_minutes {{.OnCluster}}
(
    source          LowCardinality(String)      COMMENT 'Where the posts were made',
    minute          DateTime('UTC')             COMMENT 'Start of the minute in which the posts were made',
    seen            UInt64                      COMMENT 'Posts that the tagger has seen, stored or not',
    stored          UInt64                      COMMENT 'Those that are in v_posts',
    last_collected  DateTime64(3, 'UTC')        COMMENT 'When the newest of them was collected'
)
AS SELECT
    source, minute,
    uniqCombined64Merge(20)(posts)                        AS seen,
    uniqCombined64MergeIf(20)(posts, outcome = 'stored')  AS stored,
    max(source_minutes.last_collected)                    AS last_collected
FROM {{.DB}}.source_minutes
GROUP BY source, minute
COMMENT 'Posts seen by source and minute';

-- What the author expresses above all.
ALTER TABLE {{.DB}}.posts {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS emotion LowCardinality(String) COMMENT 'anger, disgust, fear, joy, sadness, surprise or empty' AFTER sentiment_score;

CREATE OR REPLACE VIEW {{.DB}}.v_posts {{.OnCluster}}
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
    emotion         LowCardinality(String)      COMMENT 'anger, disgust, fear, joy, sadness, surprise or empty',
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

-- Questions that people keep for later.
CREATE TABLE IF NOT EXISTS {{.DB}}.questions {{.OnCluster}}
(
    id              String                      COMMENT 'Identifier',
    title           String                      COMMENT 'What it asks, in words',
    sql             String                      COMMENT 'The query',
    removed         Bool                        COMMENT 'True where it was taken away',
    version         UInt64                      COMMENT 'The higher one of two rows holds'
)
ENGINE = {{.Replacing "version"}}
ORDER BY id
SETTINGS {{.Dedup}}
COMMENT 'Saved questions of the page Explore; read with FINAL';

CREATE VIEW IF NOT EXISTS {{.DB}}.v_statements {{.OnCluster}}
(
    id              String                      COMMENT 'Identifier',
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor that speaks',
    at              DateTime64(3, 'UTC')        COMMENT 'When it was said',
    kind            LowCardinality(String)      COMMENT 'deny, diminish, apologise, instruct, explain, blame supplier, humour, compensate',
    text            String                      COMMENT 'What was said',
    url             String                      COMMENT 'Opens it',
    simulated       Bool                        COMMENT 'True where nobody said it in these words'
)
AS SELECT id, vendor, at, kind, text, url, simulated FROM {{.DB}}.statements FINAL WHERE text != ''
COMMENT 'Public statements of companies';

CREATE VIEW IF NOT EXISTS {{.DB}}.v_official_events {{.OnCluster}}
(
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor',
    event_id        String                      COMMENT 'Identifier on the status page',
    at              DateTime64(3, 'UTC')        COMMENT 'When the vendor wrote it',
    status          LowCardinality(String)      COMMENT 'investigating, identified, monitoring, resolved, …',
    impact          LowCardinality(String)      COMMENT 'none, minor, major, critical, maintenance',
    title           String                      COMMENT 'Headline',
    text            String                      COMMENT 'Body',
    url             String                      COMMENT 'Opens the entry',
    simulated       Bool                        COMMENT 'True where no vendor wrote it'
)
AS SELECT vendor, event_id, at, status, impact, title, text, url, simulated FROM {{.DB}}.official_events FINAL
COMMENT 'Entries of official status pages';

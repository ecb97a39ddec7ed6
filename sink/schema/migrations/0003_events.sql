-- What vendors say of themselves on their status pages.
CREATE TABLE IF NOT EXISTS {{.DB}}.official_events {{.OnCluster}}
(
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor',
    event_id        String                      COMMENT 'Identifier on the status page',
    at              DateTime64(3, 'UTC')        COMMENT 'When the vendor wrote it',
    status          LowCardinality(String)      COMMENT 'investigating, identified, monitoring, resolved, …',
    impact          LowCardinality(String)      COMMENT 'none, minor, major, critical, maintenance',
    title           String                      COMMENT 'Headline',
    text            String                      COMMENT 'Body',
    url             String                      COMMENT 'Opens the entry',
    simulated       Bool                        COMMENT 'True where no vendor wrote it',
    collected_at    DateTime64(3, 'UTC')        COMMENT 'When a collector saw it'
)
ENGINE = {{.Replacing "collected_at"}}
ORDER BY (vendor, at, event_id, status)
SETTINGS {{.Dedup}}
COMMENT 'Entries of official status pages; read with FINAL';

-- What companies say in public about an outage.
CREATE TABLE IF NOT EXISTS {{.DB}}.statements {{.OnCluster}}
(
    id              String                      COMMENT 'Identifier',
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor that speaks',
    at              DateTime64(3, 'UTC')        COMMENT 'When it was said',
    kind            LowCardinality(String)      COMMENT 'deny, diminish, apologise, instruct, explain, blame supplier, humour, compensate',
    text            String                      COMMENT 'What was said',
    url             String                      COMMENT 'Opens it',
    simulated       Bool                        COMMENT 'True where nobody said it',
    version         UInt64                      COMMENT 'The higher one of two rows holds'
)
ENGINE = {{.Replacing "version"}}
ORDER BY id
SETTINGS {{.Dedup}}
COMMENT 'Public statements of companies; read with FINAL';

-- Incidents as the detector sees them.
CREATE TABLE IF NOT EXISTS {{.DB}}.incidents {{.OnCluster}}
(
    id              String                      COMMENT 'Identifier',
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor that fails',
    state           LowCardinality(String)      COMMENT 'watch, signal, confirmed, recovering, closed',
    opened_at       DateTime64(3, 'UTC')        COMMENT 'First signal',
    confirmed_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'When a second kind of evidence agreed',
    closed_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was over',
    cause           LowCardinality(String)      COMMENT 'Catalogue id of the supplier at the root, or empty',
    severity        Float32                     COMMENT 'Breadth times depth, 0 to 5',
    reasons         Array(String)               COMMENT 'Why each state was entered, in order',
    posts           Array(UInt64)               COMMENT 'post_key of representative posts',
    simulated       Bool                        COMMENT 'True where no person wrote the posts',
    version         UInt64                      COMMENT 'The higher one of two rows holds'
)
ENGINE = {{.Replacing "version"}}
ORDER BY id
SETTINGS {{.Dedup}}
COMMENT 'Incidents by vendor; read with FINAL';

-- What was sent to whom.
CREATE TABLE IF NOT EXISTS {{.DB}}.notifications {{.OnCluster}}
(
    id              String                      COMMENT 'Identifier; the same for each try',
    incident        String                      COMMENT 'Incident it speaks of',
    channel         LowCardinality(String)      COMMENT 'Name of the channel',
    state           LowCardinality(String)      COMMENT 'pending, sent, failed',
    at              DateTime64(3, 'UTC')        COMMENT 'When the state was entered',
    detail          String                      COMMENT 'Error of a failed try',
    version         UInt64                      COMMENT 'The higher one of two rows holds'
)
ENGINE = {{.Replacing "version"}}
ORDER BY id
SETTINGS {{.Dedup}}
COMMENT 'Notifications and whether the receiver took them; read with FINAL';

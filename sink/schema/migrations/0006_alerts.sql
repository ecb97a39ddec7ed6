-- What the detector knows of an incident, beside its states.
ALTER TABLE {{.DB}}.incidents {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS seen_at            DateTime64(3, 'UTC')   COMMENT 'End of the last minute that is counted in this row' AFTER closed_at,
    ADD COLUMN IF NOT EXISTS official_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'When a status page, of the vendor or of the cause, first admitted it' AFTER seen_at,
    ADD COLUMN IF NOT EXISTS cause_probability  Float32                COMMENT 'Probability that the cause is behind it, 0 to 1' AFTER cause,
    ADD COLUMN IF NOT EXISTS misattributed      LowCardinality(String) COMMENT 'Vendor that the crowd blames although the evidence points to the cause, or empty' AFTER cause_probability,
    ADD COLUMN IF NOT EXISTS authors            UInt32                 COMMENT 'People who reported, each once an hour' AFTER severity,
    ADD COLUMN IF NOT EXISTS reactions          UInt32                 COMMENT 'People who only reacted' AFTER authors,
    ADD COLUMN IF NOT EXISTS peak_per_minute    Float32                COMMENT 'Most reports a minute, over five minutes' AFTER reactions,
    ADD COLUMN IF NOT EXISTS expected_per_minute Float32               COMMENT 'Reports a minute that were expected then' AFTER peak_per_minute,
    ADD COLUMN IF NOT EXISTS score              Float32                COMMENT 'Strongest evidence, as -log10 of the probability that it came by chance' AFTER expected_per_minute,
    ADD COLUMN IF NOT EXISTS blamed             Map(LowCardinality(String), UInt32) COMMENT 'People who blame each vendor' AFTER score,
    ADD COLUMN IF NOT EXISTS facets             Map(String, UInt32)    COMMENT 'What fails, on what and where, with reports: symptom login, device ps3, place ohio' AFTER blamed;

-- How incidents went from state to state.
CREATE TABLE IF NOT EXISTS {{.DB}}.incident_changes {{.OnCluster}}
(
    incident        String                      COMMENT 'Incident that changed',
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor',
    at              DateTime64(3, 'UTC')        COMMENT 'End of the minute that brought it',
    from_state      LowCardinality(String)      COMMENT 'State before',
    to_state        LowCardinality(String)      COMMENT 'State after: signal, confirmed, recovering, closed',
    reason          String                      COMMENT 'Why, in words',
    score           Float32                     COMMENT 'Evidence, as -log10 of the probability that it came by chance; 0 where none was asked for',
    window_minutes  UInt16                      COMMENT 'Minutes that the counts are of',
    observed        Float32                     COMMENT 'Reports in these minutes, copies weighed less',
    expected        Float32                     COMMENT 'Reports that were expected in them',
    posts           Array(UInt64)               COMMENT 'post_key of reports behind it',
    version         UInt64                      COMMENT 'The higher one of two rows holds'
)
ENGINE = {{.Replacing "version"}}
ORDER BY (incident, at, to_state)
SETTINGS {{.Dedup}}
COMMENT 'Changes of state of incidents; read with FINAL';

-- The detector written down, so that the role can stop at any moment.
CREATE TABLE IF NOT EXISTS {{.DB}}.detector_states {{.OnCluster}}
(
    name            LowCardinality(String)      COMMENT 'Which detector',
    position        DateTime('UTC')             COMMENT 'All minutes before are counted',
    state           String                      COMMENT 'The detector, packed' CODEC(NONE),
    outcome         String                      COMMENT 'Incidents and changes of the last step, as JSON: written again after a crash',
    version         UInt64                      COMMENT 'The higher one of two rows holds',
    saved_at        DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it was written'
)
ENGINE = {{.Replacing "version"}}
ORDER BY name
SETTINGS {{.Dedup}}
COMMENT 'State of the spike detector; read with FINAL';

-- Who does what only one may do.
CREATE TABLE IF NOT EXISTS {{.DB}}.leases {{.OnCluster}}
(
    name            LowCardinality(String)      COMMENT 'What is held',
    holder          String                      COMMENT 'Process that wants it',
    since           DateTime64(3, 'UTC')        COMMENT 'When the process began to want it: the earliest has it',
    seen_at         DateTime64(3, 'UTC')        COMMENT 'Last sign of life'
)
ENGINE = {{.Replacing "seen_at"}}
ORDER BY (name, holder)
TTL toDateTime(seen_at) + INTERVAL 1 DAY
SETTINGS {{.Dedup}}
COMMENT 'Which process runs a role that only one may run; read with FINAL';

-- What people do about alerts.
CREATE TABLE IF NOT EXISTS {{.DB}}.alert_actions {{.OnCluster}}
(
    id              String                      COMMENT 'Identifier',
    kind            LowCardinality(String)      COMMENT 'silence, acknowledge, false_alarm',
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor; empty: all',
    incident        String                      COMMENT 'Incident it is about; empty for a silence of a vendor',
    starts_at       DateTime64(3, 'UTC')        COMMENT 'From when it holds',
    ends_at         Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when a silence holds; empty: for good',
    authors         UInt32                      COMMENT 'People who had reported when a false alarm was marked',
    who             String                      COMMENT 'Who did it',
    note            String                      COMMENT 'Why',
    revoked         Bool                        COMMENT 'True where it was taken back',
    version         UInt64                      COMMENT 'The higher one of two rows holds'
)
ENGINE = {{.Replacing "version"}}
ORDER BY id
SETTINGS {{.Dedup}}
COMMENT 'Silences, acknowledgements and false alarms; read with FINAL';

ALTER TABLE {{.DB}}.notifications {{.OnCluster}}
    ADD COLUMN IF NOT EXISTS rule       LowCardinality(String)  COMMENT 'Rule that asked for it' AFTER channel,
    ADD COLUMN IF NOT EXISTS thread     String                  COMMENT 'What belongs together: the first incident of the group' AFTER rule,
    ADD COLUMN IF NOT EXISTS number     UInt32                  COMMENT 'Place in the thread, from 1' AFTER thread,
    ADD COLUMN IF NOT EXISTS event      LowCardinality(String)  COMMENT 'opened, updated, resolved, joined, test' AFTER number,
    ADD COLUMN IF NOT EXISTS incidents  Array(String)           COMMENT 'Incidents it speaks of' AFTER event,
    ADD COLUMN IF NOT EXISTS digest     String                  COMMENT 'What it said, in short: another digest is news' AFTER incidents,
    ADD COLUMN IF NOT EXISTS title      String                  COMMENT 'Headline as sent' AFTER digest,
    ADD COLUMN IF NOT EXISTS reference  String                  COMMENT 'What the receiver calls it' AFTER title,
    ADD COLUMN IF NOT EXISTS attempts   UInt16                  COMMENT 'How often it was tried' AFTER reference;

CREATE VIEW IF NOT EXISTS {{.DB}}.v_incidents {{.OnCluster}}
(
    id              String                      COMMENT 'Identifier: vendor and minute of the first signal',
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor that fails',
    state           LowCardinality(String)      COMMENT 'signal, confirmed, recovering, closed',
    opened_at       DateTime64(3, 'UTC')        COMMENT 'First signal',
    confirmed_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'When a second kind of evidence agreed',
    closed_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was over',
    seen_at         DateTime64(3, 'UTC')        COMMENT 'End of the last minute that is counted',
    official_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'When a status page first admitted it',
    lead_minutes    Nullable(Float64)           COMMENT 'Minutes by which the crowd was before the status page; negative where the page was first',
    cause           LowCardinality(String)      COMMENT 'Supplier at the root, or empty',
    cause_probability Float32                   COMMENT 'Probability of the cause, 0 to 1',
    misattributed   LowCardinality(String)      COMMENT 'Vendor blamed wrongly, or empty',
    severity        Float32                     COMMENT 'Orders of magnitude above a usual hour, times the part of the people who report',
    authors         UInt32                      COMMENT 'People who reported, each once an hour',
    reactions       UInt32                      COMMENT 'People who only reacted',
    peak_per_minute Float32                     COMMENT 'Most reports a minute, over five minutes',
    expected_per_minute Float32                 COMMENT 'Reports a minute that were expected then',
    score           Float32                     COMMENT 'Strongest evidence, -log10 of chance',
    blamed          Map(LowCardinality(String), UInt32) COMMENT 'People who blame each vendor',
    facets          Map(String, UInt32)         COMMENT 'What fails, on what and where, with reports',
    reasons         Array(String)               COMMENT 'Why each state was entered, in order',
    posts           Array(UInt64)               COMMENT 'post_key of representative posts, as in v_posts',
    simulated       Bool                        COMMENT 'True where no person wrote the posts'
)
AS SELECT
    id, vendor, state, opened_at, confirmed_at, closed_at, seen_at, official_at,
    dateDiff('second', opened_at, official_at) / 60 AS lead_minutes,
    cause, cause_probability, misattributed, severity, authors, reactions, peak_per_minute, expected_per_minute, score,
    blamed, facets, reasons, posts, simulated
FROM {{.DB}}.incidents FINAL
COMMENT 'Incidents as the detector sees them';

CREATE VIEW IF NOT EXISTS {{.DB}}.v_status_honesty {{.OnCluster}}
(
    vendor          LowCardinality(String)      COMMENT 'Catalogue id of the vendor',
    incidents       UInt64                      COMMENT 'Confirmed incidents of the last 90 days that the vendor, not a supplier, was behind',
    admitted        UInt64                      COMMENT 'Those that a status page admitted',
    delay_minutes   Float64                     COMMENT 'Mean minutes from the first signal to the admission: 0 where the page was first, 240 where it never came',
    grade           LowCardinality(String)      COMMENT 'A below 15 minutes, B below 30, C below 120, D below 240, else F'
)
AS SELECT
    vendor, count() AS incidents, countIf(official_at IS NOT NULL) AS admitted,
    avg(if(official_at IS NULL, 240, least(240, greatest(0, dateDiff('second', opened_at, assumeNotNull(official_at)) / 60)))) AS delay_minutes,
    multiIf(delay_minutes < 15, 'A', delay_minutes < 30, 'B', delay_minutes < 120, 'C', delay_minutes < 240, 'D', 'F') AS grade
FROM {{.DB}}.incidents FINAL
WHERE confirmed_at IS NOT NULL AND cause = '' AND opened_at > (SELECT max(opened_at) FROM {{.DB}}.incidents) - INTERVAL 90 DAY
GROUP BY vendor
COMMENT 'How soon status pages admit what people report';

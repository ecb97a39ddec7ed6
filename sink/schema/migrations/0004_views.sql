-- What analysts and pages read. Each view counts a post once and hides deleted words.
CREATE VIEW IF NOT EXISTS {{.DB}}.v_posts {{.OnCluster}} AS
SELECT
    p.* EXCEPT (text, url, version),
    p.post_key IN (SELECT post_key FROM {{.DB}}.deletions WHERE post_key != 0)
        OR p.author_key IN (SELECT author_key FROM {{.DB}}.deletions WHERE author_key != 0) AS deleted,
    if(deleted, '', p.text) AS text,
    if(deleted, '', p.url) AS url
FROM {{.DB}}.posts AS p FINAL;

CREATE VIEW IF NOT EXISTS {{.DB}}.v_mentions {{.OnCluster}} AS
SELECT * EXCEPT (version) FROM {{.DB}}.mentions FINAL;

CREATE VIEW IF NOT EXISTS {{.DB}}.v_vendor_minutes {{.OnCluster}} AS
SELECT
    vendor, minute,
    uniqCombined64MergeIf(20)(posts, outage = 'report')   AS reports,
    uniqCombined64MergeIf(20)(posts, outage = 'reaction') AS reactions,
    uniqCombined64MergeIf(20)(posts, outage = 'news')     AS news,
    uniqCombined64Merge(20)(posts)                        AS all_posts,
    uniqCombined64MergeIf(20)(authors, outage = 'report') AS report_authors,
    uniqCombined64MergeIf(20)(authors, role = 'blamed')   AS blaming_authors,
    uniqCombined64Merge(20)(authors)                      AS all_authors
FROM {{.DB}}.vendor_minutes
GROUP BY vendor, minute;

CREATE VIEW IF NOT EXISTS {{.DB}}.v_source_minutes {{.OnCluster}} AS
SELECT
    source, minute,
    uniqCombined64Merge(20)(posts)                        AS seen,
    uniqCombined64MergeIf(20)(posts, outcome = 'stored')  AS stored,
    max(last_collected)                               AS last_collected
FROM {{.DB}}.source_minutes
GROUP BY source, minute;

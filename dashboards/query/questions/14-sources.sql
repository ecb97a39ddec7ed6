-- How many posts come from where, and how many are kept?
SELECT source, sum(seen) AS seen, sum(stored) AS stored, round(stored / seen, 3) AS part
FROM v_source_minutes
GROUP BY source
ORDER BY seen DESC
LIMIT 50

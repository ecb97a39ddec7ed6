-- Which incidents were there, and how severe?
SELECT opened_at, vendor, state, round(severity, 2) AS severity, authors, cause, lead_minutes
FROM v_incidents
ORDER BY opened_at DESC
LIMIT 100

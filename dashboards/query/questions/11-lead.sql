-- By how many minutes was the crowd before the status page?
SELECT vendor, count() AS incidents, round(quantile(0.5)(lead_minutes), 1) AS median_lead_minutes
FROM v_incidents
WHERE lead_minutes IS NOT NULL
GROUP BY vendor
ORDER BY incidents DESC
LIMIT 50

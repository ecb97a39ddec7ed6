-- Which vendors were most people's trouble, by day?
SELECT toDate(minute) AS day, vendor, sum(reports) AS reports, sum(reactions) AS reactions
FROM v_vendor_minutes
GROUP BY day, vendor
ORDER BY day DESC, reports DESC
LIMIT 50

-- How did reports of one vendor rise and fall?
SELECT minute, reports, reactions
FROM v_vendor_minutes
WHERE vendor = 'netflix'
ORDER BY minute
LIMIT 1000

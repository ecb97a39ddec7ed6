-- Which status pages admit what people report?
SELECT * FROM v_status_honesty ORDER BY delay_minutes LIMIT 50

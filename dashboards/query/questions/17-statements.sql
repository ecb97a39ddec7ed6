-- What was said, and by whom?
SELECT at, vendor, kind, text FROM v_statements ORDER BY at DESC LIMIT 50

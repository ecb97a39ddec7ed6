-- When the stored posts since a time begin.
SELECT min(m.minute) AS first FROM source_minutes AS m WHERE m.minute >= {since:DateTime64(3)}

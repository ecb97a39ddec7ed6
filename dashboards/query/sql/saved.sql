SELECT id, title, sql FROM questions FINAL WHERE NOT removed ORDER BY title, id LIMIT 200

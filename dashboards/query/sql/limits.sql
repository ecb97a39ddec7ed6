SELECT toUInt64(getSetting('max_execution_time')) AS seconds, toUInt64(getSetting('max_memory_usage')) AS memory,
    toUInt64(getSetting('max_rows_to_read')) AS read, toUInt64(getSetting('max_result_rows')) AS rows

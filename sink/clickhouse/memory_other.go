//go:build !linux

package clickhouse

// machineMemory is a guess where there is no embedded server to need it.
func machineMemory() int64 { return 8 << 30 }

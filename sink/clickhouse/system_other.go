//go:build !linux

package clickhouse

import "syscall"

// machineMemory is a guess where there is no embedded server to need it.
func machineMemory() int64 { return 8 << 30 }

// endWithParent asks for nothing: the child watches its standard input.
func endWithParent() *syscall.SysProcAttr { return nil }

package clickhouse

import "syscall"

// machineMemory is how many bytes of memory the machine has.
func machineMemory() int64 {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return 8 << 30
	}
	return int64(info.Totalram) * int64(info.Unit)
}

// endWithParent makes the kernel kill the child when the thread that started it
// ends. It is the second rope: the first is that the child watches its standard input.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

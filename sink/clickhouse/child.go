package clickhouse

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/ebitengine/purego"
)

// keepRunning never ends by itself: the library serves as long as its query runs.
// It sleeps in small steps, because only between them it notices that it is killed.
const (
	sleeping       = "SELECT sleepEachRow(0.2) FROM system.numbers"
	keepRunning    = sleeping + " SETTINGS max_block_size = 1, max_threads = 1 FORMAT Null"
	startListening = "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; "
)

// EngineMain is the child process: it loads the library and is a ClickHouse server
// until its standard input closes, which happens when the parent ends, however it
// ends. Then it ends at once, which ClickHouse is made for: what it has
// acknowledged is in files. It also ends, in order, when the query that keeps it
// running is killed. args are those that startChild gives.
func EngineMain(args []string) int {
	flags := flag.NewFlagSet("engine", flag.ContinueOnError)
	library := flags.String("library", "", "path of libchdb")
	conf := flags.String("config", "", "configuration file")
	data := flags.String("path", "", "data folder")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	// A terminal's Ctrl-C goes to the whole group; the parent decides when to end.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	handle, err := purego.Dlopen(*library, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		fmt.Fprintf(os.Stderr, "loading the ClickHouse library: %v\n", err)
		return 1
	}
	symbol, err := purego.Dlsym(handle, "chdb_query_cmdline")
	if err != nil {
		fmt.Fprintf(os.Stderr, "loading the ClickHouse library: %v\n", err)
		return 1
	}
	if r, err := thisRelease(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	} else if err := r.handler.apply(symbol); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	runtime.LockOSThread()
	argv := cStrings("clickhouse", "--log-level", "warning", "--config-file", *conf, "--path", *data, "--query", startListening+keepRunning)
	purego.SyscallN(symbol, uintptr(len(argv)-1), uintptr(unsafe.Pointer(&argv[0])))
	runtime.KeepAlive(argv)
	return 0
}

// cStrings gives an argv for C: strings that end in a zero byte, and a nil at the end.
func cStrings(args ...string) []*byte {
	argv := make([]*byte, 0, len(args)+1)
	for _, a := range args {
		argv = append(argv, &append([]byte(a), 0)[0])
	}
	return append(argv, nil)
}

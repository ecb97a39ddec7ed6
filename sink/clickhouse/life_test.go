package clickhouse_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// start starts a server of the test's own.
func start(t *testing.T, o clickhouse.EngineOptions) *clickhouse.Engine {
	t.Helper()
	e, err := clickhouse.StartEngine(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waiting in vain: %s", what)
		case <-tick.C:
		}
	}
}

func TestDataOutliveTheServer(t *testing.T) {
	t.Parallel()
	o := clickhousetest.Options(t.TempDir())
	for i, end := range []func(*clickhouse.Engine){
		func(e *clickhouse.Engine) { _ = e.Close() },
		func(e *clickhouse.Engine) { // kill -9
			if err := syscall.Kill(e.PID(), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			<-e.Ended()
			if err := e.Err(); err == nil || !strings.Contains(err.Error(), "signal: killed") {
				t.Errorf("the end of the server is explained as %v", err)
			}
		},
		func(e *clickhouse.Engine) { _ = e.Close(); _ = e.Close() },
	} {
		e := start(t, o)
		cfg := clickhousetest.Config(e)
		if _, err := clickhouse.Migrate(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
		if n := clickhousetest.Count(t, conn, "SELECT count() FROM posts"); n != uint64(i) {
			t.Errorf("start %d finds %d rows, want %d", i, n, i)
		}
		if err := conn.Exec(t.Context(), "INSERT INTO posts (post_key, created_at) VALUES (?, now())", uint64(i)); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		end(e)
	}
}

// A terminal's Ctrl-C reaches the server too; only its parent decides.
func TestSignalsDoNotEndTheServer(t *testing.T) {
	t.Parallel()
	e := start(t, clickhousetest.Options(t.TempDir()))
	cfg := clickhousetest.Config(e)
	cfg.Database = "default" // no schema is needed here
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		if err := syscall.Kill(e.PID(), s); err != nil {
			t.Fatal(err)
		}
		answers(t, conn)
	}
}

// parent is the test binary as a process that runs a server and waits.
const parentEnv = "OUTCRY_TEST_PARENT"

func runAsParent(dir string) {
	e, err := clickhouse.StartEngine(context.Background(), clickhousetest.Options(dir))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(e.PID())
	select {}
}

// The server ends when the process that started it ends, however that ends.
func TestServerEndsWithItsParent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentEnv+"="+dir)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the parent says: %s", line)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	eventually(t, "the server is gone", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) })
	start(t, clickhousetest.Options(dir)) // and its folder is free
}

// zombie says whether a process has ended and waits for somebody to ask.
func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(b), ") Z ")
}

func TestStartsThatFail(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	inUse := start(t, clickhousetest.Options(t.TempDir()))
	damagedPasswords := t.TempDir()
	if err := os.WriteFile(filepath.Join(damagedPasswords, "credentials.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*clickhouse.EngineOptions){
		fmt.Sprintf("port %d on 127.0.0.1 is taken: stop what uses it, or set clickhouse.embedded_tcp_port", port): func(o *clickhouse.EngineOptions) {
			o.Config.EmbeddedTCPPort = port
		},
		"or set clickhouse.embedded_http_port to another port (0 picks a free one)": func(o *clickhouse.EngineOptions) {
			o.Config.EmbeddedHTTPPort = port
		},
		"another server uses the data folder " + inUse.Dir() + "; stop it, or choose another folder with --data-dir": func(o *clickhouse.EngineOptions) {
			o.DataDir = inUse.Dir()
		},
		"make " + file + "/data writable, or choose another folder with --data-dir": func(o *clickhouse.EngineOptions) {
			o.DataDir = file + "/data"
		},
		"the ClickHouse library is not at " + file + "-none/": func(o *clickhouse.EngineOptions) {
			o.LibraryDir = file + "-none"
		},
		"clickhouse.username is \"o'brien\"; for the embedded server it must be letters, digits and _": func(o *clickhouse.EngineOptions) {
			o.Config.Username = "o'brien"
		},
		"are both \"outcry\"; they must differ":                             func(o *clickhouse.EngineOptions) { o.Config.ReaderUsername = "outcry" },
		"credentials.json: it is damaged; remove it and start outcry again": func(o *clickhouse.EngineOptions) { o.DataDir = damagedPasswords },
	} {
		o := clickhousetest.Options(filepath.Join(t.TempDir(), "data"))
		change(&o)
		e, err := clickhouse.StartEngine(t.Context(), o)
		if err == nil {
			_ = e.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), "starting the embedded ClickHouse: ") || !strings.Contains(err.Error(), says) {
			t.Errorf("error is %v, want one that says %q", err, says)
		}
	}
}

// A library with a wrong byte is found out, whether it is cut short or not.
func TestDamagedLibrary(t *testing.T) {
	t.Parallel()
	good, err := clickhouse.EngineStatus(clickhousetest.Defaults().EngineDir)
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(good.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	info, err := from.Stat()
	if err != nil {
		t.Fatal(err)
	}
	o := clickhousetest.Options(filepath.Join(t.TempDir(), "data"))
	o.LibraryDir = t.TempDir()
	path := filepath.Join(o.LibraryDir, good.Version, filepath.Base(good.Path))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	// A few megabytes of the library and a hole of its length, which takes no room.
	to, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = to.Close() }()
	if _, err := io.CopyN(to, from, 4<<20); err != nil {
		t.Fatal(err)
	}
	for says, size := range map[string]int64{
		"is damaged: it has 5000000 bytes": 5_000_000,
		"is damaged: its SHA-256 is":       info.Size(),
	} {
		if err := to.Truncate(size); err != nil {
			t.Fatal(err)
		}
		_, err := clickhouse.StartEngine(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "run outcry engine install --force") {
			t.Errorf("error is %v, want one that says %q and what to do", err, says)
		}
	}
	if err := clickhouse.VerifyEngine(o.LibraryDir); err == nil {
		t.Error("verifying finds nothing wrong")
	}
}

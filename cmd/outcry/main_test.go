package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest/kafka/kafkatest"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// asCommand makes the test binary outcry itself, for tests that need a process of
// its own to kill.
const asCommand = "OUTCRY_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	clickhousetest.Child()
	if os.Getenv(asCommand) != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	code := m.Run()
	kafkatest.Stop()
	os.Exit(code)
}

// home is a data folder and the flags that put all of outcry into it, on free ports.
func home(t *testing.T) (dir string, flags []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	return dir, []string{
		"--data-dir", dir, "--log-level", "warn", "--log-format", "text", "--config", os.DevNull, "--kafka.embedded_port=0",
		"--clickhouse.embedded_tcp_port=0", "--clickhouse.embedded_http_port=0", "--http.addr=127.0.0.1:0",
	}
}

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// outcry runs a command in this process.
func outcry(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return result{code, out.String(), errs.String()}
}

// must runs a command that has to succeed and gives its standard output.
func must(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := outcry(t, stdin, args...)
	if r.code != 0 {
		t.Fatalf("outcry %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// process is outcry in a process of its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd

	mu  sync.Mutex
	out bytes.Buffer
}

// Write takes the process's output.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// start starts a command; it is killed with the test.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...)}
	p.cmd.Env = append(os.Environ(), asCommand+"=1")
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	return p
}

// says waits until the process has written text.
func (p *process) says(text string) {
	p.t.Helper()
	eventually(p.t, patience, func() bool { return strings.Contains(p.output(), text) },
		func() string { return "the process does not say " + text + ":\n" + p.output() })
}

// patience is when a process is taken to hang. It measures no speed: on two cores, with
// all packages tested side by side, seconds of work take many.
const patience = 2 * time.Minute

// eventually waits until ok is true.
func eventually(t *testing.T, limit time.Duration, ok func() bool, complain func() string) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatal(complain())
		case <-tick.C:
		}
	}
}

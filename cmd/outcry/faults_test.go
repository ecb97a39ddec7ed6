package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// taken gives a port on loopback that somebody else listens on.
func taken(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// fails runs a command that must end with the code and say one clear thing.
func fails(t *testing.T, code int, says []string, args ...string) {
	t.Helper()
	r := outcry(t, "", args...)
	if r.code != code {
		t.Errorf("outcry %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.stdout, r.stderr)
	}
	for _, s := range says {
		if !strings.Contains(r.stderr, s) {
			t.Errorf("outcry %s does not say %q:\n%s", strings.Join(args, " "), s, r.stderr)
		}
	}
	if n := strings.Count("\n"+r.stderr, "\noutcry: "); n != 1 {
		t.Errorf("outcry %s says %d things, want one:\n%s", strings.Join(args, " "), n, r.stderr)
	}
}

func TestPortsThatAreTaken(t *testing.T) {
	for _, setting := range []string{"http.addr", "kafka.embedded_port", "clickhouse.embedded_tcp_port", "clickhouse.embedded_http_port"} {
		_, flags := home(t)
		port := taken(t)
		value := port
		if setting == "http.addr" {
			value = "127.0.0.1:" + port
		}
		fails(t, exitUnreachable, []string{port, "is taken", setting}, append([]string{"up", "--" + setting, value}, flagsWithout(flags, setting)...)...)
	}
}

func flagsWithout(flags []string, name string) []string {
	var kept []string
	for _, f := range flags {
		if !strings.HasPrefix(f, "--"+name+"=") {
			kept = append(kept, f)
		}
	}
	return kept
}

func TestServersThatAreNotThere(t *testing.T) {
	_, flags := home(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	_ = l.Close()
	fails(t, exitUnreachable, []string{"reaching kafka at " + nobody, "refused"}, append([]string{"nlp", "--kafka.brokers", nobody}, flags...)...)
	fails(t, exitUnreachable, []string{"clickhouse cannot be reached at " + nobody}, append([]string{"migrate", "--clickhouse.addr", nobody}, flags...)...)
	fails(t, exitUnreachable, []string{"asking http://" + nobody, "refused"}, append([]string{"status", "--url", "http://" + nobody}, flags...)...)
	fails(t, exitUnreachable, []string{"no outcry runs on the data folder"}, append([]string{"status"}, flags...)...)
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	_, flags := home(t)
	file := write(t, "a-file", "")
	fails(t, exitUnreachable, []string{"data folder " + file, "--data-dir"}, append([]string{"up"}, append(flags, "--data-dir", file)...)...)
	fails(t, exitUnreachable, []string{"data folder /proc/outcry", "--data-dir"}, append([]string{"up"}, append(flags, "--data-dir", "/proc/outcry")...)...)
}

// TestReadOnlyFolder runs outcry as a user who may read the data folder and not
// write it. Root may write everywhere, so the test needs to be root to become
// somebody else; any other user simply meets a folder of root's.
func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	_, flags := home(t)
	cmd := exec.Command(executable(t), append([]string{"up"}, append(flags, "--data-dir", filepath.Join(dir, "data"))...)...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitUnreachable || !strings.Contains(string(out), "permission denied; make it writable, or choose another with --data-dir") {
		t.Errorf("exit code %d (%v), want %d and what to do:\n%s", code, err, exitUnreachable, out)
	}
}

func TestASecondUp(t *testing.T) {
	_, flags := home(t)
	first := start(t, append([]string{"up"}, flags...)...)
	first.says("outcry is up")
	fails(t, exitUnreachable, []string{"is in use by outcry up (process ", "--data-dir"}, append([]string{"up"}, flags...)...)
	out := must(t, "", append([]string{"status"}, flags...)...)
	if !strings.Contains(out, "outcry up (process ") || !strings.Contains(out, "ready") {
		t.Errorf("status does not say that the first is ready:\n%s", out)
	}
	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.cmd.Wait(); err != nil {
		t.Errorf("a terminated up ends with %v, want exit code 0:\n%s", err, first.output())
	}
}

func TestWrongPassword(t *testing.T) {
	_, flags := home(t)
	up := start(t, append([]string{"up"}, flags...)...)
	up.says("outcry is up")
	in, err := readInstance(flags[1])
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--clickhouse.addr", in.ClickHouse, "--clickhouse.reader_password", "guess"}
	fails(t, exitUnreachable, []string{"clickhouse refuses the user analyst", "wrong name or password"}, append(append([]string{"sql", "SELECT 1"}, args...), flags...)...)
	must(t, "", append([]string{"sql", "SELECT 1"}, flags...)...) // and nothing is damaged
}

func TestWrongUse(t *testing.T) {
	_, flags := home(t)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"nonsense"}, `unknown command "nonsense"`},
		{[]string{"up", "--nonsense"}, "unknown flag: --nonsense"},
		{[]string{"up", "now"}, "unknown command"},
		{[]string{"replay"}, "replay needs at least one file"},
		{[]string{"replay", "--speed", "fast", "x"}, `--speed is "fast"; it must be a number above 0, such as 60, or max`},
		{[]string{"replay", "--rebase", "later", "x"}, `--rebase is "later"; it can only be now`},
		{[]string{"sql", "--format", "xml", "SELECT 1"}, `--format is "xml"; it must be one of table, csv, json, ndjson`},
		{[]string{"sql", " "}, "the query is empty"},
		{[]string{"demo", "--scenario", "easter"}, `there is no scenario "easter"; there are: christmas-eve-2012`},
		{[]string{"up", "--kafka.partitions", "0"}, "kafka.partitions is 0; it must be from 1 to 1000"},
	} {
		fails(t, exitUsage, []string{c.says}, append(c.args, flags...)...)
	}
	fails(t, exitFailed, []string{"opening posts: open /nowhere: no such file or directory"}, append([]string{"replay", "/nowhere"}, flags...)...)
	fails(t, exitFailed, []string{"the query was refused", "Not enough privileges"}, append([]string{"sql", "DROP TABLE posts"}, flags...)...)
}

func executable(t *testing.T) string {
	t.Helper()
	// The test binary lies in a folder of root's; a copy lies where anybody may run it.
	b, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "outcry-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "outcry")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

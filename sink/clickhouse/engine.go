package clickhouse

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"text/template"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/config"
)

// EngineOptions say where the embedded server lives.
type EngineOptions struct {
	// LibraryDir is the folder that Install used.
	LibraryDir string
	// DataDir holds data, passwords and logs of this server alone.
	DataDir string
	// Command is the argument under which our own binary calls EngineMain.
	Command string
	// Config gives ports, database and the names of the users.
	Config config.ClickHouse
	Log    *slog.Logger
}

// Engine is a running embedded server.
type Engine struct {
	TCPAddr, HTTPAddr string
	Credentials       Credentials

	backend string // address behind the guard
	guard   *guard
	cmd     *exec.Cmd
	stdin   io.Closer
	log     string // file
	ended   chan struct{}
	err     error // why it ended; read after ended
	stop    func()
}

const (
	readyTimeout = 20 * time.Second
	stopTimeout  = 5 * time.Second
)

//go:embed server.xml.tmpl
var serverXML string

//go:embed users.xml.tmpl
var usersXML string

// StartEngine starts the embedded server and waits until it answers. It ends when
// Close is called or this process ends in any way.
func StartEngine(ctx context.Context, o EngineOptions) (_ *Engine, err error) {
	lib, err := library(o.LibraryDir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("starting ClickHouse: %w", err)
	}
	lock, err := lockData(ctx, o.DataDir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.Close() }() // the child has it too, and keeps it while it lives
	e := &Engine{ended: make(chan struct{}), log: filepath.Join(o.DataDir, "server.log")}
	listener, err := listen(o.Config.EmbeddedTCPPort, "clickhouse.embedded_tcp_port")
	if err != nil {
		return nil, err
	}
	e.TCPAddr = listener.Addr().String()
	e.guard = &guard{listener: listener, conns: map[net.Conn]struct{}{}, databases: e.hasDatabase}
	defer func() {
		if err != nil {
			e.guard.close()
		}
	}()
	if e.backend, err = freeAddr(0, ""); err != nil {
		return nil, err
	}
	if e.HTTPAddr, err = freeAddr(o.Config.EmbeddedHTTPPort, "clickhouse.embedded_http_port"); err != nil {
		return nil, err
	}
	if e.Credentials, err = ensureCredentials(o.DataDir, o.Config.Username, o.Config.ReaderUsername); err != nil {
		return nil, err
	}
	if err := e.writeConfig(o); err != nil {
		return nil, err
	}
	e.guard.backend = e.backend
	e.guard.users = map[string]string{
		e.Credentials.Writer: e.Credentials.WriterPassword.Reveal(),
		e.Credentials.Reader: e.Credentials.ReaderPassword.Reveal(),
	}
	if err := e.startChild(o, lib, lock); err != nil {
		return nil, err
	}
	e.stop = sync.OnceFunc(e.end)
	go e.guard.serve()
	if err := e.waitReady(ctx, o); err != nil {
		e.stop()
		return nil, err
	}
	o.Log.Debug("embedded clickhouse started", "tcp", e.TCPAddr, "http", e.HTTPAddr, "dir", o.DataDir)
	return e, nil
}

// lockData takes the lock of a data folder. The server of a parent that was killed
// may hold it for a moment more.
func lockData(ctx context.Context, dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting ClickHouse: %w", err)
	}
	for range 50 {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return f, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
			continue
		}
		break
	}
	_ = f.Close()
	return nil, fmt.Errorf("starting ClickHouse: another server uses %s; stop it, or choose another data folder with --data-dir", dir)
}

// listen takes a loopback port, or a free one for 0.
func listen(port int, setting string) (net.Listener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("starting ClickHouse: port %d on 127.0.0.1 is taken: stop what uses it, or set %s to another port (0 picks a free one)", port, setting)
		}
		return nil, fmt.Errorf("starting ClickHouse: %w", err)
	}
	return l, nil
}

// freeAddr gives a loopback address that the child can take. For port 0 it is one
// below those that the system gives to outgoing connections, so that none of them
// takes it before the child does.
func freeAddr(port int, setting string) (string, error) {
	for try := 0; ; try++ {
		now := port
		if port == 0 {
			now = 20000 + rand.IntN(12000)
		}
		l, err := listen(now, setting)
		if err == nil {
			return l.Addr().String(), l.Close()
		}
		if port != 0 || try == 50 {
			return "", err
		}
	}
}

func (e *Engine) writeConfig(o EngineOptions) error {
	hash := func(s config.Secret) string {
		sum := sha256.Sum256([]byte(s.Reveal()))
		return hex.EncodeToString(sum[:])
	}
	_, tcp, _ := net.SplitHostPort(e.backend)
	_, httpPort, _ := net.SplitHostPort(e.HTTPAddr)
	values := map[string]any{
		"TCPPort": tcp, "HTTPPort": httpPort, "Memory": min(4<<30, max(1<<30, machineMemory()/4)), "Threads": max(2, runtime.NumCPU()),
		"Users": filepath.Join(o.DataDir, "users.xml"), "Database": o.Config.Database,
		"Writer": e.Credentials.Writer, "WriterHash": hash(e.Credentials.WriterPassword),
		"Reader": e.Credentials.Reader, "ReaderHash": hash(e.Credentials.ReaderPassword),
	}
	for name, text := range map[string]string{"server.xml": serverXML, "users.xml": usersXML} {
		t, err := template.New(name).Option("missingkey=error").Parse(text)
		if err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		var b bytes.Buffer
		if err := t.Execute(&b, values); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		if err := writeWhole(filepath.Join(o.DataDir, name), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// maxLog is the size above which the log of the runs before is put aside.
const maxLog = 8 << 20

func (e *Engine) startChild(o EngineOptions, lib string, lock *os.File) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("starting ClickHouse: %w", err)
	}
	if info, err := os.Stat(e.log); err == nil && info.Size() > maxLog {
		_ = os.Rename(e.log, e.log+".old")
	}
	out, err := os.OpenFile(e.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("starting ClickHouse: %w", err)
	}
	defer func() { _ = out.Close() }()
	e.cmd = exec.Command(self, o.Command, "-library", lib,
		"-config", filepath.Join(o.DataDir, "server.xml"), "-path", filepath.Join(o.DataDir, "store"))
	e.cmd.Dir = o.DataDir
	e.cmd.Stdout, e.cmd.Stderr = out, out
	e.cmd.ExtraFiles = []*os.File{lock}
	e.cmd.Env = []string{"HOME=" + o.DataDir, "TZ=UTC", "PATH=/usr/bin:/bin"}
	if e.stdin, err = e.cmd.StdinPipe(); err != nil {
		return fmt.Errorf("starting ClickHouse: %w", err)
	}
	if err := e.cmd.Start(); err != nil {
		return fmt.Errorf("starting ClickHouse: %w", err)
	}
	go func() {
		err := e.cmd.Wait()
		e.err = fmt.Errorf("the embedded ClickHouse ended: %w; the end of its log, %s:\n%s", orEnded(err), e.log, tail(e.log))
		close(e.ended)
	}()
	return nil
}

// end stops the child: gently, then not.
func (e *Engine) end() {
	_ = e.stdin.Close()
	select {
	case <-e.ended:
	case <-time.After(stopTimeout):
		_ = e.cmd.Process.Kill()
		<-e.ended
	}
}

func orEnded(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// tail gives the last lines of a file, for a message.
func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b[max(0, len(b)-4096):])), "\n")
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}

// waitReady waits until the application's user is let in. It asks over HTTP first:
// the native port must not be greeted before users are known.
func (e *Engine) waitReady(ctx context.Context, o EngineOptions) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	cfg := o.Config
	cfg.Addr, cfg.Database = []string{e.TCPAddr}, "default"
	cfg.Username, cfg.Password = e.Credentials.Writer, e.Credentials.WriterPassword
	cfg.DialTimeout = time.Second
	for {
		_, err := e.hasDatabase(ctx, cfg.Database)
		if err == nil {
			var conn driver.Conn
			if conn, err = Open(ctx, cfg, Writer); err == nil {
				return conn.Close()
			}
		}
		select {
		case <-e.ended:
			return e.err
		case <-ctx.Done():
			return fmt.Errorf("starting ClickHouse: it does not answer after %s: %w; its log is %s", readyTimeout, err, e.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Ended is closed when the server has ended; Err then says why.
func (e *Engine) Ended() <-chan struct{} { return e.ended }

// Err says why the server ended. Call it after Ended.
func (e *Engine) Err() error { return e.err }

// Close ends the server. It may be called twice.
func (e *Engine) Close() error {
	e.guard.close()
	e.stop()
	return nil
}

// hasDatabase asks the server, over HTTP, whether a database is there.
func (e *Engine) hasDatabase(ctx context.Context, name string) (bool, error) {
	query := "SELECT count() FROM system.databases WHERE name = " + quote(name)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+e.HTTPAddr+"/", strings.NewReader(query))
	if err != nil {
		return false, err
	}
	req.SetBasicAuth(e.Credentials.Writer, e.Credentials.WriterPassword.Reveal())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("asking for database %s: %s", name, resp.Status)
	}
	return strings.TrimSpace(string(b)) == "1", err
}

package clickhouse

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

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

	dir   string
	child *child
	stop  func()
}

const (
	readyTimeout = 20 * time.Second
	// stopTimeout bounds a shutdown in order, which waits for clients to disconnect.
	stopTimeout = 2 * time.Second
)

// StartEngine starts the embedded server and waits until it answers. It ends when
// Close is called or this process ends in any way.
func StartEngine(ctx context.Context, o EngineOptions) (*Engine, error) {
	e, err := startEngine(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("starting the embedded ClickHouse: %w", err)
	}
	o.Log.Debug("embedded clickhouse started", "tcp", e.TCPAddr, "http", e.HTTPAddr, "dir", o.DataDir)
	return e, nil
}

func startEngine(ctx context.Context, o EngineOptions) (*Engine, error) {
	r, lib, err := library(o.LibraryDir)
	if err != nil {
		return nil, err
	}
	if err := checkNames(o.Config); err != nil {
		return nil, err
	}
	if o.DataDir, err = filepath.Abs(o.DataDir); err != nil {
		return nil, err
	}
	lock, err := openFolder(ctx, o.DataDir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.Close() }() // the child has it too, and keeps it while it lives
	e := &Engine{dir: o.DataDir}
	if e.TCPAddr, err = freeAddr(o.Config.EmbeddedTCPPort, "clickhouse.embedded_tcp_port"); err != nil {
		return nil, err
	}
	if e.HTTPAddr, err = freeAddr(o.Config.EmbeddedHTTPPort, "clickhouse.embedded_http_port"); err != nil {
		return nil, err
	}
	if e.Credentials, err = ensureCredentials(o.DataDir, o.Config.Username, o.Config.ReaderUsername); err != nil {
		return nil, folderError(o.DataDir, err)
	}
	if err := e.writeSettings(o); err != nil {
		return nil, folderError(o.DataDir, err)
	}
	if e.child, err = startChild(o, lib, lock); err != nil {
		return nil, folderError(o.DataDir, err)
	}
	e.stop = sync.OnceFunc(e.end)
	if err := e.waitReady(ctx, o); err != nil {
		e.stop()
		if bad := r.verify(lib); bad != nil { // worth its half second now
			return nil, bad
		}
		return nil, err
	}
	return e, nil
}

// waitReady waits until the application's user is let in. The native port opens
// before the HTTP port.
func (e *Engine) waitReady(ctx context.Context, o EngineOptions) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		err := e.ask(ctx, "SELECT 1")
		if err == nil {
			return e.openOnce(ctx, o.Config)
		}
		select {
		case <-e.child.ended:
			return e.child.err
		case <-ctx.Done():
			return fmt.Errorf("it does not answer after %s: %w; its logs are in %s", readyTimeout, err, logFolder(o.DataDir))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// openOnce makes sure that clients of the native protocol are let in as well.
func (e *Engine) openOnce(ctx context.Context, cfg config.ClickHouse) error {
	cfg.Addr, cfg.Database = []string{e.TCPAddr}, "default"
	cfg.Username, cfg.Password = e.Credentials.Writer, e.Credentials.WriterPassword
	conn, err := Open(ctx, cfg, Writer)
	if err != nil {
		return err
	}
	return conn.Close()
}

// ask runs a statement as the application's user, over HTTP.
func (e *Engine) ask(ctx context.Context, sql string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+e.HTTPAddr+"/", strings.NewReader(sql))
	if err != nil {
		return err
	}
	req.SetBasicAuth(e.Credentials.Writer, e.Credentials.WriterPassword.Reveal())
	req.Close = true // a connection kept open would hold up the server's end
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil || resp.StatusCode == http.StatusOK {
		return err
	}
	return fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(b)))
}

// PID is the number of the server's process.
func (e *Engine) PID() int { return e.child.process.Pid }

// Dir is the data folder.
func (e *Engine) Dir() string { return e.dir }

// Ended is closed when the server has ended; Err then says why.
func (e *Engine) Ended() <-chan struct{} { return e.child.ended }

// Err says why the server ended by itself. Call it after Ended.
func (e *Engine) Err() error { return e.child.err }

// Close ends the server: by ending the query that keeps it running, which lets it
// shut down in order, and by force where that takes too long. It may be called twice.
func (e *Engine) Close() error {
	e.stop()
	return nil
}

func (e *Engine) end() {
	e.child.closing.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := e.ask(ctx, "KILL QUERY WHERE query LIKE '"+sleeping+"%' ASYNC"); err == nil && e.child.within(stopTimeout) {
		return
	}
	_ = e.child.stdin.Close()
	if e.child.within(time.Second) {
		return
	}
	_ = e.child.process.Kill()
	<-e.child.ended
}

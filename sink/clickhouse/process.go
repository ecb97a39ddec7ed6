package clickhouse

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// child is the server's process.
type child struct {
	stdin   io.Closer // the child ends when it is closed
	process *os.Process
	closing atomic.Bool
	ended   chan struct{}
	err     error // why it ended by itself; read after ended
}

func logFolder(dataDir string) string { return filepath.Join(dataDir, "log") }

// startChild starts our own binary as the server. It gets the folder's lock, which
// the system gives back only when it has ended too.
func startChild(o EngineOptions, lib string, lock *os.File) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	out, err := openLog(filepath.Join(logFolder(o.DataDir), "stderr.log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, o.Command, "-library", lib,
		"-config", filepath.Join(o.DataDir, "server.xml"), "-path", filepath.Join(o.DataDir, "store"))
	cmd.Dir = o.DataDir
	cmd.Stdout, cmd.Stderr = out, out
	cmd.ExtraFiles = []*os.File{lock}
	cmd.Env = []string{"HOME=" + o.DataDir, "TZ=UTC", "PATH=/usr/bin:/bin"} // no secrets of ours
	cmd.SysProcAttr = endWithParent()
	c := &child{ended: make(chan struct{})}
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	started := make(chan error)
	go func() {
		// Linux tells the child of its parent's end when the thread that started it
		// ends. So that thread does nothing else and waits.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer func() { _ = out.Close() }()
		err := cmd.Start()
		c.process = cmd.Process
		started <- err
		if err != nil {
			return
		}
		err = cmd.Wait()
		if !c.closing.Load() {
			c.err = fmt.Errorf("the server ended (%s); the end of %s:\n%s", state(err), out.Name(), tail(out.Name()))
		}
		close(c.ended)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// within waits for the end.
func (c *child) within(d time.Duration) bool {
	select {
	case <-c.ended:
		return true
	case <-time.After(d):
		return false
	}
}

func state(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// openLog makes the file empty, and keeps the one of the run before.
func openLog(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	_ = os.Rename(path, path+".old") // it may not be there
	return os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
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

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// instance is what a running outcry tells other commands on this machine, in its
// data folder. It is true only while the lock beside it is held.
type instance struct {
	PID            int       `json:"pid"`
	Command        string    `json:"command"`
	StartedAt      time.Time `json:"started_at"`
	HTTP           string    `json:"http,omitempty"`
	Kafka          string    `json:"kafka,omitempty"`
	ClickHouse     string    `json:"clickhouse,omitempty"`
	ClickHouseHTTP string    `json:"clickhouse_http,omitempty"`
}

const instanceName = "instance.json"

func instanceFile(dir string) string { return filepath.Join(dir, instanceName) }

// dataLock is the right to run embedded engines on a data folder. The system
// gives it back when the process ends, however it ends.
type dataLock struct{ f *os.File }

// errDataInUse says that another process holds the lock.
var errDataInUse = errors.New("the data folder is in use")

// lockData makes the folder and takes its lock.
func lockData(dir string) (*dataLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, folderError(dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, folderError(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errDataInUse
		}
		return nil, folderError(dir, err)
	}
	return &dataLock{f}, nil
}

func (l *dataLock) release() { _ = l.f.Close() }

func folderError(dir string, err error) error {
	hint := "make it writable, or choose another with --data-dir"
	if errors.Is(err, syscall.ENOSPC) {
		hint = "the disk is full: free some space, or choose another folder with --data-dir"
	}
	return unreachableError{fmt.Errorf("opening the data folder %s: %w; %s", dir, err, hint)}
}

// write puts the instance into the data folder, whole or not at all.
func (in instance) write(dir string) error {
	b, err := json.MarshalIndent(in, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", instanceFile(dir), err)
	}
	tmp := instanceFile(dir) + ".new"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return folderError(dir, err)
	}
	if err := os.Rename(tmp, instanceFile(dir)); err != nil {
		return folderError(dir, err)
	}
	return nil
}

// readInstance gives the instance that holds the lock of the folder.
func readInstance(dir string) (instance, error) {
	var in instance
	b, err := os.ReadFile(instanceFile(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return in, folderError(dir, err)
	}
	if err == nil {
		if err := json.Unmarshal(b, &in); err != nil {
			return in, fmt.Errorf("reading %s: %w; remove the file and start outcry again", instanceFile(dir), err)
		}
	}
	return in, nil
}

package kafka

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// minFree is the room that the disk must have at the start.
const minFree = 64 << 20

// lockDir makes the data folder if need be and keeps other processes from it. The
// system takes the lock off when the process ends, however that ends.
func lockDir(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, dirError(dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, dirError(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner, _ := os.ReadFile(f.Name())
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another outcry (process %s) uses the data folder %s: stop it, or set data_dir to another folder", strings.TrimSpace(string(owner)), dir)
		}
		return nil, fmt.Errorf("locking the data folder %s: %w", dir, err)
	}
	if err := writeOwner(f); err != nil {
		return nil, errors.Join(dirError(dir, err), f.Close())
	}
	return f.Close, nil
}

// writeOwner names this process in the lock file, for the message above.
func writeOwner(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(f, os.Getpid())
	return err
}

func dirError(dir string, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the disk of the data folder %s is full: make room, or set data_dir to a folder on another disk", dir)
	}
	return fmt.Errorf("the data folder %s cannot be written: %w: make it writable, or set data_dir to another folder", dir, err)
}

// checkSpace refuses to start on a full disk, where nothing would be taken anyway.
func checkSpace(dir string, need uint64) error {
	free, err := freeSpace(dir)
	if err != nil {
		return err
	}
	if free < need {
		return fmt.Errorf("the disk of the data folder %s has %d MiB left, fewer than the %d MiB to begin with: make room, or set data_dir to a folder on another disk", dir, free>>20, need>>20)
	}
	return nil
}

func freeSpace(dir string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("asking for the room on the disk of %s: %w", dir, err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}

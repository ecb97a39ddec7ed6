package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// minFree is the room on the disk without which it is not worth starting.
const minFree = 64 << 20

// lockWait is how long the server of a parent that was killed may take to end.
const lockWait = 5 * time.Second

// openFolder makes the data folder and takes its lock.
func openFolder(ctx context.Context, dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, folderError(dir, err)
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err == nil && disk.Bavail*uint64(disk.Bsize) < minFree {
		return nil, folderError(dir, syscall.ENOSPC)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, folderError(dir, err)
	}
	err = waitLock(ctx, f, 50*time.Millisecond, lockWait)
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("another server uses the data folder %s; stop it, or choose another folder with --data-dir", dir)
	}
	return nil, folderError(dir, err)
}

// waitLock takes the lock of an open file, or gives EWOULDBLOCK after a while; 0 waits
// until ctx ends.
func waitLock(ctx context.Context, f *os.File, every, atMost time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for began := time.Now(); ; {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || atMost > 0 && time.Since(began) > atMost {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// folderError adds what to do to an error of the file system.
func folderError(dir string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: the disk of %s is full: free some space, or choose another folder with --data-dir", err, dir)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: make %s writable, or choose another folder with --data-dir", err, dir)
	}
	return err
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
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(now)))
		switch {
		case err == nil:
			return l.Addr().String(), l.Close()
		case port == 0 && try < 50:
			continue
		case errors.Is(err, syscall.EADDRINUSE):
			return "", fmt.Errorf("port %d on 127.0.0.1 is taken: stop what uses it, or set %s to another port (0 picks a free one)", port, setting)
		case errors.Is(err, syscall.EACCES):
			return "", fmt.Errorf("port %d is not allowed for this user: set %s to 1024 or more (0 picks a free one)", port, setting)
		}
		return "", err
	}
}

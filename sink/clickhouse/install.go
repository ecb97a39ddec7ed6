package clickhouse

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Progress hears how far an installation is. total is the number of bytes of the
// step; done never passes it.
type Progress func(step string, done, total int64)

// Steps of an installation, as Progress hears them.
const (
	StepFetch  = "fetching"
	StepUnpack = "unpacking"
)

// Install fetches the library by npm, checks it against the pinned checksum and
// puts it under dir, whole or not at all. It does nothing where the library is
// there already, unless force is set. Installations beside it wait for each other.
func Install(ctx context.Context, dir string, force bool, report Progress) error {
	r, err := thisRelease()
	if err != nil {
		return err
	}
	if report == nil {
		report = func(string, int64, int64) {}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("installing the ClickHouse library: %w; make the folder writable, or set clickhouse.engine_dir", err)
	}
	unlock, err := lockFolder(ctx, dir)
	if err != nil {
		return err
	}
	defer unlock()
	if s, err := EngineStatus(dir); err != nil || s.Installed && !force {
		return err
	}
	tmp, err := os.MkdirTemp(dir, "new-")
	if err != nil {
		return fmt.Errorf("installing the ClickHouse library: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	archive, err := r.fetch(ctx, tmp, report)
	if err != nil {
		return err
	}
	if err := r.unpack(ctx, archive, tmp, report); err != nil {
		return err
	}
	ready := filepath.Join(tmp, "ready")
	if err := os.Mkdir(ready, 0o755); err != nil {
		return fmt.Errorf("installing the ClickHouse library: %w", err)
	}
	if err := os.Rename(filepath.Join(tmp, r.library), filepath.Join(ready, r.library)); err != nil {
		return fmt.Errorf("installing the ClickHouse library: %w", err)
	}
	if err := os.RemoveAll(r.folder(dir)); err != nil {
		return fmt.Errorf("removing the old ClickHouse library: %w", err)
	}
	if err := os.Rename(ready, r.folder(dir)); err != nil {
		return fmt.Errorf("installing the ClickHouse library: %w", err)
	}
	return nil
}

// lockFolder waits until no other installation works in dir.
func lockFolder(ctx context.Context, dir string) (func(), error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("installing the ClickHouse library: %w", err)
	}
	if err := waitLock(ctx, f, 200*time.Millisecond, 0); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("waiting for another installation in %s: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil
}

// fetch has npm bring the package into tmp, with a cache of its own there, so
// that its growth shows how much has come.
func (r release) fetch(ctx context.Context, tmp string, report Progress) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", errors.New("the ClickHouse library comes by npm, and npm is not installed; install Node.js with npm, or run a ClickHouse server and name it in clickhouse.addr")
	}
	cache := filepath.Join(tmp, "cache")
	cmd := exec.CommandContext(ctx, npm, "pack", r.pkg+"@"+r.version, "--silent", "--cache", cache, "--pack-destination", tmp)
	cmd.Dir = tmp // a folder without a package.json or .npmrc of somebody else
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("starting npm: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			report(StepFetch, min(size(cache), r.packed), r.packed)
			continue
		case err = <-ended:
		}
		break
	}
	if err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("fetching %s: %w", r.pkg, ctx.Err())
		}
		return "", fmt.Errorf("fetching %s %s by npm: %w\n%s\nIs the registry reachable? `npm ping` tells. Behind a proxy, set it in npm's configuration", r.pkg, r.version, err, strings.TrimSpace(errs.String()))
	}
	report(StepFetch, r.packed, r.packed)
	lines := strings.Fields(out.String())
	if len(lines) == 0 {
		return "", fmt.Errorf("fetching %s by npm: npm named no file", r.pkg)
	}
	return filepath.Join(tmp, filepath.Base(lines[len(lines)-1])), nil
}

// size adds up the bytes of all files under dir.
func size(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil // files come and go while npm works
	})
	return n
}

// unpack checks the package and takes the library out of it.
func (r release) unpack(ctx context.Context, archive, tmp string, report Progress) error {
	f, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("opening what npm brought: %w", err)
	}
	defer func() { _ = f.Close() }()
	sum := sha512.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("reading %s: %w", archive, err)
	}
	if got := base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != r.sha512 {
		return fmt.Errorf("%s %s has checksum sha512-%s, but sha512-%s is pinned; it is not used", r.pkg, r.version, got, r.sha512)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading %s: %w", archive, err)
	}
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("reading %s: %w", archive, err)
	}
	files := tar.NewReader(unzipped)
	for {
		h, err := files.Next()
		if err != nil {
			return fmt.Errorf("looking for %s in %s: %w", r.library, archive, err)
		}
		if filepath.Base(h.Name) == r.library {
			return r.write(ctx, files, filepath.Join(tmp, r.library), report)
		}
	}
}

// write copies the library out, in pieces so that it can be stopped.
func (r release) write(ctx context.Context, from io.Reader, path string, report Progress) error {
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", r.library, err)
	}
	defer func() { _ = to.Close() }()
	var done int64
	for ctx.Err() == nil {
		n, err := io.CopyN(to, from, 16<<20)
		done += n
		report(StepUnpack, min(done, r.size), r.size)
		if errors.Is(err, io.EOF) {
			if done != r.size {
				return fmt.Errorf("unpacking %s: it has %d bytes, %d are right", r.library, done, r.size)
			}
			if err := to.Sync(); err != nil {
				return fmt.Errorf("unpacking %s: %w", r.library, err)
			}
			return to.Close()
		}
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", r.library, err)
		}
	}
	return fmt.Errorf("unpacking %s: %w", r.library, ctx.Err())
}

// Package clickhouse connects to ClickHouse, brings its schema up to date, and,
// where no server is configured, runs one: a real ClickHouse server from the
// library libchdb in a child process that listens on loopback only.
//
// It owns the library's installation, the server's users and passwords, and the
// life of the child. It does not own tables (package schema) nor what is written
// into them (package sink).
package clickhouse

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// release is the build of the library for one platform, pinned by its checksum.
type release struct {
	pkg     string // npm package
	version string
	sha512  string // base64, as npm's integrity states it
	packed  int64  // bytes of the package
	library string // file in the package
	size    int64  // bytes of that file
	sha256  string // of that file, in hexadecimal digits
	handler handlerPatch
}

// releases are the platforms that the embedded server was tried on.
var releases = map[string]release{
	"linux/amd64": {
		pkg:     "@chdb/lib-linux-x64-gnu",
		version: "26.7.3-stable.1",
		sha512:  "XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==",
		packed:  177817999,
		library: "libchdb.so",
		size:    566330096,
		sha256:  "36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5",
		handler: handlerPatch{
			entry: 0xf211700, info: 0x21138bc8, vtable: 0x21138b90,
			base: [3]uintptr{0x1c8f9900, 0x1c8f9940, 0x1c8f9980},
		},
	},
}

// ErrNoBuild says that there is no embedded server for this platform.
var ErrNoBuild = errors.New("no embedded ClickHouse for this platform")

// thisRelease is the build for the platform we run on.
func thisRelease() (release, error) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	r, ok := releases[platform]
	if !ok {
		return release{}, fmt.Errorf("%w: %s has no pinned build; run a ClickHouse server and name it in clickhouse.addr", ErrNoBuild, platform)
	}
	if runtime.GOOS == "linux" {
		if _, err := os.Stat("/lib/ld-musl-x86_64.so.1"); err == nil {
			if _, err := os.Stat("/lib64/ld-linux-x86-64.so.2"); err != nil {
				return release{}, fmt.Errorf("%w: the library needs glibc, and this system has musl; run a ClickHouse server and name it in clickhouse.addr", ErrNoBuild)
			}
		}
	}
	return r, nil
}

// folder is where this release lies under the engine folder.
func (r release) folder(dir string) string { return filepath.Join(dir, r.version) }

// verify reads the whole library and compares its checksum.
func (r release) verify(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading the ClickHouse library: %w", err)
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("reading the ClickHouse library %s: %w; run outcry engine install --force", path, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != r.sha256 {
		return fmt.Errorf("the ClickHouse library %s is damaged: its SHA-256 is %.12s…, but %.12s… is right; run outcry engine install --force", path, got, r.sha256)
	}
	return nil
}

// Status says whether the library is there.
type Status struct {
	Version   string `json:"version"`
	Path      string `json:"path"`
	Installed bool   `json:"installed"`
	// Damaged is set where the file is there but cannot be the library.
	Damaged string `json:"damaged,omitempty"`
}

// EngineStatus looks for the library under the engine folder. It compares sizes,
// not checksums: the file has half a gigabyte and is looked for at every start.
func EngineStatus(dir string) (Status, error) {
	r, err := thisRelease()
	if err != nil {
		return Status{}, err
	}
	return r.status(dir)
}

func (r release) status(dir string) (Status, error) {
	s := Status{Version: r.version, Path: filepath.Join(r.folder(dir), r.library)}
	info, err := os.Stat(s.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return s, fmt.Errorf("looking for the ClickHouse library: %w", err)
	case info.Size() != r.size:
		s.Damaged = fmt.Sprintf("it has %d bytes, %d are right", info.Size(), r.size)
	default:
		s.Installed = true
	}
	return s, nil
}

// VerifyEngine compares the checksum of the library under the engine folder, which
// takes about a second.
func VerifyEngine(dir string) error {
	r, path, err := library(dir)
	if err != nil {
		return err
	}
	return r.verify(path)
}

// library gives the path of the library, or says how to get it.
func library(dir string) (release, string, error) {
	r, err := thisRelease()
	if err != nil {
		return r, "", err
	}
	s, err := r.status(dir)
	switch {
	case err != nil:
		return r, "", err
	case s.Damaged != "":
		return r, "", fmt.Errorf("the ClickHouse library %s is damaged: %s; run outcry engine install --force", s.Path, s.Damaged)
	case !s.Installed:
		return r, "", fmt.Errorf("the ClickHouse library is not at %s; run outcry engine install", s.Path)
	}
	return r, s.Path, nil
}

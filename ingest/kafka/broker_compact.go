package kafka

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// asideDir holds, while the broker compacts, the partitions as they were before.
func asideDir(dir string) string { return filepath.Join(dir, "compacting") }

// setAside links the segments of the partitions' folders into asideDir. What is
// appended meanwhile goes into the same files and so is set aside as well; only a
// segment begun in the instant before the broker compacts would be missed, and
// one is begun every 32 MiB.
func setAside(dir string, partitions []string) error {
	tmp := asideDir(dir) + ".tmp"
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	for _, p := range partitions {
		if err := linkSegments(p, filepath.Join(tmp, filepath.Base(p))); err != nil {
			return err
		}
	}
	return os.Rename(tmp, asideDir(dir))
}

// finishCompaction drops what was set aside where compaction has come to its end,
// and leaves it to interrupted to deal with a partition where it has not.
func finishCompaction(dir string, interrupted func(partition string) error) error {
	aside := asideDir(dir)
	entries, err := os.ReadDir(aside)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the data folder: %w", err)
	}
	for _, e := range entries {
		whole, err := compacted(filepath.Join(aside, e.Name()), partitionPath(dir, e.Name()))
		if err == nil && !whole {
			err = interrupted(e.Name())
		}
		if err != nil {
			return err
		}
	}
	return os.RemoveAll(aside)
}

// compacted tells whether the folder after has the last batch of before, which
// compaction keeps as it is and writes last.
func compacted(before, after string) (bool, error) {
	old, _, err := readWhole(before)
	if err != nil || len(old) == 0 {
		return true, err
	}
	last := old[len(old)-1].last
	now, _, err := readWhole(after)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, b := range now {
		if b.last == last {
			return true, err
		}
	}
	return false, err
}

// readWhole gives the whole batches of a partition's folder and their bytes.
func readWhole(dir string) (all []batchHeader, raw [][]byte, err error) {
	segs, err := segments(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range segs {
		data, err := os.ReadFile(s.path)
		if err != nil {
			return nil, nil, err
		}
		for {
			b, ok := parseBatch(data)
			if !ok {
				break
			}
			all, raw = append(all, b), append(raw, data[:b.size])
			data = data[b.size:]
		}
	}
	return all, raw, nil
}

// putBack makes a partition what it was before compaction began, with the batches
// that have come since behind it. It can be interrupted and begun again.
func putBack(dir, partition string) error {
	before, after := filepath.Join(asideDir(dir), partition), partitionPath(dir, partition)
	fresh := after + ".tmp"
	if _, err := os.Stat(after); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(fresh); err == nil {
			return os.Rename(fresh, after) // interrupted at the last step
		}
	}
	now, raw, err := readWhole(after)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	old, _, err := readWhole(before)
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(fresh), linkSegments(before, fresh)); err != nil {
		return err
	}
	end := old[len(old)-1].last + 1
	base, since := end, []byte(nil)
	for i, b := range now {
		if b.base < end {
			continue
		}
		if len(since) == 0 {
			base = b.base
		}
		since = append(since, raw[i]...)
	}
	if len(since) > 0 {
		if err := replaceFile(filepath.Join(fresh, fmt.Sprintf("%d.dat", base)), since); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(after); err != nil {
		return err
	}
	return os.Rename(fresh, after)
}

// linkSegments makes the folder to and links the segments of from into it.
func linkSegments(from, to string) error {
	segs, err := segments(from)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, s := range segs {
		if err := os.Link(s.path, filepath.Join(to, filepath.Base(s.path))); err != nil {
			return err
		}
	}
	return nil
}

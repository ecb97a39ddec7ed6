package kafka

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// upkeepEvery is how often retention is applied and compaction considered.
	upkeepEvery = 10 * time.Minute
	// compactAbove is the size from which a compacted partition is worth rewriting.
	compactAbove = 4 << 20
)

// The broker applies retention by itself only until its first restart, and its
// compaction removes a partition's files before it writes the new ones. Upkeep
// does both on time and in an order that no crash can spoil: it notes where each
// partition ends, sets hard links to the files aside, lets the broker work, and
// drops the links once the last record has been seen in the new files.

func (e *Embedded) upkeepLoop(stop <-chan struct{}) {
	t := time.NewTicker(upkeepEvery)
	defer t.Stop()
	for {
		if err := e.upkeep(compactAbove); err != nil {
			e.log.Error("upkeep of the embedded kafka failed", "err", err)
		}
		select {
		case <-stop:
			return
		case <-t.C:
		}
	}
}

// upkeep deletes what retention allows and compacts where more than above bytes
// have come together.
func (e *Embedded) upkeep(above int64) error {
	topics, err := readTopics(e.dir)
	if err != nil {
		return err
	}
	if err := e.writeFloors(topics); err != nil {
		return err
	}
	dirs, size := e.compactable(topics, above)
	if len(dirs) == 0 {
		e.cluster.ApplyRetention()
		return nil
	}
	free, err := freeSpace(e.dir)
	if err != nil {
		return err
	}
	if free < uint64(2*size)+minFree {
		return fmt.Errorf("compacting: %d MiB are left on the disk of %s, too few to rewrite %d MiB", free>>20, e.dir, size>>20)
	}
	if err := setAside(e.dir, dirs); err != nil {
		return fmt.Errorf("compacting: %w", err)
	}
	e.cluster.Compact()
	return finishCompaction(e.dir, func(partition string) error {
		// The files belong to the broker now.
		return fmt.Errorf("compacting %s: not all of it was written: restart outcry, which puts it back", partition)
	})
}

// compactable gives the folders of compacted partitions that are larger than
// above, and their size together.
func (e *Embedded) compactable(topics []diskTopic, above int64) (dirs []string, size int64) {
	large := false
	for _, t := range topics {
		if !strings.Contains(t.Configs["cleanup.policy"], "compact") {
			continue
		}
		for p := range t.Partitions {
			info := e.cluster.PartitionInfo(t.Name, int32(p))
			if info == nil {
				continue
			}
			dirs = append(dirs, partitionDir(e.dir, t.Name, p))
			size += info.NumBytes
			large = large || info.NumBytes > above
		}
	}
	if !large {
		return nil, 0
	}
	return dirs, size
}

// floors are the ends of all partitions, by topic. A partition that retention has
// emptied goes on from there; it must never use an offset twice.
type floors map[string]map[int]int64

func floorsPath(dir string) string { return filepath.Join(dir, "floors.json") }

func (e *Embedded) writeFloors(topics []diskTopic) error {
	f := floors{}
	for _, t := range topics {
		f[t.Name] = map[int]int64{}
		for p := range t.Partitions {
			if info := e.cluster.PartitionInfo(t.Name, int32(p)); info != nil {
				f[t.Name][p] = info.HighWatermark
			}
		}
	}
	if err := writeJSON(floorsPath(e.dir), f); err != nil {
		return dirError(e.dir, err)
	}
	return nil
}

func readFloors(dir string) (floors, error) {
	var f floors
	if err := readJSON(floorsPath(dir), &f); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return f, nil
}

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

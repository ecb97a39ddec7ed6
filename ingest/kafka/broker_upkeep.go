package kafka

import (
	"errors"
	"fmt"
	"io/fs"
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

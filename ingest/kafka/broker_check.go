package kafka

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// The broker heals its files by itself when it starts, and too well: it cuts a
// segment at the first byte that does not fit, however much stands behind it;
// it forgets the commits that follow a torn one; and it numbers records from zero
// again where retention has emptied a partition. prepare looks first.

// prepare brings the data folder into a state that the broker reads without loss,
// or says what is wrong with it. The broker must not run.
func prepare(dir string, log *slog.Logger) error {
	topics, err := readTopics(dir)
	if err != nil {
		return err
	}
	for _, name := range []string{"groups.log", "pids.log"} {
		if err := mendLog(filepath.Join(dir, name), log); err != nil {
			return err
		}
	}
	err = finishCompaction(dir, func(partition string) error {
		log.Warn("compaction was interrupted, the partition is put back", "partition", partition)
		return putBack(dir, partition)
	})
	if err != nil {
		return fmt.Errorf("finishing a compaction: %w", err)
	}
	floors, err := readFloors(dir)
	if err != nil {
		return err
	}
	for _, t := range topics {
		for p := range t.Partitions {
			if err := checkPartition(partitionDir(dir, t.Name, p), floors[t.Name][p], log); err != nil {
				return err
			}
		}
	}
	// Members of an earlier process are gone; waiting for them would hold up the
	// first rebalance.
	if err := os.Remove(filepath.Join(dir, "session_state.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return dirError(dir, err)
	}
	return nil
}

// diskTopic is a topic in the broker's topics.json.
type diskTopic struct {
	Name       string            `json:"name"`
	Partitions int               `json:"partitions"`
	Configs    map[string]string `json:"configs"`
}

// readTopics lists the topics of a data folder; a new folder has none.
func readTopics(dir string) ([]diskTopic, error) {
	for _, name := range []string{"meta.json", "topics.json"} {
		_, err := os.Stat(filepath.Join(dir, name))
		if !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "partitions")); err == nil {
			// The broker would take the folder for a new one and write over it.
			return nil, fmt.Errorf("the data folder %s has partitions but no %s: put it back from a copy, or remove the folder and begin anew", dir, name)
		}
		return nil, nil
	}
	var f struct {
		Topics []diskTopic `json:"topics"`
	}
	if err := readJSON(filepath.Join(dir, "topics.json"), &f); err != nil {
		return nil, err
	}
	return f.Topics, nil
}

func readJSON(path string, v any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%s is damaged: %w: put the data folder back from a copy, or remove the folder and begin anew", path, err)
	}
	return nil
}

// writeJSON replaces a file at once: after a crash the old or the new one is there.
func writeJSON(path string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return replaceFile(path, raw)
}

func replaceFile(path string, raw []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func partitionDir(dir, topic string, partition int) string {
	return partitionPath(dir, fmt.Sprintf("%s-%d", url.PathEscape(topic), partition))
}

func partitionPath(dir, name string) string { return filepath.Join(dir, "partitions", name) }

// checkPartition reads all of a partition. A batch cut short at its very end is
// the last write of a process that was killed and was never acknowledged; it is
// taken off. Anything else that does not fit is damage.
func checkPartition(dir string, floor int64, log *slog.Logger) error {
	segs, err := segments(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the data folder: %w", err)
	}
	for i := range segs {
		torn, err := segs[i].read()
		if err != nil {
			return err
		}
		last := i == len(segs)-1
		if torn > 0 && !last || i > 0 && len(segs[i].batches) > 0 && segs[i].base < segs[i-1].end() {
			return &damageError{segs[i].path, int(segs[i].size)}
		}
		if torn > 0 {
			log.Warn("last write was cut short and is taken off", "file", segs[i].path, "bytes", torn)
			if err := os.Truncate(segs[i].path, segs[i].size); err != nil {
				return dirError(dir, err)
			}
		}
	}
	return writeSnapshot(dir, segs, floor)
}

// snapshot is the broker's own note on a partition, by which it starts without
// holding all records in memory and knows where an empty partition had come to.
type snapshot struct {
	Version   int               `json:"version"`
	End       int64             `json:"high_watermark"`
	Stable    int64             `json:"last_stable_offset"`
	Start     int64             `json:"log_start_offset"`
	Epoch     int32             `json:"epoch"`
	CreatedAt time.Time         `json:"created_at"`
	Segments  []snapshotSegment `json:"segments"`
}

type snapshotSegment struct {
	Base     int64 `json:"base_offset"`
	Size     int64 `json:"size"`
	MinEpoch int32 `json:"min_epoch,omitempty"`
	MaxEpoch int32 `json:"max_epoch,omitempty"`
}

// writeSnapshot notes what the check has found, unless the broker's own note
// already says it or transactions are in play, which only the broker can sort out.
func writeSnapshot(dir string, segs []segment, floor int64) error {
	path := filepath.Join(dir, "snapshot.json")
	var old snapshot
	if err := readJSON(path, &old); errors.Is(err, fs.ErrNotExist) {
		old = snapshot{}
	} else if err != nil {
		return err
	}
	next := snapshot{Version: 1, Epoch: old.Epoch, Start: old.Start, CreatedAt: old.CreatedAt}
	if next.CreatedAt.IsZero() {
		next.CreatedAt = time.Now()
	}
	for _, s := range segs {
		if s.transactional {
			return nil
		}
		if len(s.batches) == 0 {
			continue
		}
		ss := snapshotSegment{Base: s.base, Size: s.size, MinEpoch: s.batches[0].epoch, MaxEpoch: s.batches[0].epoch}
		for _, b := range s.batches {
			ss.MinEpoch, ss.MaxEpoch = min(ss.MinEpoch, b.epoch), max(ss.MaxEpoch, b.epoch)
		}
		next.Epoch = max(next.Epoch, ss.MaxEpoch)
		next.End = s.end()
		next.Segments = append(next.Segments, ss)
	}
	if len(next.Segments) == 0 {
		return writeEmptySnapshot(dir, segs, next, max(floor, old.End))
	}
	next.Stable = next.End
	next.Start = min(max(next.Start, next.Segments[0].Base), next.End)
	if same(old, next) {
		return nil
	}
	if err := writeJSON(path, next); err != nil {
		return dirError(dir, err)
	}
	return nil
}

// writeEmptySnapshot keeps the place of a partition without records: an empty
// segment that starts where the last one ended.
func writeEmptySnapshot(dir string, segs []segment, next snapshot, floor int64) error {
	for _, s := range segs {
		if err := os.Remove(s.path); err != nil {
			return dirError(dir, err)
		}
		floor = max(floor, s.base)
	}
	if floor == 0 {
		return nil
	}
	next.Start, next.End, next.Stable = floor, floor, floor
	next.Segments = []snapshotSegment{{Base: floor}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return dirError(dir, err)
	}
	if err := replaceFile(filepath.Join(dir, fmt.Sprintf("%d.dat", floor)), nil); err != nil {
		return dirError(dir, err)
	}
	if err := writeJSON(filepath.Join(dir, "snapshot.json"), next); err != nil {
		return dirError(dir, err)
	}
	return nil
}

// same tells whether a note already says what was found.
func same(a, b snapshot) bool {
	if a.End != b.End || a.Start != b.Start || len(a.Segments) != len(b.Segments) {
		return false
	}
	for i := range a.Segments {
		if a.Segments[i].Base != b.Segments[i].Base || a.Segments[i].Size != b.Segments[i].Size {
			return false
		}
	}
	return true
}

package kafka

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

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

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
//
// Invariant 5: damage to our own files is fatal.
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

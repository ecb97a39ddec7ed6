package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
)

// The broker's state logs (group commits, producer ids) are rows of entries:
// length, checksum, then length bytes that the checksum covers, all little-endian.
// It stops reading at the first entry that does not fit but goes on appending
// behind it, so that one torn entry would hide every later commit.

const (
	entryHead = 8       // length and checksum
	entryMax  = 1 << 20 // far above any entry; keeps garbage from passing as a length
)

// parseEntry gives the size of the whole entry at the head of raw.
func parseEntry(raw []byte) (size int, ok bool) {
	if len(raw) < entryHead+2 {
		return 0, false
	}
	length := binary.LittleEndian.Uint32(raw)
	if length < 2 || length > entryMax || int(length) > len(raw)-entryHead {
		return 0, false
	}
	size = entryHead + int(length)
	return size, crc32.Checksum(raw[entryHead:size], castagnoli) == binary.LittleEndian.Uint32(raw[4:])
}

// mendLog takes out of a state log what is no whole entry. Such bytes come from a
// write cut short, by a kill or a full disk, and were never a commit of anyone.
func mendLog(path string, log *slog.Logger) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the data folder: %w", err)
	}
	whole := make([]byte, 0, len(raw))
	for at := 0; at < len(raw); {
		if size, ok := parseEntry(raw[at:]); ok {
			whole = append(whole, raw[at:at+size]...)
			at += size
		} else {
			at++
		}
	}
	if len(whole) == len(raw) {
		return nil
	}
	log.Warn("entries cut short are taken out", "file", path, "bytes", len(raw)-len(whole))
	if err := replaceFile(path, whole); err != nil {
		return dirError(path, err)
	}
	return nil
}

package kafka

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A segment file is a row of record batches in the form in which they travel
// (Kafka's format version 2); its name is the offset of its first record. This
// file reads no more of them than is needed to tell whether they are whole.

const (
	batchHead     = 61 // bytes of a batch before its records
	batchPrefix   = 12 // base offset and length, which the length does not count
	transactional = 0x10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// batchHeader is what the check needs of a batch.
type batchHeader struct {
	size       int // bytes in the file
	base, last int64
	epoch      int32
	attributes int16
}

// parseBatch reads the batch at the head of raw, if a whole and sound one is there.
func parseBatch(raw []byte) (b batchHeader, ok bool) {
	if len(raw) < batchHead || raw[16] != 2 {
		return b, false
	}
	length := int(int32(binary.BigEndian.Uint32(raw[8:])))
	if length < batchHead-batchPrefix || length > len(raw)-batchPrefix {
		return b, false
	}
	b.size = batchPrefix + length
	if crc32.Checksum(raw[21:b.size], castagnoli) != binary.BigEndian.Uint32(raw[17:]) {
		return b, false
	}
	b.base = int64(binary.BigEndian.Uint64(raw))
	b.epoch = int32(binary.BigEndian.Uint32(raw[12:]))
	b.attributes = int16(binary.BigEndian.Uint16(raw[21:]))
	b.last = b.base + int64(int32(binary.BigEndian.Uint32(raw[23:])))
	return b, true
}

// segment is one file of a partition.
type segment struct {
	path          string
	base          int64
	size          int64
	batches       []batchHeader
	transactional bool
}

// end is the offset behind the segment's last record.
func (s segment) end() int64 {
	if n := len(s.batches); n > 0 {
		return s.batches[n-1].last + 1
	}
	return s.base
}

// segments lists the segment files of a partition's folder, unread, in order.
func segments(dir string) ([]segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []segment
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".dat")
		base, err := strconv.ParseInt(name, 10, 64)
		if ok && err == nil {
			out = append(out, segment{path: filepath.Join(dir, e.Name()), base: base})
		}
	}
	slices.SortFunc(out, func(a, b segment) int { return cmp.Compare(a.base, b.base) })
	return out, nil
}

// damageError says where our own data is not what was written.
type damageError struct {
	path string
	at   int
}

func (e *damageError) Error() string {
	return fmt.Sprintf("%s is damaged at byte %d: put the data folder back from a copy, or remove %s and lose what was not yet read of it", e.path, e.at, filepath.Dir(e.path))
}

// read checks the segment's batches one by one. torn is the number of bytes at its
// end that are no whole batch; whole batches behind such bytes are damage.
func (s *segment) read() (torn int, err error) {
	raw, err := os.ReadFile(s.path)
	if err != nil {
		return 0, fmt.Errorf("reading a segment: %w", err)
	}
	at := 0
	for at < len(raw) {
		b, ok := parseBatch(raw[at:])
		if !ok {
			break
		}
		if b.base < s.end() {
			return 0, &damageError{s.path, at}
		}
		s.batches = append(s.batches, b)
		s.transactional = s.transactional || b.attributes&transactional != 0
		at += b.size
	}
	s.size = int64(at)
	for i := at + 1; i < len(raw); i++ {
		if _, ok := parseBatch(raw[i:]); ok {
			return 0, &damageError{s.path, at}
		}
	}
	return len(raw) - at, nil
}

package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// aBatch makes a sound batch of n records whose content nobody looks at.
func aBatch(base int64, n int, content []byte) []byte {
	b := make([]byte, batchHead, batchHead+len(content))
	binary.BigEndian.PutUint64(b, uint64(base))
	binary.BigEndian.PutUint32(b[8:], uint32(batchHead-batchPrefix+len(content)))
	b[16] = 2
	binary.BigEndian.PutUint32(b[23:], uint32(n-1))
	b = append(b, content...)
	binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], castagnoli))
	return b
}

// Whatever stands behind whole batches is either torn or damage, and the whole
// batches are found in any case.
func FuzzSegment(f *testing.F) {
	f.Add([]byte("content"), []byte{})
	f.Add([]byte{}, aBatch(10, 5, nil)[:40])
	f.Add([]byte("x"), aBatch(10, 5, []byte("y")))
	f.Add([]byte("x"), append([]byte{0}, aBatch(10, 5, []byte("y"))...))
	f.Fuzz(func(t *testing.T, content, tail []byte) {
		whole := append(aBatch(3, 2, content), aBatch(5, 5, content)...)
		path := filepath.Join(t.TempDir(), "3.dat")
		if err := os.WriteFile(path, append(bytes.Clone(whole), tail...), 0o600); err != nil {
			t.Fatal(err)
		}
		s := segment{path: path, base: 3}
		torn, err := s.read()
		var damage *damageError
		switch {
		case err != nil && !errors.As(err, &damage):
			t.Fatal(err)
		case err == nil && int(s.size)+torn != len(whole)+len(tail):
			t.Errorf("%d whole and %d torn bytes of %d", s.size, torn, len(whole)+len(tail))
		case err == nil && (len(s.batches) < 2 || s.batches[1] != batchHeader{size: len(whole) / 2, base: 5, last: 9}):
			t.Errorf("batches are %+v", s.batches)
		}
	})
}

// Whole entries stay, in order, whatever stands between them.
func FuzzMendLog(f *testing.F) {
	f.Add([]byte{}, []byte{1, 2, 3})
	f.Add([]byte{9, 0, 0, 0}, []byte{})
	f.Fuzz(func(t *testing.T, between, behind []byte) {
		entry := func(data string) []byte {
			b := binary.LittleEndian.AppendUint32(nil, uint32(2+len(data)))
			rest := append([]byte{1, 0}, data...)
			b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(rest, castagnoli))
			return append(b, rest...)
		}
		first, second := entry(`{"type":"commit","o":1}`), entry(`{"type":"commit","o":2}`)
		path := filepath.Join(t.TempDir(), "groups.log")
		if err := os.WriteFile(path, bytes.Join([][]byte{first, between, second, behind}, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := mendLog(path, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rest, ok := bytes.CutPrefix(got, first)
		if !ok || !bytes.Contains(rest, second) {
			t.Errorf("%q is left", got)
		}
		for len(rest) > 0 {
			size, ok := parseEntry(rest)
			if !ok {
				t.Fatalf("%q is no entry", rest)
			}
			rest = rest[size:]
		}
	})
}

package corpus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// Soft are the probabilities that a larger network, the teacher, gives to a text that
// nobody labelled: report, reaction, news, none; negative, neutral, positive by the
// rules for posts about outages; and the same as general readers judge tweets.
type Soft struct {
	Outage  [4]float32
	Mood    [3]float32
	General [3]float32
}

// SoftMention are the probabilities that the teacher gives to a vendor of a text:
// blamed, affected, alternative, mentioned; negative, neutral, positive toward it.
type SoftMention struct {
	Role   [4]float32
	Toward [3]float32
}

// ReadSoft reads the teacher's probabilities, by Key of the text.
func ReadSoft(name string) (map[uint64]Soft, error) {
	all := map[uint64]Soft{}
	err := readRecords(name, 10, func(key uint64, b []byte) {
		var s Soft
		spread(b[0:4], s.Outage[:])
		spread(b[4:7], s.Mood[:])
		spread(b[7:10], s.General[:])
		all[key] = s
	})
	return all, err
}

// ReadSoftMentions reads the teacher's probabilities of vendors, by a key of text and vendor.
func ReadSoftMentions(name string) (map[uint64]SoftMention, error) {
	all := map[uint64]SoftMention{}
	err := readRecords(name, 7, func(key uint64, b []byte) {
		var s SoftMention
		spread(b[0:4], s.Role[:])
		spread(b[4:7], s.Toward[:])
		all[key] = s
	})
	return all, err
}

// readRecords reads a file of records: a key of 8 bytes, then a byte for each
// probability. It is compressed with zstd; its records stand in order of their keys.
func readRecords(name string, length int, take func(key uint64, b []byte)) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("reading the teacher's labels: %w", err)
	}
	defer func() { _ = f.Close() }()
	z, err := zstd.NewReader(f)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	defer z.Close()
	b := make([]byte, 8+length)
	for {
		if _, err := io.ReadFull(z, b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		take(binary.LittleEndian.Uint64(b), b[8:])
	}
}

// spread turns bytes into probabilities that sum to 1.
func spread(b []byte, p []float32) {
	sum := float32(0)
	for i, v := range b {
		p[i] = float32(v)
		sum += p[i]
	}
	for i := range p {
		if sum == 0 {
			p[i] = 1 / float32(len(p))
			continue
		}
		p[i] /= sum
	}
}

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

// softRecord is the length of a record: a key and a byte for each probability.
const softRecord = 8 + 10

// ReadSoft reads the teacher's probabilities, by Key of the text. The file is
// compressed with zstd; its records stand in order of their keys.
func ReadSoft(name string) (map[uint64]Soft, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading the teacher's labels: %w", err)
	}
	defer func() { _ = f.Close() }()
	z, err := zstd.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	defer z.Close()
	all := map[uint64]Soft{}
	var b [softRecord]byte
	for {
		if _, err := io.ReadFull(z, b[:]); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		var s Soft
		spread(b[8:12], s.Outage[:])
		spread(b[12:15], s.Mood[:])
		spread(b[15:18], s.General[:])
		all[binary.LittleEndian.Uint64(b[:])] = s
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

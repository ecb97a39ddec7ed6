package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// magic begins every file of weights; the digit is the version of the format.
const magic = "outcry-model-1\n"

// header is what a file says before its numbers.
type header struct {
	Shape
	Words string `json:"words"` // one a line, in the order of rows
}

func newModel(s Shape, v *Vocabulary, w weights) *Model {
	return &Model{Shape: s, Vocabulary: v, w: w, answers: make([]atomic.Pointer[[]float32], v.rowCount())}
}

// matrices are the weights in the order of the file, with the length of rows that
// share a scale.
func (m *Model) matrices() []struct {
	w   []float32
	row int
} {
	n := m.outs()
	return []struct {
		w   []float32
		row int
	}{
		{m.w.words, m.Dim}, {m.w.filters, m.Dim}, {m.w.places, m.Filters}, {m.w.bias, m.Filters}, {m.w.pooled, n}, {m.w.sparse, n}, {m.w.base, n},
	}
}

// Write writes m with a byte a weight and a scale a row.
func (m *Model) Write(w io.Writer) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("writing weights: %w", err)
	}
	head, err := json.Marshal(header{m.Shape, strings.Join(m.Vocabulary.words, "\n")})
	if err != nil {
		return fmt.Errorf("writing weights: %w", err)
	}
	var buf bytes.Buffer
	buf.WriteString(magic)
	_ = binary.Write(&buf, binary.LittleEndian, uint32(len(head)))
	buf.Write(head)
	for _, x := range m.matrices() {
		squeeze(&buf, x.w, x.row)
	}
	if _, err := z.Write(buf.Bytes()); err != nil {
		return fmt.Errorf("writing weights: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("writing weights: %w", err)
	}
	return nil
}

// squeeze writes the scales of all rows, then their weights as bytes.
func squeeze(buf *bytes.Buffer, w []float32, row int) {
	var bytes []byte
	for from := 0; from < len(w); from += row {
		top := float32(0)
		for _, v := range w[from : from+row] {
			top = max(top, max(v, -v))
		}
		scale := top / 127
		_ = binary.Write(buf, binary.LittleEndian, scale)
		for _, v := range w[from : from+row] {
			q := int8(0)
			if scale > 0 {
				q = int8(math.RoundToEven(float64(v / scale)))
			}
			bytes = append(bytes, byte(q))
		}
	}
	buf.Write(bytes)
}

// errCut says that a file ends too early.
var errCut = errors.New("the file is cut short")

// Read reads what Write wrote. Invariant 5: damage to our own files is fatal.
func Read(r io.Reader) (*Model, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return nil, fmt.Errorf("reading weights: %w", err)
	}
	defer z.Close()
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("reading weights: %w", err)
	}
	m, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("reading weights: %w", err)
	}
	return m, nil
}

func parse(b []byte) (*Model, error) {
	rest, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok {
		return nil, errors.New("this is no file of weights, or one of another version: train anew")
	}
	if len(rest) < 4 || len(rest)-4 < int(binary.LittleEndian.Uint32(rest)) {
		return nil, errCut
	}
	n := int(binary.LittleEndian.Uint32(rest))
	var h header
	if err := json.Unmarshal(rest[4:4+n], &h); err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	v := NewVocabulary(strings.Split(h.Words, "\n"), h.Grams)
	m := newModel(h.Shape, v, newWeights(&h.Shape, v.rowCount()))
	rest = rest[4+n:]
	for _, x := range m.matrices() {
		rows := len(x.w) / max(1, x.row)
		if len(rest) < 4*rows+len(x.w) {
			return nil, errCut
		}
		for i := range x.w {
			scale := math.Float32frombits(binary.LittleEndian.Uint32(rest[4*(i/x.row):]))
			x.w[i] = float32(int8(rest[4*rows+i])) * scale
		}
		rest = rest[4*rows+len(x.w):]
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("%d bytes stand behind the last weight", len(rest))
	}
	return m, nil
}

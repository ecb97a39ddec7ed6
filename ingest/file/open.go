package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxWindow is the largest zstd window that is taken, that of zstd --long.
const maxWindow = 128 << 20

// input is an open file with whatever undoes its compression and encoding.
type input struct {
	io.Reader
	counter *counter
	total   int64
	file    *os.File // nil for standard input
	closers []func() error
}

// counter counts bytes as they are read; others may look while it does.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// openInput opens what o names and looks at its first bytes.
func openInput(o *Options) (*input, error) {
	in := &input{}
	if o.Path == Stdin {
		if o.Input == nil {
			return nil, usagef("standard input is not there to read")
		}
		in.counter = &counter{r: o.Input}
	} else {
		f, err := os.Open(o.Path)
		if err != nil {
			return nil, fmt.Errorf("opening posts: %w", err)
		}
		in.file = f
		if info, err := f.Stat(); err == nil && info.IsDir() {
			_ = in.Close()
			return nil, usagef("%s is a folder; name a file", o.Path)
		} else if err == nil && info.Mode().IsRegular() {
			in.total = info.Size()
		}
		in.counter = &counter{r: f}
	}
	if err := in.unpack(); err != nil {
		_ = in.Close()
		return nil, fmt.Errorf("opening %s: %w", o.name(), err)
	}
	return in, nil
}

// unpack undoes gzip or zstd, each known by its first bytes.
func (in *input) unpack() error {
	b := bufio.NewReaderSize(in.counter, 64<<10)
	magic, _ := b.Peek(4) // an error comes again with the first read
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			return err
		}
		in.closers = append(in.closers, z.Close)
		in.Reader = z
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return err
		}
		in.closers = append(in.closers, func() error { z.Close(); return nil })
		in.Reader = z
	default:
		in.Reader = b
	}
	return in.decode()
}

// decode undoes UTF-16, which Excel writes, and takes a byte-order mark off.
// Without a mark it is UTF-8.
func (in *input) decode() error {
	b := bufio.NewReaderSize(in.Reader, 64<<10)
	in.Reader = b
	mark, _ := b.Peek(3)
	for _, m := range []string{"\xef\xbb\xbf", "\xfe\xff", "\xff\xfe"} {
		if bytes.HasPrefix(mark, []byte(m)) {
			in.Reader = transform.NewReader(b, unicode.BOMOverride(transform.Nop))
		}
	}
	return nil
}

// interrupt ends a read that is under way, where it can be ended. It may be called
// from another goroutine.
func (in *input) interrupt() {
	if in.file != nil {
		_ = in.file.Close()
	}
}

// Close may be called twice.
func (in *input) Close() error {
	var errs []error
	for _, c := range in.closers {
		errs = append(errs, c())
	}
	in.closers = nil
	in.interrupt()
	return errors.Join(errs...)
}

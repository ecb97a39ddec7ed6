package file

import (
	"bytes"
	"errors"
	"io"
)

// scanner holds a part of the input in memory, never more than maxLine bytes, and
// counts bytes and lines of what is left behind.
type scanner struct {
	r      io.Reader
	buf    []byte // buf[start:end] is read and not used yet
	start  int
	end    int
	offset int64 // of buf[start] in the input
	line   int   // number of the line that buf[start] is in, from 1
	err    error // what ended the input, io.EOF where all is well
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, 64<<10), line: 1}
}

func (s *scanner) data() []byte { return s.buf[s.start:s.end] }

// atEnd says that nothing comes behind data.
func (s *scanner) atEnd() bool { return s.err != nil }

// broken says that the input ended before its end.
func (s *scanner) broken() bool { return s.err != nil && !errors.Is(s.err, io.EOF) }

// more reads more input behind data. It says false where there is none, or where
// data has reached maxLine.
func (s *scanner) more() bool {
	if s.err != nil || s.end-s.start >= maxLine {
		return false
	}
	if s.start > 0 {
		s.end = copy(s.buf, s.data())
		s.start = 0
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, min(len(s.buf), maxLine-len(s.buf)))...)
	}
	for empty := 0; ; empty++ {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		s.err = err
		if err == nil && n == 0 && empty > 100 {
			s.err = io.ErrNoProgress
		}
		if n > 0 || s.err != nil {
			return n > 0
		}
	}
}

// skip leaves n bytes of data behind.
func (s *scanner) skip(n int) {
	s.line += bytes.Count(s.buf[s.start:s.start+n], []byte{'\n'})
	s.start += n
	s.offset += int64(n)
}

// lineEnd finds where the first line of data ends, its newline included, reading
// on as needed. It says false where the line is longer than maxLine.
func (s *scanner) lineEnd() (int, bool) {
	from := 0
	for {
		if i := bytes.IndexByte(s.data()[from:], '\n'); i >= 0 {
			return from + i + 1, true
		}
		from = s.end - s.start
		if !s.more() {
			return s.end - s.start, s.atEnd()
		}
	}
}

// skipLine leaves the rest of a line behind, however long it is, and gives its
// length.
func (s *scanner) skipLine() int64 {
	before := s.offset
	for {
		n, ok := s.lineEnd()
		s.skip(n)
		if ok {
			return s.offset - before
		}
	}
}

// seek leaves everything before offset behind.
func (s *scanner) seek(offset int64) error {
	for s.offset < offset {
		if s.start == s.end && !s.more() {
			if errors.Is(s.err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return s.err
		}
		s.skip(int(min(offset-s.offset, int64(s.end-s.start))))
	}
	return nil
}

// trimEOL takes the end of line off, in the way of Unix or of Windows.
func trimEOL(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

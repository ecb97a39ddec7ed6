package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// Record is one record of a file.
type Record struct {
	// Post is there where Reject is nil.
	Post   post.Post
	Reject *post.Reject
	// Line is where the record begins, from 1.
	Line int
	// End is where it ends, in bytes of the input after decompression, and EndLine
	// the line that begins there.
	End     int64
	EndLine int
}

// Reader reads one record after the other. It is not safe for concurrent use,
// except for Bytes.
type Reader struct {
	o     Options
	in    *input
	s     *scanner
	table *table // nil for NDJSON
}

// errTooLong says that a line is longer than maxLine.
var errTooLong = errors.New("line too long")

// Open opens a file, undoes its compression and finds out its format. An error
// that wraps ErrUsage is about what was asked for.
func Open(o Options) (*Reader, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Source == "" {
		o.Source = DefaultSource
	}
	in, err := openInput(&o)
	if err != nil {
		return nil, err
	}
	r := &Reader{o: o, in: in, s: newScanner(in)}
	if err := r.begin(); err != nil {
		_ = in.Close()
		return nil, err
	}
	return r, nil
}

// begin finds the format and, in a table, the columns.
func (r *Reader) begin() error {
	if err := r.sniff(); err != nil {
		return err
	}
	if r.table == nil {
		return nil
	}
	if err := r.blank(); err != nil {
		return nil // an empty table; Next says the rest
	}
	n, err := r.table.next(r.s)
	if err != nil {
		return usagef("%s: the first row cannot be read: %v", r.o.name(), err)
	}
	isHeader, err := r.header(r.table.cells)
	if err != nil {
		return err
	}
	if isHeader {
		r.s.skip(n)
	}
	return nil
}

// seek goes to the record that begins at offset, which was the End of one before.
func (r *Reader) seek(offset int64, line int) error {
	if err := r.s.seek(offset); err != nil {
		return fmt.Errorf("going to byte %d of %s: %w", offset, r.o.name(), err)
	}
	if r.s.offset == offset {
		r.s.line = line
	}
	return nil
}

// Format is the format that was found or asked for.
func (r *Reader) Format() Format { return r.o.Format }

// Bytes says how much of the file is read, compressed as it is, and how much there
// is, or 0 where that is unknown. It may be called at any time.
func (r *Reader) Bytes() (read, total int64) { return r.in.counter.n.Load(), r.in.total }

// Close closes the file. It may be called twice.
func (r *Reader) Close() error { return r.in.Close() }

// Next gives the next record, io.EOF behind the last one, or an error where the
// file cannot be read on. A record that cannot be used is no error: it comes with
// a Reject.
func (r *Reader) Next() (Record, error) {
	if err := r.blank(); err != nil {
		return Record{}, err
	}
	rec := Record{Line: r.s.line}
	n, p, readable, err := r.parse()
	if r.s.broken() && n == len(r.s.data()) {
		return Record{}, r.ended() // what there is of the last record is not all of it
	}
	if errors.Is(err, errTooLong) {
		rec.Reject = r.tooLong()
	} else {
		raw := r.s.data()[:n]
		if err == nil || readable {
			r.complete(&p)
		}
		if err == nil {
			err = r.valid(&p)
		}
		if err != nil {
			rec.Reject = r.reject(rec.Line, err, raw)
			if readable {
				rec.Reject.Post, rec.Reject.ID, rec.Reject.Source = &p, p.ID, p.Source
			}
		}
		r.s.skip(n)
	}
	rec.Post, rec.End, rec.EndLine = p, r.s.offset, r.s.line
	return rec, nil
}

// parse reads the record at the beginning of the data and gives its length.
func (r *Reader) parse() (n int, p post.Post, readable bool, err error) {
	if r.table == nil {
		n, ok := r.s.lineEnd()
		if !ok {
			return n, p, false, errTooLong
		}
		p, readable, err = r.parseJSON(trimEOL(r.s.data()[:n]))
		return n, p, readable, err
	}
	if n, err = r.table.next(r.s); err != nil {
		return n, p, false, err
	}
	p, err = r.parseRow()
	readable = len(r.table.cells) == r.table.columns
	if !readable {
		n, _ = r.s.lineEnd() // the quote that joined several lines may be a stray one
	}
	return n, p, readable, err
}

// valid judges the post as the runner will, because only here is its line known.
func (r *Reader) valid(p *post.Post) error {
	if err := p.Validate(r.o.Now()); err != nil && !r.o.Rebase {
		return err
	} else if err != nil && !isReason(err, post.BadTime) {
		return err
	}
	if len(p.Text) < post.MaxRecord/16 && len(p.ID)+len(p.URL)+len(p.Author)+len(p.ReplyTo)+len(p.Place)+len(p.Lang) < post.MaxRecord/16 {
		return nil
	}
	_, err := p.Encode()
	return err
}

func isReason(err error, reason post.Reason) bool {
	var why *post.Error
	return errors.As(err, &why) && why.Reason == reason
}

func (r *Reader) reject(line int, err error, raw []byte) *post.Reject {
	j := &post.Reject{Position: r.position(line), Source: r.o.Source, Reason: post.BadJSON, Detail: err.Error()}
	var why *post.Error
	if errors.As(err, &why) {
		j.Reason, j.Detail = why.Reason, why.Detail
	}
	j.Payload = bytes.Clone(raw[:min(len(raw), maxPayload)])
	return j
}

// maxPayload is how much of a bad record is kept.
const maxPayload = 4 << 10

func (r *Reader) position(line int) string { return fmt.Sprintf("%s:%d", r.o.name(), line) }

// tooLong leaves a line behind that does not fit into memory.
func (r *Reader) tooLong() *post.Reject {
	j := r.reject(r.s.line, errTooLong, r.s.data())
	length := r.s.skipLine()
	j.Reason, j.Detail = post.TooLarge, fmt.Sprintf("line has %d bytes, at most %d are read", length, maxLine)
	return j
}

// blank leaves empty lines behind. At the end of the input it gives io.EOF, or
// what ended it.
func (r *Reader) blank() error {
	for {
		d := r.s.data()
		switch {
		case len(d) == 0:
			if !r.s.more() {
				return r.ended()
			}
		case d[0] == '\n', r.table == nil && (d[0] == ' ' || d[0] == '\t'):
			r.s.skip(1)
		case d[0] == '\r':
			if len(d) == 1 && r.s.more() {
				continue
			}
			if len(d) > 1 && d[1] != '\n' {
				return nil
			}
			r.s.skip(min(2, len(d)))
		default:
			return nil
		}
	}
}

func (r *Reader) ended() error {
	if errors.Is(r.s.err, io.EOF) || r.s.err == nil {
		return io.EOF
	}
	return fmt.Errorf("reading %s behind line %d: %w", r.o.name(), r.s.line, r.s.err)
}

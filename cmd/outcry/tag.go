package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp"
	"github.com/outcry/outcry/nlp/tag"
)

// tagging is what the flags of tag say.
type tagging struct {
	text    bool // lines are texts
	gate    bool // tag only what the gate lets through, as a pipeline does
	matched bool // leave out what the gate stops
}

func newTagCmd(a *app) *cobra.Command {
	var o tagging
	cmd := &cobra.Command{
		Use:   "tag [FILE…]",
		Short: "Tag posts from files or standard input",
		Long: `Tag posts, one JSON object a line, and write their tags, one JSON object a line, in
the same order. Nothing is stored and no server is needed. Without a file, and for
the file -, posts come from standard input. A post needs no more than a text.

Every post gives one line. A pipeline does not tag posts without a vendor or a word of
trouble; --gate does as it does and says the reason in "filtered". Lines that are no
posts are reported on standard error as file:line: reason; then the exit code is 1 at
the end.`,
		Example: `  outcry tag posts.ndjson > tags.ndjson
  outcry simulate christmas-eve-2012 | outcry tag --matched | head
  echo "is netflix down for anyone else?" | outcry tag --text`,
		RunE: func(cmd *cobra.Command, files []string) error {
			tagger, err := a.tagger()
			if err != nil {
				return err
			}
			f := filter{tagging: o, tagger: tagger, workers: a.cfg.NLP.Workers, stderr: a.stderr}
			return f.run(cmd.Context(), files, a.stdin, a.stdout)
		},
	}
	cmd.Flags().BoolVar(&o.text, "text", false, "lines are plain texts, not JSON")
	cmd.Flags().BoolVar(&o.gate, "gate", false, "stop posts without a vendor or a word of trouble, as a pipeline does")
	cmd.Flags().BoolVar(&o.matched, "matched", false, "leave out posts without a vendor or a word of trouble")
	return cmd
}

// filter tags lines.
type filter struct {
	tagging
	tagger  *nlp.Tagger
	workers int
	stderr  io.Writer
	broken  int
	// each takes the tags in order, where they are not to be written.
	each func(*tag.Tag)
}

// run tags the files one after the other.
func (f *filter) run(ctx context.Context, files []string, stdin io.Reader, stdout io.Writer) error {
	if f.workers <= 0 {
		f.workers = runtime.GOMAXPROCS(0)
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	out := bufio.NewWriterSize(stdout, 64<<10)
	for _, name := range files {
		if err := f.file(ctx, name, stdin, out); err != nil {
			return errors.Join(err, out.Flush())
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing tags: %w", err)
	}
	if f.broken > 0 {
		return errSilent
	}
	return nil
}

func (f *filter) file(ctx context.Context, name string, stdin io.Reader, out *bufio.Writer) error {
	if name == "-" {
		return f.lines(ctx, "stdin", stdin, out)
	}
	in, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("reading posts: %w", err)
	}
	defer in.Close()
	return f.lines(ctx, name, in, out)
}

// chunkLines is how many lines are tagged together by one goroutine.
const chunkLines = 256

// chunk is some lines and what becomes of them.
type chunk struct {
	first int // number of the first line
	lines [][]byte
	tags  bytes.Buffer
	list  []tag.Tag // where each takes them
	notes []string  // what was wrong, in order
	done  chan struct{}
}

// lines tags in parallel and writes in order. At most a few chunks are under way,
// so an endless input needs no endless memory.
func (f *filter) lines(ctx context.Context, name string, in io.Reader, out *bufio.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	queue := make(chan *chunk, 2*f.workers)
	free := make(chan struct{}, f.workers)
	var readErr error
	go func() {
		defer close(queue)
		readErr = f.read(ctx, in, func(c *chunk) bool {
			select {
			case queue <- c:
			case <-ctx.Done():
				return false
			}
			free <- struct{}{}
			go func() {
				defer func() { <-free; close(c.done) }()
				f.tag(name, c)
			}()
			return true
		})
	}()
	for c := range queue {
		<-c.done
		for _, n := range c.notes {
			f.broken++
			_, _ = fmt.Fprintln(f.stderr, n)
		}
		for i := range c.list {
			f.each(&c.list[i])
		}
		if _, err := out.Write(c.tags.Bytes()); err != nil {
			return fmt.Errorf("writing tags: %w", err)
		}
		if len(queue) == 0 { // whoever reads a live stream sees it live
			if err := out.Flush(); err != nil {
				return fmt.Errorf("writing tags: %w", err)
			}
		}
	}
	if readErr != nil {
		return fmt.Errorf("reading %s: %w", name, readErr)
	}
	return ctx.Err()
}

// read cuts the input into chunks. A chunk ends early where the input has nothing
// more to give for now.
func (f *filter) read(ctx context.Context, in io.Reader, emit func(*chunk) bool) error {
	r := bufio.NewReaderSize(in, 256<<10)
	c := &chunk{first: 1, done: make(chan struct{})}
	for number := 1; ctx.Err() == nil; number++ {
		line, err := readLine(r)
		if len(line) > 0 || err == nil {
			c.lines = append(c.lines, line)
		}
		if len(c.lines) == chunkLines || len(c.lines) > 0 && (err != nil || r.Buffered() == 0) {
			if !emit(c) {
				return nil
			}
			c = &chunk{first: number + 1, done: make(chan struct{})}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readLine reads a line of any length and keeps as much of it as shows that it is
// too long for a post.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line) <= post.MaxRecord {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}

// tag makes the tags of a chunk.
func (f *filter) tag(name string, c *chunk) {
	for i, line := range c.lines {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		t, err := f.one(line)
		var b []byte
		if err == nil && t != nil && f.each == nil {
			b, err = t.Encode()
		}
		switch {
		case err != nil:
			c.notes = append(c.notes, fmt.Sprintf("%s:%d: %v", name, c.first+i, err))
		case t != nil && f.each != nil:
			c.list = append(c.list, *t)
		case t != nil:
			c.tags.Write(b)
			c.tags.WriteByte('\n')
		}
	}
}

// one tags one line; nil is a post that is left out.
func (f *filter) one(line []byte) (*tag.Tag, error) {
	p := post.Post{Kind: post.KindPost, Text: string(line)}
	if !f.text {
		var err error
		if p, err = post.Decode(line); err != nil {
			return nil, err
		}
	}
	try := f.tagger.TryAll
	if f.gate || f.matched {
		try = f.tagger.Try
	}
	t, err := try(&p)
	if err != nil {
		return nil, err
	}
	if f.matched && t.Filtered != "" {
		return nil, nil
	}
	return &t, nil
}

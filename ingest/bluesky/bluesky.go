// Package bluesky reads posts from Jetstream, Bluesky's public stream: no key, no
// account, resumable, with deletions.
//
// It owns one connection at a time: the subscription, the watchdog, frames and
// what each of them means. Starting again after an error, pseudonyms and Kafka are
// the runner's. It speaks version 1 of the protocol, which every host serves.
package bluesky

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/post"
)

const (
	// Name is the source of the posts and the name of the collector.
	Name = "bluesky"

	collection = "app.bsky.feed.post"

	// rewind is how far before its cursor a connection begins. Clocks of hosts
	// differ, and an event may stand behind a slightly later one; what comes again
	// changes nothing.
	rewind = 5 * time.Second

	// gapMin is how much time between the cursor and the first event is taken for a
	// gap. Events of all of Bluesky come many times a second.
	gapMin = time.Minute

	// maxFrame is the largest frame that is read, after decompression. The server is
	// asked to leave out larger ones; a post has 3,000 bytes of text at most.
	maxFrame = 1 << 20
	// maxMessage is where a frame is no longer read to its end to be thrown away.
	maxMessage = 64 << 20
)

// Options are what a Source needs.
type Options struct {
	config.Bluesky
	// Contact is an address for the operators of the host, Version ours.
	Contact, Version string
	// Now is the clock, time.Now where it is nil.
	Now func() time.Time
}

// Source reads Jetstream. Its cursor is the time of an event in microseconds.
type Source struct {
	o     Options
	url   *url.URL
	dict  []byte
	langs map[string]bool
}

// New checks the options and reads the dictionary.
func New(o Options) (*Source, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "ws" && u.Scheme != "wss" {
		return nil, fmt.Errorf("ingest.bluesky.url is %q; it must be ws://host/path or wss://host/path", o.URL)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 30*time.Second)
	s := &Source{o: o, url: u, langs: map[string]bool{}}
	for _, l := range o.Langs {
		s.langs[baseLanguage(l)] = true
	}
	if !o.Compress {
		return s, nil
	}
	if s.dict, err = os.ReadFile(o.DictFile); err != nil {
		return nil, fmt.Errorf("reading ingest.bluesky.dictionary_file: %w", err)
	}
	d, err := s.decoder()
	if err != nil {
		return nil, fmt.Errorf("reading ingest.bluesky.dictionary_file %s: it is no zstd dictionary: %w", o.DictFile, err)
	}
	d.Close()
	return s, nil
}

func (s *Source) decoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderDicts(s.dict), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFrame))
}

// Name is "bluesky".
func (s *Source) Name() string { return Name }

// CursorTime is when the event at the cursor reached the host.
func (s *Source) CursorTime(cursor string) (time.Time, bool) {
	us, err := strconv.ParseInt(cursor, 10, 64)
	return time.UnixMicro(us).UTC(), err == nil
}

// Run makes one connection and emits what comes until it ends.
func (s *Source) Run(ctx context.Context, cursor string, emit post.Emit) error {
	var from int64
	if cursor != "" {
		us, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil || us <= 0 {
			return &post.Failure{Kind: "cursor", Err: fmt.Errorf("cursor %q is not a time in microseconds: delete it to begin with what is new", cursor)}
		}
		from = us
	}
	conn, err := s.dial(ctx, from)
	if err != nil {
		return err
	}
	r := reading{source: s, conn: conn, cursor: from, asked: from}
	return r.run(ctx, emit)
}

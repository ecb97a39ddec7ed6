package bluesky_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/dict"
	"github.com/klauspost/compress/zstd"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/bluesky"
	"github.com/outcry/outcry/ingest/bluesky/jetstreamtest"
	"github.com/outcry/outcry/ingest/post"
)

// collect runs a source once, from cursor, until the batches hold n frames, and
// gives them as one.
func collect(t *testing.T, src ingest.Source, cursor string, n int) post.Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all post.Batch
	err := src.Run(ctx, cursor, func(_ context.Context, b post.Batch) error {
		all.Posts = append(all.Posts, b.Posts...)
		all.Rejects = append(all.Rejects, b.Rejects...)
		for reason, k := range b.Filtered {
			for range k {
				all.Filter(reason)
			}
		}
		all.Gap += b.Gap
		all.Cursor = b.Cursor
		if all.Received() >= n {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("after %d of %d frames: %v", all.Received(), n, err)
	}
	return all
}

// TestMeaning sends one event of every sort and holds what becomes of it.
func TestMeaning(t *testing.T) {
	t.Parallel()
	s := jetstreamtest.Start(t)
	base := time.Now().Add(-time.Hour).Truncate(time.Second).UTC()
	alice := jetstreamtest.DID(1)
	id := func(rkey string) string { return "at://" + alice + "/app.bsky.feed.post/" + rkey }
	stamp := func(d time.Duration) string { return base.Add(d).Format(time.RFC3339Nano) }
	record := func(change jetstreamtest.Record) jetstreamtest.Record {
		r := jetstreamtest.Record{"text": "down?", "langs": []string{"en"}, "createdAt": stamp(-3 * time.Second)}
		for k, v := range change {
			if r[k] = v; v == nil {
				delete(r, k)
			}
		}
		return r
	}
	made := func(change jetstreamtest.Record) jetstreamtest.Event {
		return jetstreamtest.Create(alice, "r", record(change))
	}
	events := []struct {
		name string
		e    jetstreamtest.Event
		want string // what is left of it, in short
	}{
		{"post", made(nil), "post -3s en"},
		{"reply", made(jetstreamtest.Record{"reply": map[string]any{"parent": map[string]any{"uri": "at://p"}, "root": map[string]any{"uri": "at://r"}}}), "post -3s en to at://p"},
		{"edited post", jetstreamtest.Update(alice, "r", record(nil)), "post -3s en"},
		{"deletion", jetstreamtest.Delete(alice, "r"), "delete 0s"},
		{"no words", made(jetstreamtest.Record{"text": nil}), "post -3s en"},
		{"no language", made(jetstreamtest.Record{"langs": nil}), "post -3s"},
		{"languages, one of them ours", made(jetstreamtest.Record{"langs": []string{"pt", "en-GB"}}), "post -3s pt"},
		{"another language", made(jetstreamtest.Record{"langs": []string{"pt-BR"}}), "language"},
		{"languages of a wrong type", made(jetstreamtest.Record{"langs": "en"}), "post -3s"},
		{"reply of a wrong type", made(jetstreamtest.Record{"reply": 7}), "post -3s en"},
		{"no time", made(jetstreamtest.Record{"createdAt": nil}), "post 0s en"},
		{"time of a wrong type", made(jetstreamtest.Record{"createdAt": 1356380640}), "post 0s en"},
		{"time that is none", made(jetstreamtest.Record{"createdAt": "yesterday"}), "post 0s en"},
		{"year 1", made(jetstreamtest.Record{"createdAt": "0001-01-01T00:00:00Z"}), "post 0s en"},
		{"1989", made(jetstreamtest.Record{"createdAt": "1989-12-31T23:59:59Z"}), "post 0s en"},
		{"year 9999", made(jetstreamtest.Record{"createdAt": "9999-12-31T23:59:59Z"}), "post 0s en"},
		{"a minute ahead", made(jetstreamtest.Record{"createdAt": stamp(time.Minute)}), "post 1m0s en"},
		{"more than a minute ahead", made(jetstreamtest.Record{"createdAt": stamp(time.Minute + time.Second)}), "post 0s en"},
		{"text of a wrong type", made(jetstreamtest.Record{"text": []string{"a"}}), "bad_frame"},
		{"no record", jetstreamtest.Create(alice, "r", nil), "bad_frame"},
		{"no rkey", jetstreamtest.Create(alice, "", record(nil)), "bad_frame"},
		{"handle", jetstreamtest.Identity(alice, "alice.example"), "identity"},
		{"account back", jetstreamtest.Account(alice, true, ""), "account"},
		{"account throttled", jetstreamtest.Account(alice, false, "throttled"), "account"},
		{"account deleted", jetstreamtest.Account(alice, false, "deleted"), "delete_author 0s"},
		{"account taken down", jetstreamtest.Account(alice, false, "takendown"), "delete_author 0s"},
		{"account suspended", jetstreamtest.Account(alice, false, "suspended"), "delete_author 0s"},
		{"account deactivated", jetstreamtest.Account(alice, false, "deactivated"), "delete_author 0s"},
		{"account away, no word why", jetstreamtest.Account(alice, false, ""), "delete_author 0s"},
	}
	raw := func(format string, args ...any) jetstreamtest.Event {
		return jetstreamtest.Event{TimeUS: base.UnixMicro(), Raw: fmt.Appendf(nil, format, args...)}
	}
	at := base.UnixMicro()
	for _, r := range []struct {
		name, want string
		e          jetstreamtest.Event
	}{
		{"not JSON", "bad_json", raw("<html>")},
		{"cut off", "bad_json", raw(`{"did":"did:plc:a","time_us":%d,"kin`, at)},
		{"wrong types", "bad_json", raw(`{"did":7}`)},
		{"null", "bad_frame", raw(`null`)},
		{"no did", "bad_frame", raw(`{"time_us":%d,"kind":"identity"}`, at)},
		{"no time_us", "bad_frame", raw(`{"did":"did:plc:a","kind":"identity"}`)},
		{"time_us far ahead", "bad_frame", raw(`{"did":"did:plc:a","time_us":%d,"kind":"identity"}`, at*10)},
		{"commit without commit", "bad_frame", raw(`{"did":"did:plc:a","time_us":%d,"kind":"commit"}`, at)},
		{"new kind", "other_kind", raw(`{"did":"did:plc:a","time_us":%d,"kind":"sync","sync":{}}`, at)},
		{"new operation", "other_operation", raw(`{"did":"did:plc:a","time_us":%d,"kind":"commit","commit":{"operation":"move","collection":"app.bsky.feed.post","rkey":"r"}}`, at)},
		{"another collection", "other_collection", raw(`{"did":"did:plc:a","time_us":%d,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.like","rkey":"r","record":{}}}`, at)},
		{"a cursor beside", "identity", raw(`{"did":"did:plc:a","time_us":%d,"cursor":12345,"kind":"identity"}`, at)},
		{"too large", "too_large", raw(`{"did":"did:plc:a","pad":"%s"}`, strings.Repeat("x", 3<<20))},
	} {
		events = append(events, struct {
			name string
			e    jetstreamtest.Event
			want string
		}{r.name, r.e, r.want})
	}
	for i := range events {
		events[i].e.TimeUS = base.UnixMicro()
		s.Add(events[i].e)
	}
	src := newSource(t, s, func(o *bluesky.Options) { o.Langs = []string{"EN", "de"} })
	got := collect(t, src, strconv.FormatInt(at, 10), len(events))

	var want []string
	filtered := map[string]int{}
	for _, e := range events {
		switch kind, _, _ := strings.Cut(e.want, " "); kind {
		case "post", "delete", "delete_author":
			want = append(want, e.want)
		case "bad_frame", "bad_json", "too_large":
		default:
			filtered[e.want]++
		}
	}
	var posts []string
	for _, p := range got.Posts {
		line := fmt.Sprintf("%s %s", p.Kind, p.CreatedAt.Sub(base))
		if p.Lang != "" {
			line += " " + p.Lang
		}
		if p.ReplyTo != "" {
			line += " to " + p.ReplyTo
		}
		posts = append(posts, line)
		if p.Source != "bluesky" || p.Author != alice || !p.CollectedAt.Equal(base) || p.Kind != post.KindDeleteAuthor && p.ID != id("r") {
			t.Errorf("%s: %+v", line, p)
		}
		if p.Kind == post.KindPost && p.URL != "https://bsky.app/profile/"+alice+"/post/r" {
			t.Errorf("%s: url is %s", line, p.URL)
		}
		if err := p.Validate(time.Now()); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if d := cmp.Diff(want, posts); d != "" {
		t.Errorf("posts (-want +got):\n%s", d)
	}
	if d := cmp.Diff(filtered, got.Filtered); d != "" {
		t.Errorf("left out (-want +got):\n%s", d)
	}
	var reasons, wantReasons []string
	places := map[string]bool{}
	for _, e := range events {
		if e.want == "bad_frame" || e.want == "bad_json" || e.want == "too_large" {
			wantReasons = append(wantReasons, e.want)
		}
	}
	for _, j := range got.Rejects {
		reasons = append(reasons, string(j.Reason))
		places[j.Position] = true
		if len(j.Payload) == 0 || len(j.Payload) > 4<<10 || j.Detail == "" {
			t.Errorf("reject %+v", j)
		}
	}
	if d := cmp.Diff(wantReasons, reasons); d != "" {
		t.Errorf("rejects (-want +got):\n%s", d)
	}
	if len(places) < 7 {
		t.Errorf("rejects stand at %v: those without a time must be told apart", places)
	}
	if got.Received() != s.Sent() {
		t.Errorf("%d frames were sent and %d are accounted for", s.Sent(), got.Received())
	}
	if got.Cursor != strconv.FormatInt(at, 10) {
		t.Errorf("cursor is %s, want %d: a time far ahead must not move it", got.Cursor, at)
	}
}

func TestSubscription(t *testing.T) {
	t.Parallel()
	s := jetstreamtest.Start(t)
	s.Add(jetstreamtest.Like(jetstreamtest.DID(1), "l"), jetstreamtest.Create(jetstreamtest.DID(1), "r", jetstreamtest.Text("x")))
	cursor := s.Now()
	got := collect(t, newSource(t, s, nil), strconv.FormatInt(cursor, 10), 1)
	if len(got.Posts) != 1 {
		t.Errorf("got %+v; likes were not asked for", got)
	}
	d := s.Dials()[0]
	want := map[string][]string{
		"wantedCollections": {"app.bsky.feed.post"}, "maxMessageSizeBytes": {"1048576"},
		"cursor": {strconv.FormatInt(cursor-5_000_000, 10)},
	}
	if diff := cmp.Diff(want, d.Query); diff != "" || d.UserAgent != "outcry/1.2.3 (+ops@example.org)" {
		t.Errorf("user agent %q, query (-want +got):\n%s", d.UserAgent, diff)
	}
}

// TestSameOnResume holds that what comes twice is the same record, byte for byte,
// so that it changes nothing.
func TestSameOnResume(t *testing.T) {
	t.Parallel()
	s := jetstreamtest.Start(t)
	before := s.Now()
	for i := range 50 {
		r := jetstreamtest.Text("x")
		if i%3 == 0 {
			r["createdAt"] = "9999-01-01T00:00:00Z"
		}
		s.Add(jetstreamtest.Create(jetstreamtest.DID(i), "r", r))
	}
	first := collect(t, newSource(t, s, nil), strconv.FormatInt(before, 10), 50)
	second := collect(t, newSource(t, s, nil), first.Cursor, 50) // all of it is within the rewind
	if d := cmp.Diff(first.Posts, second.Posts); d != "" {
		t.Errorf("posts (-first +second):\n%s", d)
	}
}

// TestGap holds that a host which has forgotten what stands behind the cursor does
// not go unnoticed.
func TestGap(t *testing.T) {
	t.Parallel()
	s := jetstreamtest.Start(t)
	cursor := s.Now()
	s.Add(jetstreamtest.Create(jetstreamtest.DID(1), "lost", jetstreamtest.Text("x")))
	later := jetstreamtest.Create(jetstreamtest.DID(1), "kept", jetstreamtest.Text("x"))
	later.TimeUS = cursor + 90_000_000
	s.Add(later)
	s.Forget(1)
	got := collect(t, newSource(t, s, nil), strconv.FormatInt(cursor, 10), 1)
	if got.Gap != 90*time.Second || len(got.Posts) != 1 {
		t.Errorf("gap is %s with %d posts, want 1m30s with 1", got.Gap, len(got.Posts))
	}
	again := collect(t, newSource(t, s, nil), got.Cursor, 1)
	if again.Gap != 0 {
		t.Errorf("a cursor that the host still has gives a gap of %s", again.Gap)
	}
}

// samples are frames to build a dictionary from.
func samples() [][]byte {
	var all [][]byte
	for i := range 200 {
		all = append(all, fmt.Appendf(nil, `{"did":%q,"time_us":%d,"kind":"commit","commit":{"rev":"3l3qo2vutsw2b","operation":"create","collection":"app.bsky.feed.post","rkey":%q,"record":{"$type":"app.bsky.feed.post","createdAt":"2026-01-02T03:04:05.678Z","langs":["en"],"text":"sample %d of what people say"},"cid":"bafyreidwaivazkwu67xztlmuobx35hs2lnfh3kolmgfmucldvhd3sgzcqi"}}`,
			jetstreamtest.DID(i*7919), 1767323045000000+i*131, jetstreamtest.RKey(i*104729), i))
	}
	return all
}

func dictionary(t *testing.T) (content []byte, path string) {
	t.Helper()
	content, err := dict.BuildZstdDict(samples(), dict.Options{MaxDictSize: 16 << 10, HashBytes: 6, ZstdDictID: 1612007021, ZstdLevel: zstd.SpeedDefault})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "dictionary")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return content, path
}

func TestCompression(t *testing.T) {
	t.Parallel()
	content, path := dictionary(t)
	s := jetstreamtest.Start(t)
	s.UseDict(t, content)
	cursor := strconv.FormatInt(s.Now(), 10)
	for i := range 20 {
		s.Add(jetstreamtest.Create(jetstreamtest.DID(i), "r", jetstreamtest.Text(fmt.Sprint("post ", i))))
	}
	bomb, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Fault(
		jetstreamtest.Fault{Kind: jetstreamtest.Garbage, After: 5, Data: []byte("no zstd")},
		jetstreamtest.Fault{Kind: jetstreamtest.Garbage, After: 5, Data: bomb.EncodeAll(make([]byte, 20<<20), nil)},
	)
	src := newSource(t, s, func(o *bluesky.Options) { o.Compress, o.DictFile = true, path })
	got := collect(t, src, cursor, 22)
	if len(got.Posts) != 20 || len(got.Rejects) != 2 || got.Posts[19].Text != "post 19" || s.Fired(jetstreamtest.Garbage) != 2 {
		t.Errorf("%d posts, rejects %+v", len(got.Posts), got.Rejects)
	}
	for _, j := range got.Rejects {
		if j.Reason != post.BadFrame || !strings.HasPrefix(j.Detail, "unpacking") {
			t.Errorf("reject %s: %s", j.Reason, j.Detail)
		}
	}
	if q := s.Dials()[0].Query["compress"]; !slices.Equal(q, []string{"true"}) {
		t.Errorf("compress=%v", q)
	}
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(bad, []byte("no dictionary"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cfg  config.Bluesky
		want string
	}{
		{config.Bluesky{URL: "https://example.org"}, "ingest.bluesky.url"},
		{config.Bluesky{URL: "ws://x", Compress: true, DictFile: bad + "ly"}, "ingest.bluesky.dictionary_file: open"},
		{config.Bluesky{URL: "ws://x", Compress: true, DictFile: bad}, "no zstd dictionary"},
	} {
		if _, err := bluesky.New(bluesky.Options{Bluesky: c.cfg}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New gave %v, want %q", err, c.want)
		}
	}
	src, err := bluesky.New(bluesky.Options{Bluesky: config.Bluesky{URL: "ws://127.0.0.1:1/subscribe"}})
	if err != nil {
		t.Fatal(err)
	}
	failure(t, src.Run(t.Context(), "yesterday", nil), "cursor")
	failure(t, src.Run(t.Context(), "", nil), "dial")
}

func failure(t *testing.T, err error, kind string) *post.Failure {
	t.Helper()
	var f *post.Failure
	if !errors.As(err, &f) || f.Kind != kind {
		t.Fatalf("got %v, want a failure of kind %s", err, kind)
	}
	return f
}

// TestWhyItEnded holds the kind and the wait of each way to end.
func TestWhyItEnded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault jetstreamtest.Fault
		kind  string
		wait  time.Duration
	}{
		{"429 with seconds", jetstreamtest.Fault{Kind: jetstreamtest.Refuse, Status: 429, RetryAfter: "17"}, "http_429", 17 * time.Second},
		{"429 with a date", jetstreamtest.Fault{Kind: jetstreamtest.Refuse, Status: 429, RetryAfter: "Fri, 02 Jan 2026 03:05:05 GMT"}, "http_429", time.Minute},
		{"503 with nonsense", jetstreamtest.Fault{Kind: jetstreamtest.Refuse, Status: 503, RetryAfter: "soon"}, "http_5xx", 0},
		{"403", jetstreamtest.Fault{Kind: jetstreamtest.Refuse, Status: 403}, "http_4xx", 0},
		{"200", jetstreamtest.Fault{Kind: jetstreamtest.Refuse, Status: 200}, "protocol", 0},
		{"reset", jetstreamtest.Fault{Kind: jetstreamtest.Reset}, "closed", 0},
		{"1006", jetstreamtest.Fault{Kind: jetstreamtest.Drop}, "closed", 0},
		{"goodbye", jetstreamtest.Fault{Kind: jetstreamtest.Goodbye}, "closed", 0},
		{"stall", jetstreamtest.Fault{Kind: jetstreamtest.Stall}, "idle", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := jetstreamtest.Start(t)
			s.Fault(c.fault)
			src := newSource(t, s, func(o *bluesky.Options) {
				o.IdleTimeout = 300 * time.Millisecond
				o.Now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
			})
			f := failure(t, src.Run(t.Context(), "", func(context.Context, post.Batch) error { return nil }), c.kind)
			if f.Wait != c.wait || s.Fired(c.fault.Kind) != 1 {
				t.Errorf("wait %s, want %s; fired %d", f.Wait, c.wait, s.Fired(c.fault.Kind))
			}
		})
	}
}

// TestWhatCameBeforeTheEndIsEmitted holds that the frames before a broken
// connection are not lost with it.
func TestWhatCameBeforeTheEndIsEmitted(t *testing.T) {
	t.Parallel()
	s := jetstreamtest.Start(t)
	cursor := strconv.FormatInt(s.Now(), 10)
	for i := range 1700 {
		s.Add(jetstreamtest.Create(jetstreamtest.DID(i), "r", jetstreamtest.Text("x")))
	}
	s.Fault(jetstreamtest.Fault{Kind: jetstreamtest.Goodbye, After: 1700})
	n := 0
	err := newSource(t, s, nil).Run(t.Context(), cursor, func(_ context.Context, b post.Batch) error {
		n += b.Received()
		return nil
	})
	failure(t, err, "closed")
	if n != 1700 {
		t.Errorf("%d frames were emitted, want 1700", n)
	}
}

// TestSlowKafka holds that we being slow is not taken for the host being silent,
// and that memory stays bounded meanwhile.
func TestSlowKafka(t *testing.T) {
	t.Parallel()
	s := jetstreamtest.Start(t)
	cursor := strconv.FormatInt(s.Now(), 10)
	const n = 4000
	rubbish := []byte(strings.Repeat("x", 16<<10)) // large, and quickly judged
	events := make([]jetstreamtest.Event, n)
	for i := range events {
		events[i].Raw = rubbish
	}
	s.Add(events...)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, calls := 0, 0
	src := newSource(t, s, func(o *bluesky.Options) { o.IdleTimeout = 2 * time.Second })
	err := src.Run(ctx, cursor, func(ctx context.Context, b post.Batch) error {
		if calls++; calls == 1 { // Kafka is away for twice the patience of the watchdog
			timer := time.NewTimer(4 * time.Second)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
			if sent := s.Sent(); sent > n-500 {
				t.Errorf("%d frames were taken while nothing could be done with them", sent)
			}
		}
		if got += b.Received(); got == n {
			cancel()
		}
		return nil
	})
	// Where the host has said everything before we are through, it is silent indeed.
	if got != n || len(s.Dials()) != 1 || !errors.Is(err, context.Canceled) && !strings.Contains(err.Error(), "nothing came") {
		t.Errorf("%d of %d frames over %d connections: %v", got, n, len(s.Dials()), err)
	}
}

func TestCursorTime(t *testing.T) {
	t.Parallel()
	s := jetstreamtest.Start(t)
	src := newSource(t, s, nil)
	var _ ingest.Dated = src
	if at, ok := src.CursorTime("1767323045678901"); !ok || !at.Equal(time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)) {
		t.Errorf("CursorTime gave %s, %t", at, ok)
	}
	if _, ok := src.CursorTime("x"); ok {
		t.Error("x is no cursor")
	}
}

// BenchmarkRun reads posts of common length from a server on this machine, which
// takes its share of the time.
func BenchmarkRun(b *testing.B) {
	s := jetstreamtest.Start(b)
	cursor := strconv.FormatInt(s.Now(), 10)
	const n = 20_000
	events := make([]jetstreamtest.Event, n)
	for i := range events {
		events[i] = jetstreamtest.Create(jetstreamtest.DID(i), "r", jetstreamtest.Text(strings.Repeat("words ", 20)))
	}
	s.Add(events...)
	b.ReportAllocs()
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		got := 0
		_ = newSource(b, s, nil).Run(ctx, cursor, func(_ context.Context, batch post.Batch) error {
			if got += batch.Received(); got == n {
				cancel()
			}
			return nil
		})
		cancel()
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "frames/s")
}

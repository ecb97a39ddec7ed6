package post_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/post"
)

// golden are the files of testdata and what they mean. Neither may change: they
// stand for records that are in topics already. New ones are added.
var golden = map[string]post.Post{
	"full.json": {
		ID: "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3kfk4zcmlyk2d", Source: "bluesky", Kind: post.KindPost,
		URL:    "https://bsky.app/profile/did:plc:ewvi7nxzyoun6zhxrhs64oiz/post/3kfk4zcmlyk2d",
		Author: "p_3f2a9c0d1e4b5a6978877665", CreatedAt: time.Date(2012, 12, 24, 20, 24, 7, 5e8, time.UTC),
		Text: "Netflix & Amazon <both> down? “Why” do you run on a rival's cloud 🙄\nsecond line", Lang: "en",
		ReplyTo: "at://did:plc:ragtjsm2j2vknwkz3zp4oxrd/app.bsky.feed.post/3kfk4yyyyyy2d", Place: "Los Gatos, CA",
		CollectedAt: time.Date(2012, 12, 24, 20, 24, 9, 123456e3, time.UTC), Simulated: true,
	},
	"least.json": {ID: "1", Source: "x", Kind: post.KindPost, CreatedAt: time.Date(2012, 12, 24, 20, 24, 0, 0, time.UTC)},
	"delete.json": {
		ID: "1", Source: "x", Kind: post.KindDelete, Author: "p_3f2a9c0d1e4b5a6978877665",
		CreatedAt: time.Date(2012, 12, 24, 20, 30, 0, 0, time.UTC), CollectedAt: time.Date(2012, 12, 24, 20, 30, 1, 0, time.UTC),
	},
	"delete_author.json": {Source: "bluesky", Kind: post.KindDeleteAuthor, Author: "p_3f2a9c0d1e4b5a6978877665"},
}

func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(golden) {
		t.Fatalf("%d golden files (%v), want %d", len(files), err, len(golden))
	}
	for name, want := range golden {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := post.Decode(b)
		if err != nil {
			t.Errorf("decoding %s: %v", name, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s decoded (-want +got):\n%s", name, d)
		}
		if err := got.Validate(time.Date(2012, 12, 24, 21, 0, 0, 0, time.UTC)); err != nil {
			t.Errorf("%s is not valid: %v", name, err)
		}
		enc, err := want.Encode()
		if err != nil {
			t.Errorf("encoding %s: %v", name, err)
		}
		if d := cmp.Diff(string(b), string(enc)); d != "" {
			t.Errorf("%s encoded (-want +got):\n%s", name, d)
		}
	}
}

// TestTruncated cuts golden records at every byte: each cut is bad JSON, no panic,
// and never a post.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for name := range golden {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(b) {
			p, err := post.Decode(b[:n])
			if reason(err) != post.BadJSON || p != (post.Post{}) {
				t.Fatalf("%s cut at %d: %+v, %v", name, n, p, err)
			}
		}
	}
}

func reason(err error) post.Reason {
	var e *post.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in     string
		reason post.Reason
		detail string
	}{
		{`{}`, "", ""},
		{` {"id":"1"} `, "", ""},
		{`{"id":"1","unknown":{"a":[1]}}`, "", ""},
		{`{"created_at":"2012-12-24T20:24:00.123456789+05:45"}`, "", ""},
		{`{"created_at":"","collected_at":null}`, "", ""},
		{``, post.BadJSON, "not a JSON object"},
		{`null`, post.BadJSON, "not a JSON object"},
		{`[]`, post.BadJSON, "not a JSON object"},
		{`"x"`, post.BadJSON, "not a JSON object"},
		{`{"id":1}`, post.BadJSON, "id"},
		{`{"text":["a"]}`, post.BadJSON, "text"},
		{`{"simulated":"yes"}`, post.BadJSON, "simulated"},
		{`{"created_at":1356380640}`, post.BadJSON, "created_at"},
		{`{"id":"1"}{"id":"2"}`, post.BadJSON, "after top-level value"},
		{`{"created_at":"yesterday"}`, post.BadTime, `created_at is "yesterday"; it must be a time like 2012-12-24T20:24:00Z`},
		{`{"created_at":"0001-01-01T00:00:00Z"}`, post.BadTime, "created_at"},
		{`{"collected_at":"2012-12-24"}`, post.BadTime, "collected_at"},
		{`{"created_at":"` + strings.Repeat("9", 5000) + `"}`, post.BadTime, "…"},
		{`{"text":"` + strings.Repeat("x", post.MaxRecord) + `"}`, post.TooLarge, "65547 bytes"},
	} {
		_, err := post.Decode([]byte(c.in))
		if reason(err) != c.reason || err != nil && !strings.Contains(err.Error(), c.detail) {
			t.Errorf("Decode(%.60s) gave %v, want %s with %q", c.in, err, c.reason, c.detail)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("Decode(%.60s): the error has %d bytes", c.in, len(err.Error()))
		}
	}
}

func TestInvalidUTF8(t *testing.T) {
	t.Parallel()
	got, err := post.Decode([]byte("{\"id\":\"1\",\"text\":\"caf\xe9 \\ud800!\"}"))
	if err != nil || got.Text != "caf\ufffd \ufffd!" {
		t.Errorf("decoded %q, %v", got.Text, err)
	}
	p := post.Post{ID: "\xff1", Source: "x", Text: "a\xc3\x28b\xff"}
	b, err := p.Encode()
	if err != nil || !json.Valid(b) || p.Text != "a\xc3\x28b\xff" {
		t.Fatalf("encoded %q, %v; the post itself must stay as it is", b, err)
	}
	if got, err = post.Decode(b); err != nil || got.Text != "a\ufffd(b\ufffd" || got.ID != "\ufffd1" {
		t.Errorf("decoded %+v, %v", got, err)
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	large := post.Post{ID: "1", Source: "x", Text: strings.Repeat("x", post.MaxRecord)}
	if _, err := large.Encode(); reason(err) != post.TooLarge {
		t.Errorf("a large post gave %v", err)
	}
	far := post.Post{ID: strings.Repeat("1", 1000), Source: "x", CreatedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}
	if _, err := far.Encode(); reason(err) != post.BadTime || len(err.Error()) > 300 {
		t.Errorf("the year 10000 gave %v", err)
	}
	east := post.Post{ID: "1", Source: "x", CreatedAt: time.Date(2012, 12, 25, 0, 24, 0, 0, time.FixedZone("", 4*3600))}
	if b, err := east.Encode(); err != nil || !bytes.Contains(b, []byte(`"2012-12-24T20:24:00Z"`)) {
		t.Errorf("a time of another zone gave %s, %v", b, err)
	}
}

// TestExcerpt holds that anything at all can be shown.
func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\x00", 100<<10)
	for _, p := range []post.Post{
		golden["full.json"],
		{ID: "1", CreatedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{ID: long, Source: long, Kind: post.Kind(long), URL: long, Author: long, Text: long, Lang: long, ReplyTo: long, Place: long},
	} {
		b := p.Excerpt()
		var got post.Post
		if err := json.Unmarshal(b, &got); err != nil || len(b) > post.MaxRecord || !strings.HasPrefix(p.ID, got.ID) || got.ID == "" {
			t.Errorf("excerpt of %.20q is %.80q: %v", p.ID, b, err)
		}
	}
}

// FuzzDecode holds for any bytes: no panic, a closed set of reasons, and that what
// is decoded, encoded and decoded again is the same.
func FuzzDecode(f *testing.F) {
	for name := range golden {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("{\"text\":\"\xff\",\"created_at\":\"9999-12-31T23:59:59-23:59\"}"))
	f.Add([]byte(`{"created_at":"0000-01-01T00:00:00+23:59","ID":"a","id":"b"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := post.Decode(in)
		if err != nil {
			switch reason(err) {
			case post.BadJSON, post.TooLarge, post.BadTime:
			default:
				t.Fatalf("Decode gave %v", err)
			}
			return
		}
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		invalid := p.Validate(now)
		if invalid != nil && reason(invalid) == "" {
			t.Fatalf("Validate gave %v", invalid)
		}
		if excerpt := p.Excerpt(); !json.Valid(excerpt) {
			t.Fatalf("Excerpt gave %q", excerpt)
		}
		b, err := p.Encode()
		if err != nil {
			if r := reason(err); r != post.TooLarge && (r != post.BadTime || invalid == nil) {
				t.Fatalf("Encode gave %v", err)
			}
			return
		}
		again, err := post.Decode(b)
		if err != nil {
			t.Fatalf("decoding %s: %v", b, err)
		}
		if d := cmp.Diff(p, again); d != "" {
			t.Fatalf("round trip (-first +second):\n%s", d)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	in, err := os.ReadFile("testdata/full.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := post.Decode(in); err != nil {
			b.Fatal(err)
		}
	}
}

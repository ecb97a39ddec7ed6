package tag_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
)

// golden are the files of testdata and what they mean. Neither may change: they
// stand for records that are in topics already. New ones are added.
var golden = map[string]tag.Tag{
	"full.json": {
		ID: "3kfk4zcmlyk2d", Source: "bluesky", Kind: post.KindPost, URL: "https://bsky.app/profile/x/post/3kfk4zcmlyk2d",
		Author: "p_3f2a9c0d1e4b5a6978877665", CreatedAt: time.Date(2012, 12, 24, 20, 24, 7, 5e8, time.UTC),
		CollectedAt: time.Date(2012, 12, 24, 20, 24, 9, 123456e3, time.UTC),
		Text:        "Netflix down on my Roku. Why run on Amazon?! Going to Hulu", Lang: "en", ReplyTo: "3kfk4yyyyyy2d",
		Place: "Los Gatos, CA", Simulated: true,
		Outage: tag.Report, OutageScore: 0.97, Sentiment: tag.Negative, SentimentScore: -0.8, Emotion: tag.Anger,
		Vendors: []tag.Mention{
			{Vendor: "netflix", Role: tag.Affected, Sentiment: tag.Negative, Score: 0.99, Spans: []tag.Span{{Start: 0, End: 7}}},
			{Vendor: "amazon", Role: tag.Blamed, Sentiment: tag.Negative, Score: 0.9, Spans: []tag.Span{{Start: 36, End: 42}}},
			{Vendor: "hulu", Role: tag.Alternative, Sentiment: tag.Neutral, Score: 0.95, Spans: []tag.Span{{Start: 54, End: 58}}},
		},
		Symptoms: []string{"playback"}, Devices: []string{"roku"}, Places: []string{"Los Gatos"}, Intents: []string{"churn"},
		Unknown: []string{"Gatoflix"}, Spam: 0.01, Cluster: 0x00ff00ff12345678,
		Marks: []tag.Mark{{Span: tag.Span{Start: 8, End: 12}, Label: "report"}}, Model: "2026-11-1",
	},
	"filtered.json": {
		ID: "2", Source: "x", Kind: post.KindPost, Author: "p_3f2a9c0d1e4b5a6978877665", Filtered: "no_match",
		CreatedAt: time.Date(2012, 12, 24, 20, 24, 0, 0, time.UTC), CollectedAt: time.Date(2012, 12, 24, 20, 25, 0, 0, time.UTC),
	},
	"delete.json": {
		ID: "2", Source: "x", Kind: post.KindDelete, Author: "p_3f2a9c0d1e4b5a6978877665",
		CreatedAt: time.Date(2012, 12, 24, 20, 30, 0, 0, time.UTC),
	},
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
		got, err := tag.Decode(b)
		if err != nil {
			t.Errorf("decoding %s: %v", name, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s decoded (-want +got):\n%s", name, d)
		}
		enc, err := want.Encode()
		if err != nil {
			t.Errorf("encoding %s: %v", name, err)
		}
		if d := cmp.Diff(string(b), string(enc)); d != "" {
			t.Errorf("%s encoded (-want +got):\n%s", name, d)
		}
	}
	full := golden["full.json"]
	for _, m := range full.Vendors {
		for _, s := range m.Spans {
			if word := full.Text[s.Start:s.End]; len(word) < 4 || word[0] < 'A' || word[0] > 'Z' {
				t.Errorf("the span of %s is %q", m.Vendor, word)
			}
		}
	}
}

// TestGoldenIsFull holds that full.json has a value in every field, so that none
// can be added without a golden file that has it.
func TestGoldenIsFull(t *testing.T) {
	t.Parallel()
	full := reflect.ValueOf(golden["full.json"])
	for f, v := range full.Fields() {
		if v.IsZero() && f.Name != "Filtered" {
			t.Errorf("%s is empty in full.json", f.Name)
		}
	}
}

func TestTruncated(t *testing.T) {
	t.Parallel()
	for name := range golden {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(b) {
			if _, err := tag.Decode(b[:n]); !badJSON(err) {
				t.Fatalf("%s cut at %d gave %v", name, n, err)
			}
		}
	}
}

func badJSON(err error) bool {
	var e *post.Error
	return errors.As(err, &e) && e.Reason == post.BadJSON
}

func TestWrongInput(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		``, `null`, `[]`, `7`, `"x"`, `{"id":1}`, `{"vendors":{}}`, `{"vendors":["netflix"]}`, `{"cluster":"xyz"}`, `{"cluster":"00ff00ff1234567890"}`,
		`{"cluster":255}`, `{"outage_score":"high"}`, `{"created_at":"yesterday"}`, `{"outage_score":1e999}`, `{"id":"1"}{"id":"2"}`,
	} {
		if _, err := tag.Decode([]byte(in)); !badJSON(err) {
			t.Errorf("%s gave %v", in, err)
		}
	}
	// What a newer program may write is read: labels and fields that are not known here.
	got, err := tag.Decode([]byte(`{"id":"1","source":"x","outage":"rumour","vendors":[{"id":"a","role":"rescued","more":1}],"more":{}}`))
	if err != nil || got.Outage != "rumour" || got.Vendors[0].Role != "rescued" || got.Kind != post.KindPost {
		t.Errorf("unknown labels gave %+v, %v", got, err)
	}
}

func TestEncodeRefusesWhatJSONCannotSay(t *testing.T) {
	t.Parallel()
	for _, bad := range []tag.Tag{{OutageScore: math.NaN()}, {SentimentScore: math.Inf(1)}, {CreatedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}} {
		if b, err := bad.Encode(); err == nil {
			t.Errorf("encoded %s", b)
		}
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	var p post.Post
	v := reflect.ValueOf(&p).Elem()
	for f, field := range v.Fields() {
		switch field.Kind() {
		case reflect.String:
			field.SetString(f.Name)
		case reflect.Bool:
			field.SetBool(true)
		default:
			field.Set(reflect.ValueOf(time.Date(2012, 12, 24, 20, 24, len(f.Name), 0, time.UTC)))
		}
	}
	got := reflect.ValueOf(tag.Of(&p))
	for f, want := range v.Fields() {
		if have := got.FieldByName(f.Name); !have.IsValid() || !have.Equal(want) {
			t.Errorf("%s of the post is not in its tag", f.Name)
		}
	}
	tagged := tag.Of(&p)
	if tagged.Key() != p.Key() || tagged.AuthorKey() != p.AuthorKey() {
		t.Error("a post and its tag have different keys")
	}
}

// FuzzDecode holds for any bytes: no panic, one reason, and that what is decoded,
// encoded and decoded again is the same.
func FuzzDecode(f *testing.F) {
	for name := range golden {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("{\"text\":\"\xff<\",\"vendors\":[{\"spans\":[{}]},{}],\"marks\":[{}],\"created_at\":\"9999-12-31T23:59:59-23:59\"}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		first, err := tag.Decode(in)
		if err != nil {
			if !badJSON(err) {
				t.Fatalf("Decode gave %v", err)
			}
			return
		}
		b, err := first.Encode()
		if err != nil {
			if y := max(first.CreatedAt.Year(), first.CollectedAt.Year()); y <= 9999 && min(first.CreatedAt.Year(), first.CollectedAt.Year()) >= 0 {
				t.Fatalf("Encode gave %v", err)
			}
			return
		}
		if !json.Valid(b) {
			t.Fatalf("Encode gave %q", b)
		}
		second, err := tag.Decode(b)
		if err != nil {
			t.Fatalf("decoding %s: %v", b, err)
		}
		// An empty list and none are the same on the wire.
		third, err := second.Encode()
		if err != nil || string(third) != string(b) {
			t.Fatalf("round trip (-first +second):\n%s", cmp.Diff(string(b), string(third)))
		}
	})
}

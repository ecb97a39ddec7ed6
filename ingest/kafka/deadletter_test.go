package kafka_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

var letters = []kafka.DeadLetter{
	{
		Topic: "outcry.posts", Position: "3/1234", Reason: "bad_json", Detail: `unexpected "}" at byte 17`,
		Source: "push", ID: "p-1", Payload: []byte(`{"id": }`), At: time.Date(2012, 12, 24, 20, 30, 0, 123, time.UTC),
	},
	{Position: "posts.ndjson:17", Reason: "no_id", Payload: []byte("\x00\xff not text")},
	{Reason: "empty"},
}

// The headers are an interface: other tools filter by them.
func TestDeadLetterHeaders(t *testing.T) {
	t.Parallel()
	got := letters[0].Record()
	want := kafka.Record{
		Key: []byte("push"), Value: []byte(`{"id": }`),
		Headers: []kafka.Header{
			{Key: "outcry-reason", Value: "bad_json"},
			{Key: "outcry-detail", Value: `unexpected "}" at byte 17`},
			{Key: "outcry-topic", Value: "outcry.posts"},
			{Key: "outcry-position", Value: "3/1234"},
			{Key: "outcry-source", Value: "push"},
			{Key: "outcry-id", Value: "p-1"},
			{Key: "outcry-at", Value: "2012-12-24T20:30:00.000000123Z"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestDeadLetterRoundTrip(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	var recs []kafka.Record
	for _, d := range letters {
		recs = append(recs, d.Record())
	}
	write(t, n, n.Topics().DeadLetters, recs)
	var got []kafka.DeadLetter
	err := n.ReadAll(t.Context(), n.Topics().DeadLetters, func(r kafka.Record) error {
		got = append(got, kafka.ParseDeadLetter(r))
		return nil
	})
	if err != nil || len(got) != len(letters) {
		t.Fatalf("%d letters, %v", len(got), err)
	}
	for i, want := range letters {
		if want.At.IsZero() {
			if got[i].At.IsZero() {
				t.Error("a letter without a time does not get the record's")
			}
			got[i].At = want.At
		}
		if diff := cmp.Diff(want, got[i]); diff != "" {
			t.Errorf("letter %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestDeadLetterIsCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ö", 5000)
	r := kafka.DeadLetter{Reason: "too_large", Detail: long, ID: long, Payload: bytes.Repeat([]byte("x"), 1<<20)}.Record()
	if len(r.Value) != 4096 || r.Header("outcry-size") != "1048576" {
		t.Errorf("%d bytes are kept, outcry-size is %q", len(r.Value), r.Header("outcry-size"))
	}
	for _, name := range []string{"outcry-detail", "outcry-id"} {
		if got := r.Header(name); len(got) != 4096 || !strings.HasPrefix(long, got) {
			t.Errorf("%s has %d bytes", name, len(got))
		}
	}
}

func FuzzParseDeadLetter(f *testing.F) {
	f.Add("outcry-reason", "x", []byte("payload"))
	f.Add("outcry-at", "2012-12-24T20:30:00Z", []byte(nil))
	f.Fuzz(func(t *testing.T, key, value string, payload []byte) {
		d := kafka.ParseDeadLetter(kafka.Record{Headers: []kafka.Header{{Key: key, Value: value}}, Value: payload})
		again := kafka.ParseDeadLetter(d.Record())
		if len(payload) > 4096 || len(value) > 4096 {
			return // cut
		}
		if diff := cmp.Diff(d, again); diff != "" && key != "outcry-at" {
			t.Errorf("a letter changes on its way (-before +after):\n%s", diff)
		}
	})
}

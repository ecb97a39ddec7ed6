package post_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/post"
)

// goldenOfficial stands for records that are in topics already: neither it nor the
// file may change.
var goldenOfficial = post.Official{
	Vendor: "aws", EventID: "us-east-1-2012-12-24", At: time.Date(2012, 12, 24, 21, 30, 0, 0, time.UTC),
	Status: "investigating", Impact: "major", Title: "Elastic Load Balancing <US-EAST-1>",
	Text: "We are investigating increased API errors & latency.", URL: "https://status.aws.amazon.com/#elb",
	Simulated: true, CollectedAt: time.Date(2012, 12, 24, 21, 30, 41, 5e8, time.UTC),
}

func TestOfficialGolden(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/official/full.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := post.DecodeOfficial(b)
	if d := cmp.Diff(goldenOfficial, got); err != nil || d != "" {
		t.Errorf("decoded with %v (-want +got):\n%s", err, d)
	}
	enc, err := goldenOfficial.Encode()
	if d := cmp.Diff(string(b), string(enc)); err != nil || d != "" {
		t.Errorf("encoded with %v (-want +got):\n%s", err, d)
	}
	if err := got.Validate(time.Date(2012, 12, 24, 22, 0, 0, 0, time.UTC)); err != nil {
		t.Errorf("it is not valid: %v", err)
	}
	for n := range len(b) {
		if _, err := post.DecodeOfficial(b[:n]); reason(err) != post.BadJSON {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func TestOfficialValidate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		in   post.Official
		want post.Reason
	}{
		{post.Official{EventID: "1", At: now}, post.MissingField},
		{post.Official{Vendor: "aws", At: now}, post.MissingField},
		{post.Official{Vendor: "aws", EventID: "1"}, post.MissingField},
		{post.Official{Vendor: "aws", EventID: "1", At: now.AddDate(0, 0, 2)}, post.BadTime},
		{post.Official{Vendor: "aws", EventID: "1", At: now, CollectedAt: time.Unix(0, 0)}, post.BadTime},
		{post.Official{Vendor: "aws", EventID: "1", At: now}, ""},
	} {
		if got := reason(c.in.Validate(now)); got != c.want {
			t.Errorf("%+v gave %q, want %q", c.in, got, c.want)
		}
	}
}

package week

import (
	"slices"
	"testing"

	"github.com/outcry/outcry/ingest/post"
)

func TestWeek(t *testing.T) {
	t.Parallel()
	w := New(3)
	if len(w.Vendors) != 24 || len(w.Outages) < 16 || len(w.Decoys) != 14 {
		t.Errorf("there are %d vendors, %d outages, %d decoys", len(w.Vendors), len(w.Outages), len(w.Decoys))
	}
	cascade := 0
	for _, o := range w.Outages {
		if o.Peak < 0.5 || o.Peak > 160 || !o.End.After(o.Start) || !slices.Contains(w.Vendors, o.Vendor) {
			t.Errorf("outage %+v", o)
		}
		if o.Cause == "aws" {
			cascade++
		}
	}
	if cascade < 4 {
		t.Errorf("%d customers fail with their supplier", cascade)
	}
	var first []post.Post
	n, last, silent := 0, Start, 0
	for p := range w.Posts() {
		if p.CreatedAt.Before(last) {
			t.Fatalf("post %s is older than the one before", p.ID)
		}
		last = p.CreatedAt
		if p.Source == "bluesky" && !p.CreatedAt.Before(w.Silent.Start) && p.CreatedAt.Before(w.Silent.End) {
			silent++
		}
		if n++; len(first) < 500 {
			first = append(first, p)
		}
	}
	if n < 50_000 || silent != 0 {
		t.Errorf("there are %d posts, %d of a silent source", n, silent)
	}
	i := 0
	for p := range New(3).Posts() {
		if i == len(first) {
			break
		}
		if p != first[i] {
			t.Fatalf("post %d is %+v, then %+v", i, first[i], p)
		}
		i++
	}
}

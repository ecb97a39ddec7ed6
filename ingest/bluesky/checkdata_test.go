//go:build checkdata

package bluesky_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/outcry/outcry/ingest/bluesky/jetstreamtest"
	"github.com/outcry/outcry/ingest/post"
)

// realFrame is what this test reads of a frame by itself, apart from the collector.
type realFrame struct {
	DID    string `json:"did"`
	TimeUS int64  `json:"time_us"`
	Kind   string `json:"kind"`
	Commit struct {
		Operation  string `json:"operation"`
		Collection string `json:"collection"`
		RKey       string `json:"rkey"`
		Record     struct {
			Text string `json:"text"`
		} `json:"record"`
	} `json:"commit"`
}

// TestCheckDataFrames feeds real frames of Jetstream, as they were served for 150
// frames of the relay, through the collector, with every kind of event as it came:
// each becomes a post or a deletion, or is counted with its reason, and none is
// rejected. Read again from the middle, the same frames give the same posts.
func TestCheckDataFrames(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(os.Getenv("OUTCRY_DATA_CHECKS"), "bluesky_frames", "internal", "corpus", "testdata", "expected_v1.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var (
		events []jetstreamtest.Event
		want   = map[string]string{} // text by id of what must come as a post
		gone   []string              // ids of deletions
	)
	for line := range bytes.Lines(b) {
		line = bytes.TrimSpace(line)
		var f realFrame
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		events = append(events, jetstreamtest.Event{Raw: line, TimeUS: f.TimeUS}) // no collection: everything is sent
		if f.Kind != "commit" || f.Commit.Collection != jetstreamtest.PostCollection {
			continue
		}
		id := "at://" + f.DID + "/" + f.Commit.Collection + "/" + f.Commit.RKey
		if f.Commit.Operation == "delete" {
			gone = append(gone, id)
		} else {
			want[id] = f.Commit.Record.Text
		}
	}
	if len(events) < 150 || len(want)+len(gone) != 18 {
		t.Fatalf("there are %d frames with %d posts and %d deletions of posts", len(events), len(want), len(gone))
	}
	read := func(cursor string, n int) post.Batch {
		s := jetstreamtest.Start(t)
		s.Add(events...)
		return collect(t, newSource(t, s, nil), cursor, n)
	}
	all := read("1", len(events))
	t.Logf("%d frames: %d posts and deletions, %v left out, %d rejected", all.Received(), len(all.Posts), all.Filtered, len(all.Rejects))
	if all.Received() != len(events) || len(all.Rejects) != 0 {
		t.Errorf("%d of %d frames are accounted for, %d rejected: %v", all.Received(), len(events), len(all.Rejects), all.Rejects)
	}
	for _, p := range all.Posts {
		text, isPost := want[p.ID]
		switch {
		case p.Kind == post.KindDelete && slices.Contains(gone, p.ID):
			gone = slices.DeleteFunc(gone, func(id string) bool { return id == p.ID })
		case p.Kind == post.KindPost && isPost && p.Text == text:
			delete(want, p.ID)
		case p.Kind != post.KindDeleteAuthor:
			t.Errorf("%s of %s is not what the frames say", p.Kind, p.ID)
		}
	}
	if len(want)+len(gone) > 0 {
		t.Errorf("posts %v and deletions %v are lost", want, gone)
	}
	again := read(all.Cursor, 1) // the cursor is inclusive, and a little is read again
	for _, p := range again.Posts {
		if !slices.ContainsFunc(all.Posts, func(q post.Post) bool { return q.ID == p.ID && q.Kind == p.Kind }) {
			t.Errorf("on resume %s is another post", p.ID)
		}
	}
}

package hackernews

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/ingest/htmltext"
	"github.com/outcry/outcry/ingest/post"
)

// item is one thing on Hacker News.
type item struct {
	ID      int64  `json:"id"`
	Type    string `json:"type"`
	By      string `json:"by"`
	Time    int64  `json:"time"`
	Text    string `json:"text"`
	Title   string `json:"title"`
	URL     string `json:"url"`
	Parent  int64  `json:"parent"`
	Deleted bool   `json:"deleted"`
	Dead    bool   `json:"dead"`
}

// Why items are left out on purpose.
const (
	otherType = "other_type" // job advertisements, answers of polls, what is unknown here
	goneItem  = "deleted"    // deleted or hidden before we saw it
	sameItem  = "unchanged"  // it has changed in nothing that is collected
	neverCame = "never_came" // a number that got no item
)

// editable is how long an author can change or delete an item, generously.
const editable = 6 * time.Hour

// absent says that the number has no item, or not yet.
func absent(data []byte) bool { return bytes.Equal(bytes.TrimSpace(data), []byte("null")) }

func decode(id int64, data []byte) (*item, error) {
	var it item
	if err := json.Unmarshal(data, &it); err != nil {
		return nil, fmt.Errorf("reading item %d: %s", id, strings.TrimPrefix(err.Error(), "json: "))
	}
	if it.ID != id {
		return nil, fmt.Errorf("item %d says that it is %d", id, it.ID)
	}
	return &it, nil
}

// first judges an item that is seen for the first time.
func (s *Source) first(it *item) (*post.Post, string) {
	switch {
	case it.Deleted || it.Dead:
		return nil, goneItem
	case it.Type != "story" && it.Type != "comment" && it.Type != "poll":
		return nil, otherType
	}
	p := it.post()
	s.memory.Add(p.ID, p.Author, p.Text)
	return p, ""
}

// changed judges an item that is said to have changed. Most have only got an answer
// or a point.
func (s *Source) changed(it *item) (*post.Post, string) {
	id := strconv.FormatInt(it.ID, 10)
	known, ok := s.memory.Find(id)
	switch {
	case it.Deleted || it.Dead:
		if known.Gone {
			return nil, sameItem
		}
		if !ok { // remembered as gone, so that it is said once
			s.memory.Add(id, it.By, "")
			known.Author = it.By
		}
		s.memory.Forget(id)
		return &post.Post{ID: id, Source: Name, Kind: post.KindDelete, Author: known.Author, CreatedAt: s.o.Now().UTC()}, ""
	case !ok && time.Unix(it.Time, 0).Before(s.o.Now().Add(-editable)):
		return nil, sameItem // from before our time
	case it.Type != "story" && it.Type != "comment" && it.Type != "poll":
		return nil, otherType
	}
	p := it.post()
	if !s.memory.Add(p.ID, p.Author, p.Text) {
		return nil, sameItem
	}
	return p, ""
}

func (it *item) post() *post.Post {
	p := &post.Post{
		ID: strconv.FormatInt(it.ID, 10), Source: Name, Kind: post.KindPost, Author: it.By,
		URL:       "https://news.ycombinator.com/item?id=" + strconv.FormatInt(it.ID, 10),
		CreatedAt: time.Unix(it.Time, 0).UTC(),
	}
	if it.Parent > 0 {
		p.ReplyTo = strconv.FormatInt(it.Parent, 10)
	}
	var parts []string
	for _, s := range []string{htmltext.Text(it.Title), it.URL, htmltext.Text(it.Text)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	p.Text = strings.Join(parts, "\n\n")
	return p
}

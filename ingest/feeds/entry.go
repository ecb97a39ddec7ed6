package feeds

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/mmcdole/gofeed"

	"github.com/outcry/outcry/ingest/htmltext"
	"github.com/outcry/outcry/ingest/post"
)

const (
	// idDigits and digestDigits are how an entry is written in a cursor.
	idDigits, digestDigits = 24, 8
	// maxText is how much of an entry is kept: who reads feeds reads headlines.
	maxText = 8 << 10
	// aheadSlack is how far a feed's clock may be ahead of ours.
	aheadSlack = time.Hour

	emptyEntry = "empty"     // neither words nor a link
	twiceEntry = "duplicate" // twice in one document
)

// mark is an entry in a cursor: id, digest of what it says, time in seconds.
type mark string

func newMark(id, said string, at time.Time) mark {
	return mark(fmt.Sprintf("%s%08x%d", id, uint32(xxhash.Sum64String(said)), at.Unix()))
}

func (m mark) id() string { return string(m[:min(len(m), idDigits)]) }
func (m mark) digest() string {
	return string(m[min(len(m), idDigits):min(len(m), idDigits+digestDigits)])
}
func (m mark) time() int64 {
	n, _ := strconv.ParseInt(string(m[min(len(m), idDigits+digestDigits):]), 10, 64)
	return n
}

// entry is one of a document.
type entry struct {
	post post.Post
	mark mark
}

// document is a feed as it was at one moment, its entries in its own order.
type document struct {
	entries []entry
	// ordered says that they are in order of time, the newest first.
	ordered  bool
	filtered map[string]int
}

func (d *document) marks() []mark {
	all := make([]mark, len(d.entries))
	for i, e := range d.entries {
		all[i] = e.mark
	}
	return all
}

func (d *document) oldestFirst() []entry {
	all := slices.Clone(d.entries)
	slices.Reverse(all) // most feeds have the newest first; the times decide
	slices.SortStableFunc(all, func(a, b entry) int { return a.post.CreatedAt.Compare(b.post.CreatedAt) })
	return all
}

// parse reads a feed of any kind.
func (s *Source) parse(body []byte) (*document, error) {
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("it is no RSS, Atom or JSON Feed: %w", err)
	}
	b := post.Batch{}
	d := &document{ordered: true}
	seen := map[string]bool{}
	now := s.o.Now().UTC()
	for _, item := range feed.Items {
		e, ok := s.entry(feed, item, now)
		switch {
		case !ok:
			b.Filter(emptyEntry)
			continue
		case seen[e.post.ID]:
			b.Filter(twiceEntry)
			continue
		}
		seen[e.post.ID] = true
		if n := len(d.entries); when(item) == nil || n > 0 && e.mark.time() > d.entries[n-1].mark.time() {
			d.ordered = false
		}
		d.entries = append(d.entries, e)
	}
	d.filtered = b.Filtered
	return d, nil
}

func (s *Source) entry(feed *gofeed.Feed, item *gofeed.Item, now time.Time) (entry, bool) {
	title, body := htmltext.Text(item.Title), htmltext.Text(cmp.Or(item.Description, item.Content))
	if title == "" && body == "" {
		return entry{}, false
	}
	text := title
	if body != "" && body != title {
		text = strings.TrimPrefix(title+"\n\n"+body, "\n\n")
	}
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	p := post.Post{
		Source: Name, Kind: post.KindPost, URL: item.Link, Author: s.host, Text: text, Lang: feed.Language,
		ID: s.id(item), CreatedAt: now,
	}
	if len(item.Authors) > 0 && item.Authors[0] != nil {
		if name := cmp.Or(item.Authors[0].Name, item.Authors[0].Email); name != "" {
			p.Author = name + "@" + s.host // a name means a person of that place only
		}
	}
	at := when(item)
	if at != nil && !at.Before(post.EarliestTime) && !at.After(now.Add(aheadSlack)) {
		p.CreatedAt = at.UTC()
	} else {
		at = &time.Time{} // the mark stays the same whenever the feed is read
	}
	return entry{p, newMark(p.ID, p.Text, *at)}, true
}

// when is the time that an entry claims, or nil.
func when(item *gofeed.Item) *time.Time {
	if item.PublishedParsed != nil {
		return item.PublishedParsed
	}
	return item.UpdatedParsed
}

// id names an entry: by what it calls itself, else by its link, else by its words.
// What is no address is told apart by feed: numbers are the same everywhere.
func (s *Source) id(item *gofeed.Item) string {
	name := cmp.Or(strings.TrimSpace(item.GUID), item.Link)
	if name == "" {
		name = item.Title + "\x00" + item.Published
	}
	if u, err := url.Parse(name); err != nil || u.Scheme == "" {
		name = s.o.URL + "\x00" + name
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])[:idDigits]
}

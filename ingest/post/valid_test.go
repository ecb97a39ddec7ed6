package post_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	with := func(change func(*post.Post)) post.Post {
		p := post.Post{ID: "1", Source: "x", Kind: post.KindPost, CreatedAt: now.Add(-time.Minute), Text: "t"}
		change(&p)
		return p
	}
	for _, c := range []struct {
		name string
		p    post.Post
		want post.Reason
	}{
		{"good", with(func(*post.Post) {}), ""},
		{"empty kind", with(func(p *post.Post) { p.Kind = "" }), ""},
		{"empty text", with(func(p *post.Post) { p.Text = "" }), ""},
		{"a day ahead", with(func(p *post.Post) { p.CreatedAt = now.Add(post.FutureSlack) }), ""},
		{"more than a day ahead", with(func(p *post.Post) { p.CreatedAt = now.Add(post.FutureSlack + 1) }), post.BadTime},
		{"1990", with(func(p *post.Post) { p.CreatedAt = post.EarliestTime }), ""},
		{"before 1990", with(func(p *post.Post) { p.CreatedAt = post.EarliestTime.Add(-1) }), post.BadTime},
		{"collected in 9999", with(func(p *post.Post) { p.CollectedAt = now.AddDate(7973, 0, 0) }), post.BadTime},
		{"no time", with(func(p *post.Post) { p.CreatedAt = time.Time{} }), post.MissingField},
		{"no time, empty kind", with(func(p *post.Post) { p.CreatedAt, p.Kind = time.Time{}, "" }), post.MissingField},
		{"no source", with(func(p *post.Post) { p.Source = "" }), post.MissingField},
		{"source with a space", with(func(p *post.Post) { p.Source = "hacker news" }), post.BadSource},
		{"source with a zero byte", with(func(p *post.Post) { p.Source = "x\x00" }), post.BadSource},
		{"source of all that is allowed", with(func(p *post.Post) { p.Source = "rss:example.org/A-b_9" }), ""},
		{"source of 64 bytes", with(func(p *post.Post) { p.Source = strings.Repeat("x", 64) }), ""},
		{"source of 65 bytes", with(func(p *post.Post) { p.Source = strings.Repeat("x", 65) }), post.BadSource},
		{"no id", with(func(p *post.Post) { p.ID = "" }), post.MissingField},
		{"kind", with(func(p *post.Post) { p.Kind = "gossip" }), post.BadKind},
		{"kind in capitals", with(func(p *post.Post) { p.Kind = "Delete" }), post.BadKind},
		{"delete", with(func(p *post.Post) { p.Kind, p.CreatedAt = post.KindDelete, time.Time{} }), ""},
		{"delete without id", with(func(p *post.Post) { p.Kind, p.ID = post.KindDelete, "" }), post.MissingField},
		{"delete in 9999", with(func(p *post.Post) { p.Kind, p.CreatedAt = post.KindDelete, now.AddDate(7973, 0, 0) }), post.BadTime},
		{"delete author", post.Post{Source: "x", Kind: post.KindDeleteAuthor, Author: "a"}, ""},
		{"delete author without author", post.Post{Source: "x", Kind: post.KindDeleteAuthor, ID: "1"}, post.MissingField},
	} {
		if err := c.p.Validate(now); reason(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	p := post.Post{Source: "x", ID: "1", Author: "p_1"}
	// Keys are stored in ClickHouse: the numbers may never change.
	if got := p.Key(); got != 0x53968345001df181 {
		t.Errorf("key is %#x", got)
	}
	if got := p.AuthorKey(); got != 0x2c234eb1ec461d2e {
		t.Errorf("author's key is %#x", got)
	}
	if p.Key() != post.Key("x", "1") || p.Key() == post.Key("x1", "") || p.Key() == p.AuthorKey() {
		t.Error("keys run into each other")
	}
	p.Author = ""
	if p.AuthorKey() != p.Key() {
		t.Error("a post without author must count as a person of its own")
	}
}

func TestPseudonym(t *testing.T) {
	t.Parallel()
	z := post.NewPseudonymizer([]byte("a key of 16 byte"))
	got := z.Pseudonym("bluesky", "did:plc:abc")
	// Pseudonyms are stored: under the same key they may never change.
	if got != "p_bf31f58c441dbd35f62269c3" {
		t.Errorf("pseudonym is %s", got)
	}
	if !post.IsPseudonym(got) || z.Pseudonym("bluesky", got) != got {
		t.Error("a pseudonym must be known as one and stay as it is")
	}
	if z.Pseudonym("x", "did:plc:abc") == got || post.NewPseudonymizer([]byte("another")).Pseudonym("bluesky", "did:plc:abc") == got {
		t.Error("source and key must make a difference")
	}
	if z.Pseudonym("x", "") != "" {
		t.Error("nobody needs no pseudonym")
	}
	for _, s := range []string{"", "p_", "p_bf31f58c441dbd35f62269c", "p_BF31F58C441DBD35F62269C3", "p_bf31f58c441dbd35f62269c3x", "q_bf31f58c441dbd35f62269c3"} {
		if post.IsPseudonym(s) {
			t.Errorf("%q passes for a pseudonym", s)
		}
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	b := post.Batch{Posts: make([]post.Post, 3), Rejects: make([]post.Reject, 2)}
	b.Filter("language")
	b.Filter("language")
	b.Filter("identity")
	if b.Received() != 8 || b.Filtered["language"] != 2 {
		t.Errorf("received %d, filtered %v", b.Received(), b.Filtered)
	}
	f := &post.Failure{Kind: "http_429", Wait: time.Minute, Err: context.DeadlineExceeded}
	if !errors.Is(f, context.DeadlineExceeded) || !strings.Contains(f.Error(), "asked to wait 1m0s") {
		t.Errorf("failure reads %v", f)
	}
}

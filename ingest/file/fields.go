package file

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// guesses are the names, in lower case, under which a field is looked for, the
// best first. They are those of our own wire form and of common exports.
var guesses = map[string][]string{
	"id":           {"id_str", "id", "tweet_id", "tweetid", "post_id", "status_id", "message_id", "uri", "guid"},
	"source":       {"source", "platform", "network"},
	"kind":         {"kind"},
	"url":          {"url", "link", "permalink", "post_url", "href"},
	"author":       {"author", "author_id", "user_id", "user", "account", "username", "user_name", "screen_name", "handle", "from_user", "by", "name"},
	"created_at":   {"created_at", "createdat", "created", "created_utc", "created_time", "tweet_created", "published_at", "published", "posted_at", "datetime", "timestamp", "date", "time"},
	"text":         {"full_text", "text", "body", "content", "message", "tweet", "tweet_text", "post"},
	"lang":         {"lang", "language", "langs"},
	"reply_to":     {"reply_to", "in_reply_to_status_id_str", "in_reply_to_status_id", "in_reply_to_id", "in_response_to_tweet_id", "in_reply_to", "parent_id", "parent"},
	"place":        {"place", "location", "tweet_location", "user_location"},
	"collected_at": {"collected_at"},
	"simulated":    {"simulated"},
}

// assemble makes a post of named values. The error, if any, is a *post.Error; the
// post then holds what could be read.
func assemble(get func(field string) string) (post.Post, error) {
	p := post.Post{
		ID: whole(get("id")), Source: get("source"), Kind: post.Kind(get("kind")), URL: get("url"),
		Author: get("author"), Text: get("text"), Lang: get("lang"), ReplyTo: whole(get("reply_to")),
		Place: get("place"), Simulated: isTrue(get("simulated")),
	}
	if strings.HasPrefix(p.Source, "<") {
		p.Source = "" // Twitter's source is the program that posted, as a link
	}
	if p.Kind == "" {
		p.Kind = post.KindPost
	}
	var err error
	if p.CreatedAt, err = timeField("created_at", get); err != nil {
		return p, err
	}
	p.CollectedAt, err = timeField("collected_at", get)
	return p, err
}

func timeField(field string, get func(string) string) (time.Time, error) {
	s := get(field)
	if strings.TrimSpace(s) == "" {
		return time.Time{}, nil
	}
	t, ok := parseTime(s)
	if !ok || t.IsZero() {
		if len(s) > 80 {
			s = s[:80]
		}
		return time.Time{}, &post.Error{Reason: post.BadTime, Detail: fmt.Sprintf("%s is %q, which is no time that can be read for certain", field, s)}
	}
	return t, nil
}

// whole mends whole numbers that went through a program for which all numbers are
// fractions.
func whole(s string) string {
	if t, ok := strings.CutSuffix(s, ".0"); ok && t != "" && strings.Trim(t, "0123456789") == "" {
		return t
	}
	return s
}

func isTrue(s string) bool { return strings.EqualFold(s, "true") || s == "1" }

// complete fills in what a record leaves out: source, pseudonym and id.
func (r *Reader) complete(p *post.Post) {
	if p.Source == "" {
		p.Source = r.o.Source
	}
	if r.o.Pseudonyms != nil {
		p.Author = r.o.Pseudonyms.Pseudonym(p.Source, p.Author)
	}
	if p.ID == "" && p.Kind == post.KindPost && !p.CreatedAt.IsZero() && (p.Author != "" || p.Text != "") {
		p.ID = deriveID(p)
	}
}

// deriveID makes an id of what else is known, so that the same record read again
// is the same post.
func deriveID(p *post.Post) string {
	h := sha256.New()
	for _, s := range []string{p.Source, p.Author, p.CreatedAt.UTC().Format(time.RFC3339Nano), p.Text} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return "h" + hex.EncodeToString(h.Sum(nil))[:24]
}

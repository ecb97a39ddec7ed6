// Package tag is the wire type of the topic tags: what outcry thinks of one post.
// It owns the struct, the labels and the JSON form; what each label means stands
// with it. It does not decide any label; that is the work of the stages in nlp.
package tag

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// Outage says what a post has to do with an outage.
type Outage string

const (
	// Report: a service is said to fail now, at first hand, or it is asked whether it does.
	Report Outage = "report"
	// Reaction: about a current or very recent outage, without being a report.
	Reaction Outage = "reaction"
	// News passes on information without own experience or opinion.
	News Outage = "news"
	// None: not about an outage.
	None Outage = "none"
)

// Sentiment is what the author expresses, overall or towards one vendor.
type Sentiment string

const (
	Negative Sentiment = "negative"
	Neutral  Sentiment = "neutral"
	Positive Sentiment = "positive"
)

// Emotion is the strongest of Ekman's six basic emotions that the author expresses.
type Emotion string

const (
	Anger    Emotion = "anger"
	Disgust  Emotion = "disgust"
	Fear     Emotion = "fear"
	Joy      Emotion = "joy"
	Sadness  Emotion = "sadness"
	Surprise Emotion = "surprise"
	// NoEmotion is a flat text. In a Tag it is the empty string.
	NoEmotion Emotion = "none"
)

// Role is the part a vendor plays in a post.
type Role string

const (
	// Blamed: the author says it is at fault, or that its choice caused the trouble.
	Blamed Role = "blamed"
	// Affected: its service is said to fail, or to have failed in the outage spoken of.
	Affected Role = "affected"
	// Alternative: praised, recommended or gone to in place of what fails.
	Alternative Role = "alternative"
	// Mentioned is every other mention.
	Mentioned Role = "mentioned"
)

// Span is a range of bytes of Text: Text[Start:End].
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Mark is a span that helped to decide a label, for showing why.
type Mark struct {
	Span
	// Label is what the words speak for: report, reaction, news, none, negative, positive, …
	Label string `json:"label"`
}

// Mention is one vendor in one post.
type Mention struct {
	// Vendor is the id in the catalogue.
	Vendor    string    `json:"id"`
	Role      Role      `json:"role"`
	Sentiment Sentiment `json:"sentiment"`
	// Score is how sure the tagger is that the vendor is meant, in [0, 1].
	Score float64 `json:"score"`
	Spans []Span  `json:"spans,omitempty"`
}

// Hash is a 64-bit value that JSON carries as 16 hexadecimal digits, because
// JavaScript and many JSON libraries cannot hold 64-bit numbers.
type Hash uint64

// MarshalText writes 16 hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(h)), nil }

// UnmarshalText reads up to 16 hexadecimal digits.
func (h *Hash) UnmarshalText(b []byte) error {
	n, err := strconv.ParseUint(string(b), 16, 64)
	if err != nil || len(b) > 16 {
		return fmt.Errorf("reading hash %q: want up to 16 hexadecimal digits", b)
	}
	*h = Hash(n)
	return nil
}

// Tag is one record of the topic tags: a post and what it says. Where Filtered
// is set, the gate stopped the post and only its identity, times and author are here.
type Tag struct {
	ID          string    `json:"id"`
	Source      string    `json:"source"`
	Kind        post.Kind `json:"kind,omitempty"`
	URL         string    `json:"url,omitempty"`
	Author      string    `json:"author,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	CollectedAt time.Time `json:"collected_at,omitzero"`
	Text        string    `json:"text,omitempty"`
	Lang        string    `json:"lang,omitempty"`
	ReplyTo     string    `json:"reply_to,omitempty"`
	Place       string    `json:"place,omitempty"`
	Simulated   bool      `json:"simulated,omitempty"`

	// Filtered is why the gate stopped the post; empty when it went through.
	Filtered string `json:"filtered,omitempty"`

	Outage Outage `json:"outage,omitempty"`
	// OutageScore is the probability of Outage, in [0, 1].
	OutageScore float64   `json:"outage_score,omitempty"`
	Sentiment   Sentiment `json:"sentiment,omitempty"`
	// SentimentScore runs from -1 (most negative) to 1.
	SentimentScore float64   `json:"sentiment_score,omitempty"`
	Emotion        Emotion   `json:"emotion,omitempty"`
	Vendors        []Mention `json:"vendors,omitempty"`
	Symptoms       []string  `json:"symptoms,omitempty"`
	Devices        []string  `json:"devices,omitempty"`
	Places         []string  `json:"places,omitempty"`
	Intents        []string  `json:"intents,omitempty"`
	// Unknown are names that seem to be failing services and are not in the catalogue.
	Unknown []string `json:"unknown,omitempty"`
	// Spam is the probability that the post is advertising or a bot's, in [0, 1].
	Spam float64 `json:"spam,omitempty"`
	// Cluster is equal for posts with nearly the same words.
	Cluster Hash `json:"cluster,omitempty"`
	// Marks are the words that weighed most, in order of Start.
	Marks []Mark `json:"marks,omitempty"`
	// Model names the version of the tagger.
	Model string `json:"model,omitempty"`
}

// Of copies what the post says of itself.
func Of(p *post.Post) Tag {
	return Tag{
		ID: p.ID, Source: p.Source, Kind: p.Kind, URL: p.URL, Author: p.Author,
		CreatedAt: p.CreatedAt, CollectedAt: p.CollectedAt, Text: p.Text,
		Lang: p.Lang, ReplyTo: p.ReplyTo, Place: p.Place, Simulated: p.Simulated,
	}
}

// Key identifies the post.
func (t *Tag) Key() uint64 { return post.Key(t.Source, t.ID) }

// AuthorKey identifies the author as post.Post.AuthorKey does.
func (t *Tag) AuthorKey() uint64 {
	p := post.Post{Source: t.Source, ID: t.ID, Author: t.Author}
	return p.AuthorKey()
}

// Encode gives the record's bytes, without a newline.
func (t *Tag) Encode() ([]byte, error) {
	u := *t
	u.CreatedAt, u.CollectedAt = t.CreatedAt.UTC(), t.CollectedAt.UTC()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // topics are read by people; & stays &
	if err := enc.Encode(&u); err != nil {
		return nil, fmt.Errorf("encoding tag of %s/%s: %w", t.Source, t.ID, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// Decode reads one record. Unknown fields are ignored; an error is a *post.Error.
func Decode(b []byte) (Tag, error) {
	if head := bytes.TrimLeft(b, " \t\r\n"); len(head) == 0 || head[0] != '{' {
		return Tag{}, &post.Error{Reason: post.BadJSON, Detail: "record is not a JSON object"}
	}
	var t Tag
	if err := json.Unmarshal(b, &t); err != nil {
		return Tag{}, &post.Error{Reason: post.BadJSON, Detail: strings.TrimPrefix(err.Error(), "json: ")}
	}
	if t.Kind == "" {
		t.Kind = post.KindPost
	}
	t.CreatedAt, t.CollectedAt = t.CreatedAt.UTC(), t.CollectedAt.UTC()
	return t, nil
}

// Package post is the wire type of the topic posts: what a collector, a file or
// anybody else's program says about one public post. It owns the struct, its JSON
// form, the rules that make a post valid and the key that identifies it.
//
// It knows nothing of Kafka, of collectors or of tags. The JSON Schema for people
// who push from other languages is docs/schemas/post.json.
package post

import (
	"time"

	"github.com/cespare/xxhash/v2"
)

// Kind says what a record asks for.
type Kind string

const (
	// KindPost is a new or edited post. The empty kind means the same.
	KindPost Kind = "post"
	// KindDelete asks that the text of one post be forgotten.
	KindDelete Kind = "delete"
	// KindDeleteAuthor asks that the texts of all posts of one author be forgotten.
	KindDeleteAuthor Kind = "delete_author"
)

// Post is one record of the topic posts. Its identity is (Source, ID).
type Post struct {
	// ID is unique within Source and never changes, not even by an edit.
	ID string `json:"id"`
	// Source names the place the post comes from: bluesky, x, reddit, …
	Source string `json:"source"`
	// Kind is post, delete or delete_author; empty means post.
	Kind Kind `json:"kind,omitempty"`
	// URL opens the post in a browser.
	URL string `json:"url,omitempty"`
	// Author is a pseudonym (see Pseudonym) from the collector on.
	Author string `json:"author,omitempty"`
	// CreatedAt is when the post was made, in UTC.
	CreatedAt time.Time `json:"created_at,omitzero"`
	// Text is the post as written, valid UTF-8.
	Text string `json:"text,omitempty"`
	// Lang is the source's own word on the language, a BCP 47 tag, or empty.
	Lang string `json:"lang,omitempty"`
	// ReplyTo is the ID, in the same source, of the post this one answers.
	ReplyTo string `json:"reply_to,omitempty"`
	// Place is where the author says to be, as the source gives it.
	Place string `json:"place,omitempty"`
	// CollectedAt is when the collector saw it; of two versions of a post the later one holds.
	CollectedAt time.Time `json:"collected_at,omitzero"`
	// Simulated marks posts that no person wrote. Every page that shows them says so.
	Simulated bool `json:"simulated,omitempty"`
}

// Key is the 64-bit form of the identity (source, id), used wherever posts are
// counted as a set.
func Key(source, id string) uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(source)
	_, _ = d.Write([]byte{0})
	_, _ = d.WriteString(id)
	return d.Sum64()
}

// Key identifies the post.
func (p *Post) Key() uint64 { return Key(p.Source, p.ID) }

// AuthorKey identifies the author, for counting people. A post without an author
// counts as a person of its own.
func (p *Post) AuthorKey() uint64 {
	if p.Author == "" {
		return p.Key()
	}
	return Key(p.Source, "@"+p.Author)
}

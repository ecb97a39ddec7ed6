package bluesky

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// event is a frame of Jetstream, version 1, as far as we need it.
type event struct {
	DID     string   `json:"did"`
	TimeUS  int64    `json:"time_us"`
	Kind    string   `json:"kind"`
	Commit  *commit  `json:"commit"`
	Account *account `json:"account"`
}

type commit struct {
	Operation  string          `json:"operation"`
	Collection string          `json:"collection"`
	RKey       string          `json:"rkey"`
	Record     json.RawMessage `json:"record"`
}

type account struct {
	Active bool   `json:"active"`
	Status string `json:"status"`
}

// Why frames are left out on purpose.
const (
	otherCollection = "other_collection" // not a post; the server was asked for posts only
	otherOperation  = "other_operation"  // unknown here
	otherKind       = "other_kind"       // unknown here
	otherLanguage   = "language"         // by the setting langs
	identityEvent   = "identity"         // a handle has changed; handles are never stored
	accountEvent    = "account"          // an account came back, or only its host has trouble
)

// meaning is what one frame is: a post or deletion, or a reason to leave it out.
type meaning struct {
	post   *post.Post
	ignore string
}

// earliest is before Jetstream was: a time_us before it is none.
var earliest = time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)

// maxAhead is how far a host's clock may be ahead of ours. A time far ahead would
// become a cursor from which nothing ever comes.
const maxAhead = time.Hour

// decode reads a frame. The error, if any, is a *post.Error; the event then holds
// what could be read.
func (s *Source) decode(b []byte, now time.Time) (event, meaning, error) {
	var e event
	if err := json.Unmarshal(b, &e); err != nil {
		return event{}, meaning{}, &post.Error{Reason: post.BadJSON, Detail: strings.TrimPrefix(err.Error(), "json: ")}
	}
	at := time.UnixMicro(e.TimeUS)
	switch {
	case !strings.HasPrefix(e.DID, "did:"):
		return e, meaning{}, badFrame("did is %.80q", e.DID)
	case at.Before(earliest) || at.After(now.Add(maxAhead)):
		e.TimeUS = 0
		return e, meaning{}, badFrame("time_us is %d, which is not now", at.UnixMicro())
	}
	switch e.Kind {
	case "commit":
		m, err := s.commit(&e)
		return e, m, err
	case "account":
		return e, accountMeaning(&e), nil
	case "identity":
		return e, meaning{ignore: identityEvent}, nil
	}
	return e, meaning{ignore: otherKind}, nil
}

func badFrame(format string, args ...any) error {
	return &post.Error{Reason: post.BadFrame, Detail: fmt.Sprintf(format, args...)}
}

func (s *Source) commit(e *event) (meaning, error) {
	c := e.Commit
	switch {
	case c == nil:
		return meaning{}, badFrame("a commit event without commit")
	case c.Collection != collection:
		return meaning{ignore: otherCollection}, nil
	case c.RKey == "":
		return meaning{}, badFrame("a commit without rkey")
	}
	p := post.Post{
		ID: "at://" + e.DID + "/" + collection + "/" + c.RKey, Source: Name, Author: e.DID,
		// The host's time and not ours: when the event comes again it is the same
		// record, and a post that comes again does not look newer than its deletion.
		CollectedAt: time.UnixMicro(e.TimeUS).UTC(),
	}
	switch c.Operation {
	case "create", "update": // an edited post is the post again; the later one holds
		return s.written(e, p)
	case "delete":
		p.Kind, p.CreatedAt = post.KindDelete, p.CollectedAt
		return meaning{post: &p}, nil
	}
	return meaning{ignore: otherOperation}, nil
}

// written reads the record of a post. People write records with programs of their
// own, so any field may be of any type.
func (s *Source) written(e *event, p post.Post) (meaning, error) {
	var record map[string]json.RawMessage
	if err := json.Unmarshal(e.Commit.Record, &record); err != nil || record == nil {
		return meaning{}, badFrame("a post without record")
	}
	var langs []string
	if json.Unmarshal(record["langs"], &langs) == nil && !s.wanted(langs) {
		return meaning{ignore: otherLanguage}, nil
	}
	if len(langs) > 0 {
		p.Lang = langs[0]
	}
	if text, ok := record["text"]; ok {
		if err := json.Unmarshal(text, &p.Text); err != nil {
			return meaning{}, badFrame("text is not text")
		}
	}
	var reply struct {
		Parent struct {
			URI string `json:"uri"`
		} `json:"parent"`
	}
	if json.Unmarshal(record["reply"], &reply) == nil {
		p.ReplyTo = reply.Parent.URI
	}
	var createdAt string
	_ = json.Unmarshal(record["createdAt"], &createdAt) // what it is instead does not matter
	p.Kind = post.KindPost
	p.URL = "https://bsky.app/profile/" + e.DID + "/post/" + e.Commit.RKey
	p.CreatedAt = believe(createdAt, p.CollectedAt)
	return meaning{post: &p}, nil
}

// aheadSlack is how far a writer's clock may be ahead of the host's.
const aheadSlack = time.Minute

// believe gives the time that the writer claims, or the host's where the claim
// cannot be. It looks at the event alone, so that an event that comes again gets
// the same time.
func believe(claim string, host time.Time) time.Time {
	t, err := time.Parse(time.RFC3339, claim)
	if err != nil || t.Before(post.EarliestTime) || t.After(host.Add(aheadSlack)) {
		return host
	}
	return t.UTC()
}

func (s *Source) wanted(langs []string) bool {
	if len(s.langs) == 0 || len(langs) == 0 {
		return true
	}
	for _, l := range langs {
		if s.langs[baseLanguage(l)] {
			return true
		}
	}
	return false
}

// baseLanguage is the language of a tag, without script and region.
func baseLanguage(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(base)
}

// accountMeaning asks to forget the words of an account that is gone, for whatever
// reason its words may no longer be shown. Throttled and desynchronized are
// troubles of its host and say nothing about what its owner wants.
func accountMeaning(e *event) meaning {
	a := e.Account
	if a == nil || a.Active || a.Status == "throttled" || a.Status == "desynchronized" {
		return meaning{ignore: accountEvent}
	}
	at := time.UnixMicro(e.TimeUS).UTC()
	return meaning{post: &post.Post{Source: Name, Kind: post.KindDeleteAuthor, Author: e.DID, CreatedAt: at, CollectedAt: at}}
}

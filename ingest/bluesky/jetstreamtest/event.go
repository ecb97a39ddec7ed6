package jetstreamtest

import (
	"encoding/json"
	"fmt"
	"time"
)

// PostCollection is the collection of posts.
const PostCollection = "app.bsky.feed.post"

// Event is one event of the log.
type Event struct {
	// TimeUS is when it happened; the server sets it where it is 0.
	TimeUS int64
	// Collection is that of a commit, empty for other kinds.
	Collection string
	// Raw, where it is set, is sent as it is.
	Raw []byte

	did   string
	kind  string
	body  string // name of the field that holds fields
	field map[string]any
}

// Record is what a post says. Nil fields are left out.
type Record map[string]any

// Create is a new post.
func Create(did, rkey string, r Record) Event { return commit(did, rkey, "create", r) }

// Update is an edited post.
func Update(did, rkey string, r Record) Event { return commit(did, rkey, "update", r) }

// Delete is the deletion of a post.
func Delete(did, rkey string) Event { return commit(did, rkey, "delete", nil) }

func commit(did, rkey, operation string, r Record) Event {
	f := map[string]any{"rev": "3l3qo2vutsw2b", "operation": operation, "collection": PostCollection, "rkey": rkey}
	if r != nil {
		r["$type"] = PostCollection
		f["record"] = r
		f["cid"] = "bafyreidwaivazkwu67xztlmuobx35hs2lnfh3kolmgfmucldvhd3sgzcqi"
	}
	return Event{Collection: PostCollection, did: did, kind: "commit", body: "commit", field: f}
}

// Like is an event of another collection, which is sent only to those who want it.
func Like(did, rkey string) Event {
	e := commit(did, rkey, "create", Record{"createdAt": "2024-09-09T19:46:02.102Z"})
	e.Collection = "app.bsky.feed.like"
	e.field["collection"] = e.Collection
	return e
}

// Account says that an account is active or why not.
func Account(did string, active bool, status string) Event {
	f := map[string]any{"active": active, "did": did, "seq": 1409753013, "time": "2024-09-05T06:11:04.870Z"}
	if status != "" {
		f["status"] = status
	}
	return Event{did: did, kind: "account", body: "account", field: f}
}

// Identity says that a handle has changed.
func Identity(did, handle string) Event {
	return Event{did: did, kind: "identity", body: "identity", field: map[string]any{
		"did": did, "handle": handle, "seq": 1409752997, "time": "2024-09-05T06:11:04.870Z",
	}}
}

// Text is a post of some words in English, made now.
func Text(words string) Record {
	return Record{"text": words, "langs": []string{"en"}, "createdAt": time.Now().UTC().Format("2006-01-02T15:04:05.000Z")}
}

// DID is the n-th account.
func DID(n int) string { return fmt.Sprintf("did:plc:%024d", n) }

// RKey is the n-th key of a record.
func RKey(n int) string { return fmt.Sprintf("3l3q%09d", n) }

// bytes is the frame.
func (e *Event) bytes() []byte {
	if e.Raw != nil {
		return e.Raw
	}
	b, err := json.Marshal(map[string]any{"did": e.did, "time_us": e.TimeUS, "kind": e.kind, e.body: e.field})
	if err != nil {
		panic(err) // a test wrote something that is no JSON
	}
	return b
}

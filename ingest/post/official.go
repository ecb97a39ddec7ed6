package post

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Official is one record of the topic official: what a vendor says on its status
// page. An incident has one record for each update.
type Official struct {
	// Vendor is the catalogue id of the vendor whose page it is.
	Vendor string `json:"vendor"`
	// EventID names the incident on that page; all its updates share it.
	EventID string `json:"event_id"`
	// At is when the vendor wrote the update.
	At time.Time `json:"at"`
	// Status is investigating, identified, monitoring, resolved, or what else the
	// page says.
	Status string `json:"status,omitempty"`
	// Impact is none, minor, major, critical or maintenance.
	Impact string `json:"impact,omitempty"`
	Title  string `json:"title,omitempty"`
	Text   string `json:"text,omitempty"`
	URL    string `json:"url,omitempty"`
	// Simulated marks what no vendor wrote.
	Simulated bool `json:"simulated,omitempty"`
	// CollectedAt is when a collector saw it; of two versions the later one holds.
	CollectedAt time.Time `json:"collected_at,omitzero"`
}

// maxOfficialText is how much of an update is kept.
const maxOfficialText = 16 << 10

// DecodeOfficial reads one record. The error, if any, is an *Error. Unknown fields
// are ignored, because a newer program may have written them.
func DecodeOfficial(b []byte) (Official, error) {
	if len(b) > MaxRecord {
		return Official{}, reject(TooLarge, "record has %d bytes, at most %d are taken", len(b), MaxRecord)
	}
	var o Official
	if err := json.Unmarshal(b, &o); err != nil {
		return Official{}, reject(BadJSON, "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	o.normalize()
	return o, nil
}

// Encode gives the record's bytes, without a newline. The error, if any, is an *Error.
func (o *Official) Encode() ([]byte, error) {
	q := *o
	q.normalize()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // topics are read by people
	if err := enc.Encode(q); err != nil {
		return nil, reject(BadTime, "encoding %s/%s: %v", cut(q.Vendor), cut(q.EventID), err)
	}
	b := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if len(b) > MaxRecord {
		return nil, reject(TooLarge, "record has %d bytes, at most %d are taken", len(b), MaxRecord)
	}
	return b, nil
}

func (o *Official) normalize() {
	o.At, o.CollectedAt = o.At.UTC(), o.CollectedAt.UTC()
	if len(o.Text) > maxOfficialText {
		o.Text = o.Text[:maxOfficialText]
	}
	for _, s := range []*string{&o.Vendor, &o.EventID, &o.Status, &o.Impact, &o.Title, &o.Text, &o.URL} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
}

// Validate says whether the record can be used, judged at the time now. The error,
// if any, is an *Error.
func (o *Official) Validate(now time.Time) error {
	switch {
	case o.Vendor == "":
		return reject(MissingField, "vendor is empty")
	case o.EventID == "":
		return reject(MissingField, "event_id is empty")
	case o.At.IsZero():
		return reject(MissingField, "at is missing")
	}
	if err := plausible("at", o.At, now); err != nil {
		return err
	}
	return plausible("collected_at", o.CollectedAt, now)
}

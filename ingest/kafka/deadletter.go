package kafka

import (
	"strconv"
	"strings"
	"time"
)

// maxPayload is how much of a bad record a dead letter keeps. It is enough to see
// what went wrong and small enough never to be refused itself.
const maxPayload = 4 << 10

// DeadLetter is a piece of input that could not be used, with the reason.
type DeadLetter struct {
	Topic    string // topic it was read from; empty where it came from outside
	Position string // "partition/offset", or "file:line"
	Reason   string // short and of a closed set: it becomes a metric label
	Detail   string // what exactly was wrong, for a reader
	Source   string // name of the source, where known
	ID       string // id of the post, where known
	Payload  []byte // the input; Record cuts it to 4 KiB
	At       time.Time
}

// Names of the headers of a dead letter.
const (
	headerReason   = "outcry-reason"
	headerDetail   = "outcry-detail"
	headerTopic    = "outcry-topic"
	headerPosition = "outcry-position"
	headerSource   = "outcry-source"
	headerID       = "outcry-id"
	headerAt       = "outcry-at"
	headerSize     = "outcry-size" // bytes before the cut; only where it was cut
)

// Record gives the dead letter in the form of topic dead-letters.
func (d DeadLetter) Record() Record {
	r := Record{Key: []byte(d.key()), Value: d.Payload}
	add := func(key, value string) {
		if value != "" {
			r.Headers = append(r.Headers, Header{key, value})
		}
	}
	add(headerReason, d.Reason)
	add(headerDetail, cut(d.Detail))
	add(headerTopic, d.Topic)
	add(headerPosition, d.Position)
	add(headerSource, d.Source)
	add(headerID, cut(d.ID))
	if !d.At.IsZero() {
		add(headerAt, d.At.UTC().Format(time.RFC3339Nano))
	}
	if len(d.Payload) > maxPayload {
		r.Value = d.Payload[:maxPayload:maxPayload]
		add(headerSize, strconv.Itoa(len(d.Payload)))
	}
	return r
}

// key keeps the letters of one place in order.
func (d DeadLetter) key() string {
	if d.Source != "" {
		return d.Source
	}
	return d.Topic
}

func cut(s string) string {
	if len(s) > maxPayload {
		return strings.ToValidUTF8(s[:maxPayload], "")
	}
	return s
}

// ParseDeadLetter reads what Record wrote. What is missing stays empty; At falls
// back to the time of the record.
func ParseDeadLetter(r Record) DeadLetter {
	d := DeadLetter{
		Topic:    r.Header(headerTopic),
		Position: r.Header(headerPosition),
		Reason:   r.Header(headerReason),
		Detail:   r.Header(headerDetail),
		Source:   r.Header(headerSource),
		ID:       r.Header(headerID),
		Payload:  r.Value,
		At:       r.Time,
	}
	if at, err := time.Parse(time.RFC3339Nano, r.Header(headerAt)); err == nil {
		d.At = at
	}
	return d
}

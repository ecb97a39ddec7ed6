// Package kafka is outcry's way to and from Kafka: a writer that answers only
// when every record is acknowledged, a consumer-group loop that commits only what
// its handler made durable, and a broker inside the process for one machine and
// for tests.
//
// It owns topic names and settings, retries, fencing and the dead-letter format.
// It knows nothing of what is in a record. All of it goes through
// segmentio/kafka-go; the embedded broker speaks the real protocol, so nothing
// here asks which of the two it talks to.
package kafka

import (
	"time"

	"github.com/outcry/outcry/config"
)

// Topics are the names of outcry's five topics.
type Topics struct {
	Posts, Tags, DeadLetters, Cursors, Official string
}

// TopicsOf gives the names under the configured prefix.
func TopicsOf(cfg config.Kafka) Topics {
	return Topics{
		Posts:       cfg.TopicPrefix + "posts",
		Tags:        cfg.TopicPrefix + "tags",
		DeadLetters: cfg.TopicPrefix + "dead-letters",
		Cursors:     cfg.TopicPrefix + "cursors",
		Official:    cfg.TopicPrefix + "official",
	}
}

// Record is one record of a topic. A writer looks at Key, Value and Headers
// only: the topic is the writer's, partition and offset are Kafka's, and the time
// is that of the writing.
type Record struct {
	Topic     string
	Partition int
	Offset    int64
	Key       []byte
	Value     []byte
	Headers   []Header
	Time      time.Time
}

// Header is a name and value that travel beside a record.
type Header struct {
	Key, Value string
}

// Header gives the value of the first header of that name, or "".
func (r Record) Header(key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return h.Value
		}
	}
	return ""
}

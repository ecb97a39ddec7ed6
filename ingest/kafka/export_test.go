package kafka

import (
	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
)

// What tests of the package kafka_test need of the inside.

func (e *Embedded) Cluster() *kfake.Cluster { return e.cluster }

func (e *Embedded) Upkeep(above int64) error { return e.upkeep(above) }

func (c *Client) Admin() *kafkago.Client { return c.admin }

var (
	SetAside   = setAside
	CheckSpace = checkSpace
)

const MaxRecord = maxRecord

package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	kafkago "github.com/segmentio/kafka-go"
)

// TooLargeError says which of the records given to Write Kafka does not take for
// their size. All others of that call are acknowledged, so the caller sends these
// to the dead letters and goes on.
type TooLargeError struct {
	Topic   string
	Indexes []int // positions in the slice given to Write
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("writing to %s: %d records are larger than Kafka takes", e.Topic, len(e.Indexes))
}

// UnacknowledgedError says how many records of a Write may be missing from Kafka.
// They may also have arrived: writing them again is safe.
type UnacknowledgedError struct {
	Topic   string
	Missing int // records without an acknowledgement
	Total   int // records given to Write
	Err     error
}

func (e *UnacknowledgedError) Error() string {
	return fmt.Sprintf("writing to %s: %d of %d records not acknowledged: %v", e.Topic, e.Missing, e.Total, e.Err)
}

func (e *UnacknowledgedError) Unwrap() error { return e.Err }

// errClosed is what a Writer answers after Close.
var errClosed = errors.New("the writer is closed")

// kind names an error for the errors_total metric; the set is small and closed.
func kind(err error) string {
	var ke kafkago.Error
	var ne net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &ke):
		return kafkaKind(ke)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.As(err, &ne):
		return "network"
	default:
		return "other"
	}
}

// failed counts a failure and, where a leader was not where we looked for it, sees
// to it that the next attempt looks again.
func (c *Client) failed(op string, err error) {
	k := kind(err)
	c.metrics.errors.WithLabelValues(op, k).Inc()
	if k == "leader" || k == "unknown_topic" {
		c.lookAgain()
	}
}

func kafkaKind(e kafkago.Error) string {
	switch e {
	case kafkago.RequestTimedOut:
		return "timeout"
	case kafkago.MessageSizeTooLarge, kafkago.RecordListTooLarge:
		return "too_large"
	case kafkago.IllegalGeneration, kafkago.UnknownMemberId, kafkago.RebalanceInProgress, kafkago.FencedInstanceID:
		return "fenced"
	case kafkago.UnknownTopicOrPartition, kafkago.InvalidTopic:
		return "unknown_topic"
	case kafkago.NotLeaderForPartition, kafkago.LeaderNotAvailable, kafkago.NotCoordinatorForGroup,
		kafkago.GroupCoordinatorNotAvailable, kafkago.GroupLoadInProgress, kafkago.BrokerNotAvailable,
		kafkago.FencedLeaderEpoch, kafkago.UnknownLeaderEpoch:
		return "leader"
	case kafkago.NotEnoughReplicas, kafkago.NotEnoughReplicasAfterAppend:
		return "replicas"
	case kafkago.OffsetOutOfRange:
		return "out_of_range"
	}
	if refused(e) {
		return "refused"
	}
	return "broker"
}

// refused tells errors that no retry mends: the broker understood and said no.
func refused(err error) bool {
	var e kafkago.Error
	if !errors.As(err, &e) {
		return errors.Is(err, errClosed) || errors.Is(err, io.ErrClosedPipe)
	}
	switch e {
	case kafkago.TopicAuthorizationFailed, kafkago.GroupAuthorizationFailed, kafkago.ClusterAuthorizationFailed,
		kafkago.SASLAuthenticationFailed, kafkago.UnsupportedSASLMechanism, kafkago.IllegalSASLState,
		kafkago.InvalidTopic, kafkago.InvalidRequiredAcks, kafkago.UnsupportedVersion, kafkago.PolicyViolation,
		kafkago.UnsupportedForMessageFormat, kafkago.InvalidRecord:
		return true
	}
	return false
}

// tooLarge tells a broker's answer to a batch that it does not take for its size.
func tooLarge(err error) bool {
	var m kafkago.MessageTooLargeError
	return errors.As(err, &m) || errors.Is(err, kafkago.MessageSizeTooLarge) || errors.Is(err, kafkago.RecordListTooLarge)
}

package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
)

// refusedError says that a statement failed for the rows in it: it will fail again.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// Numbers of ClickHouse's errors that lie in the data of an insert. All others, a
// missing table or a full disk among them, may be mended by somebody, so that the
// insert is tried until it succeeds.
var dataErrors = []int32{
	6,   // CANNOT_PARSE_TEXT
	27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
	38,  // CANNOT_PARSE_DATE
	41,  // CANNOT_PARSE_DATETIME
	69,  // ARGUMENT_OUT_OF_BOUND
	117, // INCORRECT_DATA
	128, // TOO_LARGE_ARRAY_SIZE
	131, // TOO_LARGE_STRING_SIZE
	190, // SIZES_OF_ARRAYS_DONT_MATCH
	321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
	349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
	395, // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO
	469, // VIOLATED_CONSTRAINT
}

// retry calls f until it succeeds, ctx ends, retryFor is over, or the rows are at fault.
func (w *Worker) retry(ctx context.Context, what string, f func(context.Context) error) error {
	began := time.Now()
	for wait := retryFirst; ; wait = min(2*wait, retryLast) {
		once, cancel := context.WithTimeout(ctx, insertTimeout)
		err := f(once)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
		w.o.Metrics.errors.WithLabelValues(kind(err)).Inc()
		var refused *refusedError
		if errors.As(err, &refused) {
			return err
		}
		if kind(err) == "data" {
			return &refusedError{err}
		}
		if time.Since(began) > retryFor {
			return fmt.Errorf("giving the batch back after %s: %w", retryFor, err)
		}
		w.o.Log.Error("clickhouse failed, trying again", "table", what, "err", err, "wait", wait)
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return fmt.Errorf("%w, after: %w", ctx.Err(), err)
		case <-t.C:
		}
	}
}

// kind names an error for a counter; the set is closed.
func kind(err error) string {
	var server *ch.Exception
	var refused *refusedError
	switch {
	case errors.As(err, &refused):
		return "data"
	case errors.As(err, &server):
		return serverKind(server.Code)
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "connection"
}

func serverKind(code int32) string {
	switch {
	case slices.Contains(dataErrors, code):
		return "data"
	case code == 241:
		return "memory"
	case code == 243:
		return "disk_full"
	case code == 159 || code == 209:
		return "timeout"
	case code == 60 || code == 81 || code == 16:
		return "schema"
	case code == 497 || code == 516 || code == 164:
		return "access"
	case code == 252:
		return "too_many_parts"
	}
	return "refused"
}

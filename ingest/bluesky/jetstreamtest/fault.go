package jetstreamtest

import (
	"context"
	"time"

	"github.com/coder/websocket"
)

// Kind is a way to misbehave.
type Kind string

const (
	// Refuse answers the next attempt to connect with Status and RetryAfter.
	Refuse Kind = "refuse"
	// Reset ends the connection with a TCP reset.
	Reset Kind = "reset"
	// Drop ends the connection without a closing frame: what is called 1006.
	Drop Kind = "drop"
	// Goodbye ends the connection properly.
	Goodbye Kind = "goodbye"
	// Stall keeps the connection open and sends nothing more on it.
	Stall Kind = "stall"
	// Garbage sends Data as a frame among the others.
	Garbage Kind = "garbage"
	// Slow pauses before a frame.
	Slow Kind = "slow"
)

// Fault is one misbehaviour. It fires once.
type Fault struct {
	Kind Kind
	// After is how many frames a connection must have carried.
	After      int
	Status     int
	RetryAfter string
	Data       []byte
	Pause      time.Duration
}

// Fault adds faults; each fires at the first occasion, in this order.
func (s *Server) Fault(f ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f...)
	close(s.more) // a waiting stream looks again
	s.more = make(chan struct{})
}

// Fired is how many faults of a kind have fired.
func (s *Server) Fired(k Kind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fired[k]
}

// fire takes the next fault if it is of that kind. The lock is held.
func (s *Server) fire(k Kind) (Fault, bool) {
	if len(s.faults) == 0 || s.faults[0].Kind != k {
		return Fault{}, false
	}
	f := s.faults[0]
	s.faults = s.faults[1:]
	s.fired[k]++
	return f, true
}

// misbehave lets faults fire whose time has come, and says whether the stream goes on.
// pending says that an event is about to be sent.
func (s *Server) misbehave(ctx context.Context, c *stream, pending bool) bool {
	for {
		s.mu.Lock()
		if len(s.faults) == 0 || s.faults[0].Kind == Refuse || s.faults[0].After > c.sent || s.faults[0].Kind == Slow && !pending {
			s.mu.Unlock()
			return true
		}
		f, _ := s.fire(s.faults[0].Kind)
		s.mu.Unlock()
		switch f.Kind {
		case Reset:
			if c.tcp != nil {
				_ = c.tcp.SetLinger(0)
				_ = c.tcp.Close()
			}
			return false
		case Drop:
			return false // the caller closes the socket without a word
		case Goodbye:
			_ = c.conn.Close(websocket.StatusGoingAway, "restarting")
			return false
		case Stall:
			<-ctx.Done()
			return false
		case Slow:
			t := time.NewTimer(f.Pause)
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
				return false
			}
		case Garbage:
			kind := websocket.MessageText
			if c.packed {
				kind = websocket.MessageBinary
			}
			if c.conn.Write(ctx, kind, f.Data) != nil {
				return false
			}
			s.mu.Lock()
			s.sent++
			s.mu.Unlock()
		}
	}
}

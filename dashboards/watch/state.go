package watch

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/spike"
	"github.com/outcry/outcry/sink/schema"
)

// memory is the state of a watcher on disk.
type memory struct {
	Detector []byte
	Since    time.Time
	Seen     map[uint64]time.Time
}

// save writes the state and the outcome as one row, then what follows from the outcome.
func (w *Watcher) save(ctx context.Context, out *outcome) error {
	version := max(w.version+1, uint64(w.o.Now().UnixMicro()))
	out.finish(w.detector.Open(), w.position, version)
	packed, err := w.pack()
	if err != nil {
		return err
	}
	told, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("writing the outcome of a step: %w", err)
	}
	if !w.lease.fresh() {
		return errLost
	}
	if err := w.o.Conn.Exec(ctx, "INSERT INTO "+schema.DetectorStates+" (name, position, state, outcome, version) VALUES (?, ?, ?, ?, ?)",
		Name, w.position, string(packed), string(told), version); err != nil {
		return fmt.Errorf("saving the detector: %w", err)
	}
	w.version = version
	return w.apply(ctx, out)
}

// load takes up what the last process has left, if there is something.
func (w *Watcher) load(ctx context.Context) error {
	s, ok, err := w.db.Detector(ctx, Name)
	if err != nil || !ok {
		return err
	}
	w.version = s.Version
	if err := w.unpack([]byte(s.State)); err != nil {
		w.o.Log.Warn("the saved detector cannot be read, so it begins anew from the stored posts", "error", err)
		return nil
	}
	w.position = s.Position.UTC()
	if err := w.recall(ctx); err != nil {
		return err
	}
	var out outcome
	if err := json.Unmarshal([]byte(s.Outcome), &out); err != nil {
		return fmt.Errorf("reading the outcome of the last step: %w", err)
	}
	return w.apply(ctx, &out) // in part or whole it may be there: rows replace each other
}

// begin begins with a detector that knows nothing, and lets it learn from what is stored.
func (w *Watcher) begin(ctx context.Context, head time.Time) error {
	first, err := w.db.FirstMinute(ctx, head.Add(-history))
	if err != nil {
		return err
	}
	if first.IsZero() || first.After(head) {
		first = head
	}
	w.detector = spike.New(w.o.Detector)
	w.seen = map[uint64]time.Time{}
	w.position, w.since = first.UTC().Truncate(time.Minute), w.o.Now()
	if err := w.recall(ctx); err != nil {
		return err
	}
	return w.abandon(ctx)
}

// recall reads the incidents that are open or were lately.
func (w *Watcher) recall(ctx context.Context) error {
	rows, err := w.db.Incidents(ctx, query.Window{From: w.position.Add(-remembered), To: w.position.Add(history)})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.incidents, w.at = map[string]query.Incident{}, w.position
	for _, i := range rows {
		w.incidents[i.ID] = i
	}
	return nil
}

// abandon closes incidents that the new detector does not know.
func (w *Watcher) abandon(ctx context.Context) error {
	var out outcome
	all, _ := w.Incidents()
	for _, i := range all {
		if !i.Open() {
			continue
		}
		at := i.SeenAt
		from := i.State
		i.State, i.ClosedAt, i.Version = string(spike.Closed), &at, max(w.version, i.Version)+1
		i.Reasons = append(i.Reasons, "closed: the detector has begun anew")
		out.Incidents = append(out.Incidents, i)
		out.Changes = append(out.Changes, query.Change{Incident: i.ID, Vendor: i.Vendor, At: at, From: from, To: i.State, Reason: "the detector has begun anew", Posts: []uint64{}})
	}
	return w.apply(ctx, &out)
}

// apply writes incidents and changes. To write them again changes nothing.
func (w *Watcher) apply(ctx context.Context, out *outcome) error {
	if err := insertIncidents(ctx, w.o.Conn, out.Incidents); err != nil {
		return err
	}
	if err := insertChanges(ctx, w.o.Conn, out.Changes); err != nil {
		return err
	}
	for _, c := range out.Changes {
		w.o.Metrics.sent.WithLabelValues(c.To).Inc()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range out.Incidents {
		w.incidents[i.ID] = i
	}
	w.at = w.position
	for id, i := range w.incidents {
		if !i.Open() && w.position.Sub(*i.ClosedAt) > remembered {
			delete(w.incidents, id)
		}
	}
	return nil
}

func (w *Watcher) pack() ([]byte, error) {
	var detector, b bytes.Buffer
	if err := w.detector.Save(&detector); err != nil {
		return nil, err
	}
	z, err := zstd.NewWriter(&b)
	if err != nil {
		return nil, fmt.Errorf("packing the detector: %w", err)
	}
	if err := gob.NewEncoder(z).Encode(memory{detector.Bytes(), w.since, w.seen}); err != nil {
		return nil, fmt.Errorf("packing the detector: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("packing the detector: %w", err)
	}
	return b.Bytes(), nil
}

func (w *Watcher) unpack(packed []byte) error {
	z, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("unpacking the detector: %w", err)
	}
	defer z.Close()
	var m memory
	if err := gob.NewDecoder(z).Decode(&m); err != nil {
		return fmt.Errorf("unpacking the detector: %w", err)
	}
	d, err := spike.Load(w.o.Detector, bytes.NewReader(m.Detector))
	if err != nil {
		return err
	}
	w.detector, w.since, w.seen = d, m.Since, m.Seen
	if w.seen == nil {
		w.seen = map[uint64]time.Time{}
	}
	return nil
}

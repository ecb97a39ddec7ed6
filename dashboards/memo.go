package dashboards

import (
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// memos keep answers for a moment, so that many readers of the same page cost
// ClickHouse one question.
type memos struct {
	group *singleflight.Group
	mu    *sync.Mutex
	kept  map[string]kept
}

type kept struct {
	value any
	err   error
	until time.Time
}

const (
	maxKept = 256
	// failAge is how long a question that failed is not asked again: a database
	// that hangs must not hold up every page for as long as it hangs.
	failAge = time.Second
)

func newMemos() memos {
	return memos{group: new(singleflight.Group), mu: new(sync.Mutex), kept: map[string]kept{}}
}

// memo gives the answer kept under key, or asks anew. Callers with the same key at
// the same time share one question.
func memo[T any](m memos, key string, age time.Duration, ask func() (T, error)) (T, error) {
	m.mu.Lock()
	k, ok := m.kept[key]
	m.mu.Unlock()
	if ok && time.Now().Before(k.until) {
		return k.value.(T), k.err
	}
	v, err, _ := m.group.Do(key, func() (any, error) {
		v, err := ask()
		if err != nil {
			age = failAge
		}
		m.keep(key, kept{v, err, time.Now().Add(age)})
		return v, err
	})
	return v.(T), err
}

// memoWarm is memo, but gives an answer that is older by up to stale at once, and has a
// new one fetched meanwhile.
func memoWarm[T any](m memos, key string, age, stale time.Duration, ask func() (T, error)) (T, error) {
	m.mu.Lock()
	k, ok := m.kept[key]
	m.mu.Unlock()
	if now := time.Now(); ok && k.err == nil && !now.Before(k.until) && now.Before(k.until.Add(stale)) {
		go func() { _, _ = memo(m, key, age, ask) }()
		return k.value.(T), nil
	}
	return memo(m, key, age, ask)
}

func (m memos) keep(key string, k kept) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if len(m.kept) >= maxKept {
		for key, old := range m.kept {
			if !now.Before(old.until) {
				delete(m.kept, key)
			}
		}
	}
	if len(m.kept) < maxKept {
		m.kept[key] = k
	}
}

// Forget drops all answers that are kept, after something was written that they do not
// know.
func (s *Server) Forget() {
	s.memos.mu.Lock()
	defer s.memos.mu.Unlock()
	clear(s.memos.kept)
}

// Package recent remembers posts that a source has brought lately. Many places say
// of a deleted post only its number: what is remembered gives back the author, so
// that the deletion goes the same way as the post and cannot overtake it, and tells
// an edit from a post that has only gained an answer.
package recent

import (
	"container/list"

	"github.com/cespare/xxhash/v2"
)

// Post is what is remembered of one.
type Post struct {
	ID, Author string
	digest     uint64
	Gone       bool // its deletion was brought too
}

// Memory holds the last posts, up to a number. It is not for several goroutines.
type Memory struct {
	limit int
	order *list.List // the oldest first
	byID  map[string]*list.Element
}

// New makes a memory for limit posts.
func New(limit int) *Memory {
	return &Memory{limit: limit, order: list.New(), byID: map[string]*list.Element{}}
}

// Add remembers a post with its text and says whether that is news: a post that was
// not known, or one whose text has changed.
func (m *Memory) Add(id, author, text string) bool {
	digest := xxhash.Sum64String(text)
	if e, ok := m.byID[id]; ok {
		p := e.Value.(*Post)
		news := p.digest != digest || p.Gone
		*p = Post{ID: id, Author: author, digest: digest}
		m.order.MoveToBack(e)
		return news
	}
	m.byID[id] = m.order.PushBack(&Post{ID: id, Author: author, digest: digest})
	if m.order.Len() > m.limit {
		oldest := m.order.Remove(m.order.Front()).(*Post)
		delete(m.byID, oldest.ID)
	}
	return true
}

// Find gives what is remembered of a post.
func (m *Memory) Find(id string) (Post, bool) {
	if e, ok := m.byID[id]; ok {
		return *e.Value.(*Post), true
	}
	return Post{}, false
}

// Forget notes that a post is gone. It is still remembered, so that it is not
// brought again.
func (m *Memory) Forget(id string) {
	if e, ok := m.byID[id]; ok {
		e.Value.(*Post).Gone = true
	}
}

// Oldest gives up to n posts that are not gone, those first that were longest not
// looked at, and counts them as looked at now.
func (m *Memory) Oldest(n int) []Post {
	var found []Post
	for e := m.order.Front(); e != nil && len(found) < n && len(found) < m.order.Len(); {
		next := e.Next()
		if p := e.Value.(*Post); !p.Gone {
			found = append(found, *p)
		}
		e = next
	}
	for _, p := range found {
		m.order.MoveToBack(m.byID[p.ID])
	}
	return found
}

package dashboards

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

// postList are the posts of a page that its filter wants.
type postList struct {
	Posts     []postView `json:"posts"`
	Forgotten int        `json:"deleted_posts"`

	Filter filter `json:"-"`
	// Mixed says that some of the posts are simulated and some are not.
	Mixed bool `json:"-"`
	// Older is the address of the posts before those shown.
	Older string `json:"-"`

	name func(id string) string
}

// Chosen lists what narrows the posts besides their label.
func (l *postList) Chosen() []choice { return l.Filter.chosen(l.name) }

// fillPosts asks for the posts of a list.
func (s *Server) fillPosts(ctx context.Context, l *postList, q query.Filter) error {
	type answer struct {
		posts     []query.Post
		forgotten int
	}
	a, err := memoWarm(s.memos, fmt.Sprintf("posts %+v", q), boardAge, s.stale(l.Filter.At), func() (answer, error) {
		posts, forgotten, err := s.db.Posts(context.WithoutCancel(ctx), q)
		return answer{posts, forgotten}, err
	})
	if err != nil {
		return err
	}
	l.Forgotten = a.forgotten
	for _, p := range a.posts {
		l.Posts = append(l.Posts, s.postView(p))
		l.Mixed = l.Mixed || p.Simulated != a.posts[0].Simulated
	}
	if n := len(a.posts); n+a.forgotten >= postsShown && n > 0 {
		l.Older = l.Filter.With("to", a.posts[n-1].CreatedAt.Format(time.RFC3339Nano)) + "#posts"
	}
	return nil
}

func (l *postList) anySimulated() bool {
	for _, p := range l.Posts {
		if p.Simulated {
			return true
		}
	}
	return false
}

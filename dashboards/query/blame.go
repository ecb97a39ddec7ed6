package query

import "context"

// Blame is how many people blame one vendor while they speak of another (or of the
// same). An empty About stands for all, an empty Blamed for anybody.
type Blame struct {
	About  string `ch:"about"`
	Blamed string `ch:"blamed"`
	People uint64 `ch:"people"`
}

// Blame counts the people who blame somebody in posts made in the window. Who
// names two vendors as guilty counts for both, so shares may add up to more than one.
//
// The rollups know one vendor a row and cannot tell who is named together, so this
// reads the vendors of the window's posts; posts are ordered by time, so it reads
// nothing else.
func (db *DB) Blame(ctx context.Context, w Window) ([]Blame, error) {
	return ask[Blame](ctx, db, "blame", w.args()...)
}

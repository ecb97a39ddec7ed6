package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Guilt is how many people blame exactly these vendors in one step of a window, or in the
// whole of it.
type Guilt struct {
	At     time.Time `ch:"at"`
	Whole  bool      `ch:"whole"`
	Blamed []string  `ch:"blamed"`
	Choice bool      `ch:"choice"`
	People uint64    `ch:"people"`
}

// Guilt gives the people who speak of a vendor and blame somebody, by whom they blame: in the
// whole window, and in each step of it. Suppliers are those whose naming makes blame of the vendor a question
// of choice.
func (db *DB) Guilt(ctx context.Context, vendor string, suppliers []string, w Window, step time.Duration) (whole, steps []Guilt, err error) {
	rows, err := ask[Guilt](ctx, db, "guilt", w.args(clickhouse.Named("vendor", vendor),
		clickhouse.Named("suppliers", append([]string{}, suppliers...)), clickhouse.Named("step", seconds(step)))...)
	n := 0
	for n < len(rows) && rows[n].Whole {
		n++
	}
	return rows[:n], rows[n:], err
}

// seconds is a step as SQL takes it.
func seconds(step time.Duration) uint32 { return uint32(max(1, step/time.Second)) }

// Mood is how people feel in one step.
type Mood struct {
	At       time.Time `ch:"at"`
	People   uint64    `ch:"people"`
	Negative uint64    `ch:"negative"`
	Positive uint64    `ch:"positive"`
}

// Newcomers gives people by the step in which they first spoke of the vendor in the
// window, with the feeling of that post.
func (db *DB) Newcomers(ctx context.Context, vendor string, w Window, step time.Duration) ([]Mood, error) {
	return ask[Mood](ctx, db, "newcomers", w.args(clickhouse.Named("vendor", vendor), clickhouse.Named("step", seconds(step)))...)
}

// Moods gives the feeling toward a vendor in steps, from the rollup.
func (db *DB) Moods(ctx context.Context, vendor string, w Window, step time.Duration) ([]Mood, error) {
	return ask[Mood](ctx, db, "moods", w.args(clickhouse.Named("vendor", vendor), clickhouse.Named("step", seconds(step)))...)
}

// Amount is how much is said of a vendor.
type Amount struct {
	People uint64 `ch:"people"`
	Posts  uint64 `ch:"posts"`
}

// Amount counts people and posts that speak of a vendor in a window.
func (db *DB) Amount(ctx context.Context, vendor string, w Window) (Amount, error) {
	row, _, err := first(ask[Amount](ctx, db, "amount", w.args(clickhouse.Named("vendor", vendor))...))
	return row, err
}

// Said is one post for the narratives.
type Said struct {
	Post      uint64    `ch:"post_key"`
	Author    uint64    `ch:"author_key"`
	CreatedAt time.Time `ch:"created_at"`
	Text      string    `ch:"text"`
	Negative  bool      `ch:"negative"`
}

// Said gives words of posts that name a vendor, in order of time: of every so many one,
// and at most limit. Deleted posts are not among them.
func (db *DB) Said(ctx context.Context, vendor string, w Window, every uint32, limit int) ([]Said, error) {
	return ask[Said](ctx, db, "said", w.args(clickhouse.Named("vendor", vendor),
		clickhouse.Named("every", max(1, every)), clickhouse.Named("limit", uint32(limit)))...)
}

// Echo is how far a statement was heard.
type Echo struct {
	People  uint64    `ch:"people"`
	Echoing uint64    `ch:"echoing"`
	Mocking uint64    `ch:"mocking"`
	First   time.Time `ch:"first"`
	Mockers []uint64  `ch:"mockers"`
}

// Echo counts those who speak of a vendor and repeat at least so many of the words.
func (db *DB) Echo(ctx context.Context, vendor string, w Window, words []string, least int) (Echo, error) {
	row, _, err := first(ask[Echo](ctx, db, "echo", w.args(clickhouse.Named("vendor", vendor),
		clickhouse.Named("words", append([]string{}, words...)), clickhouse.Named("least", uint8(least)))...))
	return row, err
}

// Statement is what a company said in public.
type Statement struct {
	ID        string    `ch:"id" json:"id"`
	Vendor    string    `ch:"vendor" json:"vendor"`
	At        time.Time `ch:"at" json:"at"`
	Kind      string    `ch:"kind" json:"kind"`
	Text      string    `ch:"text" json:"text"`
	URL       string    `ch:"url" json:"url,omitempty"`
	Simulated bool      `ch:"simulated" json:"simulated,omitempty"`
	Version   uint64    `ch:"version" json:"-"`
}

// Statements gives what vendors said in a window, or all vendors where none is named,
// the newest first.
func (db *DB) Statements(ctx context.Context, vendors []string, w Window, limit int) ([]Statement, error) {
	return ask[Statement](ctx, db, "statements", w.args(clickhouse.Named("vendors", append([]string{}, vendors...)), clickhouse.Named("limit", uint32(limit)))...)
}

// Official is an entry of a status page.
type Official struct {
	Vendor    string    `ch:"vendor" json:"vendor"`
	ID        string    `ch:"event_id" json:"event_id"`
	At        time.Time `ch:"at" json:"at"`
	Status    string    `ch:"status" json:"status"`
	Impact    string    `ch:"impact" json:"impact"`
	Title     string    `ch:"title" json:"title"`
	Text      string    `ch:"text" json:"text"`
	URL       string    `ch:"url" json:"url,omitempty"`
	Simulated bool      `ch:"simulated" json:"simulated,omitempty"`
}

// Official gives the entries of status pages of vendors in a window.
func (db *DB) Official(ctx context.Context, vendors []string, w Window) ([]Official, error) {
	return ask[Official](ctx, db, "official", w.args(clickhouse.Named("vendors", append([]string{}, vendors...)))...)
}

// Platform is how many people report or react in one place.
type Platform struct {
	Source string `ch:"source"`
	People uint64 `ch:"people"`
}

// Platforms gives where those write who report on a vendor or react.
func (db *DB) Platforms(ctx context.Context, vendor string, w Window) ([]Platform, error) {
	return ask[Platform](ctx, db, "platforms", w.args(clickhouse.Named("vendor", vendor))...)
}

package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/outcry/outcry/nlp/tag"
)

type tagRow struct {
	Source      string    `ch:"source"`
	ID          string    `ch:"id"`
	CreatedAt   time.Time `ch:"created_at"`
	Author      string    `ch:"author"`
	Text        string    `ch:"text"`
	Spam        float32   `ch:"spam"`
	Cluster     uint64    `ch:"cluster"`
	Outage      string    `ch:"outage"`
	Score       float32   `ch:"outage_score"`
	Simulated   bool      `ch:"simulated"`
	VendorIDs   []string  `ch:"vendor_ids"`
	VendorRoles []string  `ch:"vendor_roles"`
	Symptoms    []string  `ch:"symptoms"`
	Devices     []string  `ch:"devices"`
	Places      []string  `ch:"places"`
}

func (r *tagRow) tag() *tag.Tag {
	t := tag.Tag{
		ID: r.ID, Source: r.Source, CreatedAt: r.CreatedAt, Author: r.Author, Text: r.Text, Spam: float64(r.Spam), Cluster: tag.Hash(r.Cluster), Simulated: r.Simulated,
		Outage: tag.Outage(r.Outage), OutageScore: float64(r.Score), Symptoms: r.Symptoms, Devices: r.Devices, Places: r.Places,
	}
	for i, id := range r.VendorIDs {
		t.Vendors = append(t.Vendors, tag.Mention{Vendor: id, Role: tag.Role(r.VendorRoles[i])})
	}
	return &t
}

// Tags gives what is stored of the posts of a window to take, in order of their time,
// an hour at a time.
func (db *DB) Tags(ctx context.Context, w Window, take func(*tag.Tag)) error {
	for from := w.From; from.Before(w.To); from = from.Add(time.Hour) {
		to := from.Add(time.Hour)
		if to.After(w.To) {
			to = w.To
		}
		tags, err := db.FreshTags(ctx, Window{from, to}, from, Always().From)
		if err != nil {
			return err
		}
		for _, t := range tags {
			take(t)
		}
	}
	return nil
}

// FreshTags gives what is stored of the posts of a window, and of posts made since late
// that were stored since a time, all in order of when they were made.
func (db *DB) FreshTags(ctx context.Context, w Window, late, since time.Time) ([]*tag.Tag, error) {
	rows, err := ask[tagRow](ctx, db, "tags", w.args(
		clickhouse.Named("late", late.UTC().Truncate(time.Millisecond)), clickhouse.Named("since", since.UTC().Truncate(time.Second)))...)
	all := make([]*tag.Tag, len(rows))
	for i := range rows {
		all[i] = rows[i].tag()
	}
	return all, err
}

// Stopped is how many posts of a source the gate stopped in a minute.
type Stopped struct {
	Source string    `ch:"source"`
	Minute time.Time `ch:"minute"`
	Posts  uint64    `ch:"posts"`
}

// Stopped gives the posts that are not stored, by source and minute, in order of time.
func (db *DB) Stopped(ctx context.Context, w Window) ([]Stopped, error) {
	return ask[Stopped](ctx, db, "stopped", w.args()...)
}

// FirstMinute gives the minute of the first post made since a time; zero where there is none.
func (db *DB) FirstMinute(ctx context.Context, since time.Time) (time.Time, error) {
	rows, err := ask[struct {
		First time.Time `ch:"first"`
	}](ctx, db, "first_minute", clickhouse.Named("since", since.UTC().Truncate(time.Millisecond)))
	if err != nil || len(rows) == 0 || rows[0].First.Unix() == 0 {
		return time.Time{}, err
	}
	return rows[0].First, nil
}

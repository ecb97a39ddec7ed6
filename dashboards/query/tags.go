package query

import (
	"context"
	"time"

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
	VendorIDs   []string  `ch:"vendor_ids"`
	VendorRoles []string  `ch:"vendor_roles"`
	Symptoms    []string  `ch:"symptoms"`
	Devices     []string  `ch:"devices"`
	Places      []string  `ch:"places"`
}

// Tags gives what is stored of the posts of a window to take, in order of their time,
// an hour at a time.
func (db *DB) Tags(ctx context.Context, w Window, take func(*tag.Tag)) error {
	for from := w.From; from.Before(w.To); from = from.Add(time.Hour) {
		to := from.Add(time.Hour)
		if to.After(w.To) {
			to = w.To
		}
		rows, err := ask[tagRow](ctx, db, "tags", Window{from, to}.args()...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			t := tag.Tag{
				ID: r.ID, Source: r.Source, CreatedAt: r.CreatedAt, Author: r.Author, Text: r.Text, Spam: float64(r.Spam), Cluster: tag.Hash(r.Cluster),
				Outage: tag.Outage(r.Outage), OutageScore: float64(r.Score), Symptoms: r.Symptoms, Devices: r.Devices, Places: r.Places,
			}
			for i, id := range r.VendorIDs {
				t.Vendors = append(t.Vendors, tag.Mention{Vendor: id, Role: tag.Role(r.VendorRoles[i])})
			}
			take(&t)
		}
	}
	return nil
}

package alert

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/sink/schema"
)

// Desk is where people do something about alerts. The notifier, in this process or
// another, sees it within seconds.
type Desk struct {
	conn Conn
	db   *query.DB
	now  func() time.Time
}

// NewDesk makes a desk over a connection that may write.
func NewDesk(conn Conn, now func() time.Time) *Desk { return &Desk{conn, query.New(conn, nil), now} }

// UnknownError says that there is no incident or action of that name.
type UnknownError struct {
	What string
	Name string
	Near []string
}

func (e *UnknownError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("there is no %s %q", e.What, e.Name)
	}
	return fmt.Sprintf("there is no %s %q; there are %s", e.What, e.Name, strings.Join(e.Near, ", "))
}

// Silence keeps alerts about a vendor, or about all for "", from being sent. The time is
// that of the incidents: in a replay that of the posts.
func (d *Desk) Silence(ctx context.Context, vendor string, from time.Time, length time.Duration, who, note string) (query.Action, error) {
	until := from.Add(length)
	return d.put(ctx, query.Action{Kind: query.Silence, Vendor: vendor, StartsAt: from, EndsAt: &until, Who: who, Note: note})
}

// Acknowledge says that somebody looks after an incident: no more updates of it, but for
// a worse level or another root, and its end.
func (d *Desk) Acknowledge(ctx context.Context, incident, who, note string) (query.Action, error) {
	return d.about(ctx, query.Acknowledge, incident, who, note)
}

// FalseAlarm says that an incident is none. Its alerts end, and the vendor is watched
// more strictly for some months.
func (d *Desk) FalseAlarm(ctx context.Context, incident, who, note string) (query.Action, error) {
	return d.about(ctx, query.FalseAlarm, incident, who, note)
}

func (d *Desk) about(ctx context.Context, kind, incident, who, note string) (query.Action, error) {
	rows, err := d.db.Incidents(ctx, query.Always())
	if err != nil {
		return query.Action{}, err
	}
	k := slices.IndexFunc(rows, func(i query.Incident) bool { return i.ID == incident })
	if k < 0 {
		var near []string
		for _, i := range rows[:min(len(rows), 5)] {
			near = append(near, i.ID)
		}
		return query.Action{}, &UnknownError{"incident", incident, near}
	}
	i := rows[k]
	return d.put(ctx, query.Action{Kind: kind, Vendor: i.Vendor, Incident: i.ID, StartsAt: i.OpenedAt, Authors: i.Authors, Who: who, Note: note})
}

// Revoke takes back an action.
func (d *Desk) Revoke(ctx context.Context, id string) (query.Action, error) {
	all, err := d.db.Actions(ctx)
	if err != nil {
		return query.Action{}, err
	}
	var near []string
	for _, a := range all {
		if a.ID == id {
			a.Revoked = true
			return a, d.write(ctx, a)
		}
		near = append(near, a.ID)
	}
	return query.Action{}, &UnknownError{"action", id, near[:min(len(near), 5)]}
}

// Actions are those that were not taken back, the newest first.
func (d *Desk) Actions(ctx context.Context) ([]query.Action, error) { return d.db.Actions(ctx) }

// History are the messages of the last time, the newest first.
func (d *Desk) History(ctx context.Context, since time.Time, limit int) ([]query.Notification, error) {
	return d.db.Notifications(ctx, since, limit)
}

func (d *Desk) put(ctx context.Context, a query.Action) (query.Action, error) {
	a.ID = "a" + strings.ToLower(rand.Text()[:7])
	return a, d.write(ctx, a)
}

func (d *Desk) write(ctx context.Context, a query.Action) error {
	err := d.conn.Exec(ctx, "INSERT INTO "+schema.AlertActions+" (id, kind, vendor, incident, starts_at, ends_at, authors, who, note, revoked, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		a.ID, a.Kind, a.Vendor, a.Incident, a.StartsAt, a.EndsAt, a.Authors, a.Who, a.Note, a.Revoked, uint64(d.now().UnixMicro()))
	if err != nil {
		return fmt.Errorf("writing down the %s: %w", a.Kind, err)
	}
	return nil
}

// Try sends a test message to channels of a file and says how each went. Without names
// it is all of them.
func (f *File) Try(names []string, at time.Time, send func(c *channel.Config, m channel.Message) error) error {
	for _, name := range names {
		if !slices.ContainsFunc(f.Channels, func(c channel.Config) bool { return c.Name == name }) {
			var near []string
			for k := range f.Channels {
				near = append(near, f.Channels[k].Name)
			}
			return &UnknownError{"channel", name, near}
		}
	}
	var all []error
	for k := range f.Channels {
		c := &f.Channels[k]
		if len(names) > 0 && !slices.Contains(names, c.Name) {
			continue
		}
		t, err := newTemplates(c)
		if err != nil {
			return err
		}
		a := sample(at)
		m := channel.Message{ID: "msg_test_" + rand.Text()[:8], Thread: "test-" + strings.ToLower(rand.Text()[:6]), Number: 1, Alert: a}
		if m.Title, m.Text, err = t.render(a); err != nil {
			return err
		}
		all = append(all, send(c, m))
	}
	return errors.Join(all...)
}

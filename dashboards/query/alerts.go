package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Kinds of actions.
const (
	Silence     = "silence"
	Acknowledge = "acknowledge"
	FalseAlarm  = "false_alarm"
)

// Action is what somebody did about alerts.
type Action struct {
	ID       string     `ch:"id" json:"id"`
	Kind     string     `ch:"kind" json:"kind"`
	Vendor   string     `ch:"vendor" json:"vendor"`
	Incident string     `ch:"incident" json:"incident,omitempty"`
	StartsAt time.Time  `ch:"starts_at" json:"starts_at"`
	EndsAt   *time.Time `ch:"ends_at" json:"ends_at"`
	Authors  uint32     `ch:"authors" json:"authors,omitempty"`
	Who      string     `ch:"who" json:"who"`
	Note     string     `ch:"note" json:"note"`
	Revoked  bool       `ch:"revoked" json:"-"`
	Version  uint64     `ch:"version" json:"-"`
}

// Actions gives those that were not taken back, the newest first.
func (db *DB) Actions(ctx context.Context) ([]Action, error) { return ask[Action](ctx, db, "actions") }

// States of a notification.
const (
	Sent   = "sent"
	Failed = "failed" // and not tried again
	Tried  = "tried"  // and to be tried again
)

// Notification is a message and whether its receiver has taken it.
type Notification struct {
	ID        string    `ch:"id" json:"id"`
	Incident  string    `ch:"incident" json:"incident"`
	Channel   string    `ch:"channel" json:"channel"`
	Rule      string    `ch:"rule" json:"rule"`
	Thread    string    `ch:"thread" json:"thread"`
	Number    uint32    `ch:"number" json:"number"`
	Event     string    `ch:"event" json:"event"`
	Incidents []string  `ch:"incidents" json:"incidents"`
	Digest    string    `ch:"digest" json:"-"`
	Title     string    `ch:"title" json:"title"`
	Reference string    `ch:"reference" json:"-"`
	State     string    `ch:"state" json:"state"`
	At        time.Time `ch:"at" json:"at"`
	Detail    string    `ch:"detail" json:"detail,omitempty"`
	Attempts  uint16    `ch:"attempts" json:"attempts"`
	// Version is when the row was written, in microseconds of the wall's time.
	Version uint64 `ch:"version" json:"-"`
}

// Written is when the row was written.
func (n *Notification) Written() time.Time { return time.UnixMicro(int64(n.Version)).UTC() }

// Notifications gives the messages written since a time, the newest first.
func (db *DB) Notifications(ctx context.Context, since time.Time, limit int) ([]Notification, error) {
	return ask[Notification](ctx, db, "notifications", clickhouse.Named("since", uint64(max(0, since.UnixMicro()))), clickhouse.Named("limit", limit))
}

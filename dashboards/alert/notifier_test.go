package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/alert/channel/channeltest"
	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// desk is a notifier with its surroundings.
type desk struct {
	t    *testing.T
	play *play
	conn driver.Conn
	wall time.Time
	n    *Notifier
}

func newDesk(t *testing.T, yaml string) *desk {
	t.Helper()
	d := &desk{t: t, play: newPlay(t, yaml), conn: clickhousetest.Open(t, clickhousetest.Start(t), clickhouse.Writer), wall: noon}
	d.restart(d.conn)
	return d
}

// restart takes a new notifier, as after a crash.
func (d *desk) restart(conn Conn) {
	d.t.Helper()
	var err error
	d.n, err = New(Options{
		Conn: conn, File: d.play.file, Catalogue: catalogue, Link: "https://outcry.example.com/", Now: func() time.Time { return d.wall },
		Incidents: func() ([]query.Incident, time.Time) { return slices.Clone(d.play.s.incidents), d.play.s.now },
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// turn lets time pass, by the wall and in the story, and sends what is due.
func (d *desk) turn(after time.Duration) {
	d.t.Helper()
	d.wall, d.play.s.now = d.wall.Add(after), d.play.s.now.Add(after)
	if err := d.n.Turn(d.t.Context()); err != nil && !errors.Is(err, errCrash) {
		d.t.Fatal(err)
	}
}

// history is what was written down, the oldest first.
func (d *desk) history() (said []string) {
	d.t.Helper()
	rows, err := NewDesk(d.conn, time.Now).History(d.t.Context(), noon.AddDate(0, -1, 0), 100)
	if err != nil {
		d.t.Fatal(err)
	}
	slices.Reverse(rows)
	for _, r := range rows {
		said = append(said, fmt.Sprintf("%s %s #%d %s %s", r.Channel, r.Thread, r.Number, r.Event, r.State))
	}
	return said
}

// cascade lets a supplier and eight customers fail, one after the other, and recover.
func cascade(d *desk, between func()) {
	customers := []string{"netflix", "hulu", "slack", "prime-video", "c5", "c6", "c7", "c8"}
	for k, v := range customers {
		d.play.set(v, func(i *query.Incident) {
			i.Blamed = map[string]uint32{"aws": 8, "netflix": 4}
			if k > 0 {
				i.Cause, i.CauseProbability = "aws", 0.9
			}
		})
		if k == 1 {
			d.play.set("netflix", func(i *query.Incident) { i.Cause, i.CauseProbability = "aws", 0.9 })
		}
		d.turn(time.Minute)
		between()
	}
	d.play.set("aws", func(*query.Incident) {})
	for range 3 {
		d.turn(time.Minute)
		between()
	}
	for _, v := range append(customers, "aws") {
		d.play.close(v)
		d.turn(2 * time.Minute)
		between()
	}
}

// receivers are one of each kind that a test can have for real.
type receivers struct {
	hook *channeltest.Web
	mail *channeltest.Mail
	am   string
	yaml string
}

func newReceivers(t *testing.T) *receivers {
	t.Helper()
	r := &receivers{hook: channeltest.NewWeb(t, nil), mail: channeltest.NewMail(t, ""), am: channeltest.Alertmanager(t)}
	r.yaml = fmt.Sprintf(`
channels:
  - {name: hook, type: webhook, url: %q, allow_private: true}
  - {name: mail, type: email, smtp: %q, tls: none, from: outcry@example.com, to: [press@example.com]}
  - {name: prometheus, type: alertmanager, url: %q}
rules:
  - {name: all, channels: [hook, mail, prometheus]}
`, r.hook.URL, r.mail.Addr, r.am)
	return r
}

// TestOneMessage sends a cascade of nine incidents to real receivers: each is told of
// one thing, that begins, changes and ends.
func TestOneMessage(t *testing.T) {
	t.Parallel()
	r := newReceivers(t)
	d := newDesk(t, r.yaml)
	most := 0
	cascade(d, func() { most = max(most, len(channeltest.Alerts(t, r.am))) })
	threads, events := map[string]bool{}, map[string]int{}
	var last struct {
		Title string
		Data  channel.Alert
	}
	for _, q := range r.hook.Got() {
		if err := json.Unmarshal(q.Body, &last); err != nil {
			t.Fatal(err)
		}
		threads[last.Data.Thread] = true
		events[last.Data.Event]++
	}
	if len(threads) != 1 || events["opened"] != 1 || events["resolved"] != 1 || events["updated"] < 3 {
		t.Errorf("the webhook heard of the threads %v with the events %v", threads, events)
	}
	if last.Data.Vendor != "aws" || len(last.Data.Incidents) != 9 || !strings.HasPrefix(last.Title, "Over: AWS after") {
		t.Errorf("the last message is %q with %d incidents", last.Title, len(last.Data.Incidents))
	}
	if most != 1 || len(channeltest.Alerts(t, r.am)) != 0 {
		t.Errorf("the Alertmanager had at most %d alerts at once, and has %d in the end", most, len(channeltest.Alerts(t, r.am)))
	}
	mails := r.mail.Got()
	if len(mails) < 2 || len(mails) > 4 {
		t.Errorf("%d mails were sent", len(mails))
	}
	if !strings.Contains(mails[1], "AWS is behind it with a probability of 90 %") || !strings.Contains(mails[1], "Blamed: AWS 67 %") {
		t.Errorf("the second mail is\n%s", mails[1])
	}
}

var errCrash = errors.New("crash")

// crashing loses every other write of notifications, before it takes effect or after.
type crashing struct {
	driver.Conn
	n *atomic.Int64
}

func (c crashing) Exec(ctx context.Context, query string, args ...any) error {
	switch c.n.Add(1) % 3 {
	case 0:
		return errCrash
	case 1:
		_ = c.Conn.Exec(ctx, query, args...)
		return errCrash
	}
	return c.Conn.Exec(ctx, query, args...)
}

// TestCrash ends the notifier again and again just when it writes down that a message was
// sent. Nothing is lost, and what is sent again has the same id.
func TestCrash(t *testing.T) {
	t.Parallel()
	r := newReceivers(t)
	d := newDesk(t, r.yaml)
	var count atomic.Int64
	cascade(d, func() { d.restart(crashing{d.conn, &count}) })
	for range 3 {
		d.restart(d.conn)
		d.turn(time.Minute)
	}
	ids, threads := map[string]string{}, map[string]bool{}
	last := 0
	for _, q := range r.hook.Got() {
		var m struct{ Data channel.Alert }
		if err := json.Unmarshal(q.Body, &m); err != nil {
			t.Fatal(err)
		}
		id := q.Header.Get("webhook-id")
		if before, again := ids[id]; again && before != m.Data.Event {
			t.Errorf("the message %s was %s and is %s", id, before, m.Data.Event)
		}
		ids[id] = m.Data.Event
		threads[m.Data.Thread] = true
		last++
	}
	opened, resolved := 0, 0
	for _, e := range ids {
		switch e {
		case channel.Opened:
			opened++
		case channel.Resolved:
			resolved++
		}
	}
	if opened == 0 || resolved != 1 || len(threads) != 1 || count.Load() < 10 {
		t.Errorf("%d messages came with %d ids of the threads %v: %d opened, %d resolved, with %d writes", last, len(ids), threads, opened, resolved, count.Load())
	}
	if n := len(channeltest.Alerts(t, r.am)); n != 0 {
		t.Errorf("the Alertmanager has %d alerts in the end", n)
	}
}

// TestRestart takes a new notifier after every turn: no message comes twice.
func TestRestart(t *testing.T) {
	t.Parallel()
	web := channeltest.NewWeb(t, nil)
	d := newDesk(t, fmt.Sprintf("channels: [{name: hook, type: webhook, url: %q, allow_private: true}]\nrules: [{name: all, channels: [hook]}]", web.URL))
	cascade(d, func() { d.restart(d.conn); d.turn(0) })
	ids := map[string]bool{}
	for _, q := range web.Got() {
		id := q.Header.Get("webhook-id")
		if ids[id] {
			t.Errorf("%s came twice", id)
		}
		ids[id] = true
	}
	if len(ids) < 5 {
		t.Errorf("%d messages came", len(ids))
	}
}

// deaf is a connection on which nothing is written down any more after the first write.
type deaf struct {
	driver.Conn
	n *atomic.Int64
}

func (c deaf) Exec(ctx context.Context, query string, args ...any) error {
	if c.n.Add(1) > 1 {
		return errCrash
	}
	return c.Conn.Exec(ctx, query, args...)
}

// TestUnsure ends the notifier after the first message was taken and before that was
// written down. Whether the incident goes on or is over by then, the receiver hears of it.
func TestUnsure(t *testing.T) {
	t.Parallel()
	for over, want := range map[bool]string{false: "opened opened resolved", true: "opened resolved"} {
		web := channeltest.NewWeb(t, nil)
		d := newDesk(t, fmt.Sprintf("channels: [{name: hook, type: webhook, url: %q, allow_private: true}]\nrules: [{name: all, channels: [hook]}]", web.URL))
		d.restart(deaf{d.conn, new(atomic.Int64)})
		d.play.set("netflix", func(*query.Incident) {})
		d.turn(0)
		if over {
			d.play.close("netflix")
		}
		d.restart(d.conn)
		d.turn(time.Minute)
		if !over {
			d.play.close("netflix")
		}
		d.turn(time.Minute)
		d.turn(time.Minute)
		var events []string
		ids := map[string]string{}
		for _, q := range web.Got() {
			var m struct{ Data channel.Alert }
			if err := json.Unmarshal(q.Body, &m); err != nil {
				t.Fatal(err)
			}
			events = append(events, m.Data.Event)
			if id := ids[m.Data.Event]; id != "" && id != q.Header.Get("webhook-id") {
				t.Errorf("%s came again under another id", m.Data.Event)
			}
			ids[m.Data.Event] = q.Header.Get("webhook-id")
		}
		if got := strings.Join(events, " "); got != want {
			t.Errorf("over %t: the receiver heard %q, want %q", over, got, want)
		}
	}
}

// TestAway lets a receiver fail for a while and another refuse for good.
func TestAway(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	away.Store(true)
	web := channeltest.NewWeb(t, func(w http.ResponseWriter, _ channeltest.Request) bool {
		if away.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return !away.Load()
	})
	wrong := channeltest.NewWeb(t, func(w http.ResponseWriter, _ channeltest.Request) bool {
		w.WriteHeader(http.StatusNotFound)
		return false
	})
	d := newDesk(t, fmt.Sprintf(`
channels: [{name: away, type: webhook, url: %q, allow_private: true}, {name: wrong, type: webhook, url: %q, allow_private: true}]
rules: [{name: all, channels: [away, wrong]}]`, web.URL, wrong.URL))
	d.play.set("netflix", func(*query.Incident) {})
	d.turn(0)
	d.turn(time.Second) // too early to try again
	d.turn(time.Minute)
	want := []string{"away netflix-1200 #1 opened tried", "wrong netflix-1200 #1 opened failed"}
	got := d.history()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("while it is away (-want +got):\n%s", diff)
	}
	away.Store(false)
	d.turn(time.Hour)
	got = d.history()
	slices.Sort(got)
	want[0] = "away netflix-1200 #1 opened sent"
	if diff := cmp.Diff(want, got); diff != "" || len(web.Got()) != 1 {
		t.Errorf("when it is back, %d messages (-want +got):\n%s", len(web.Got()), diff)
	}
}

// TestQuotes quotes posts that are there, and not those that were deleted.
func TestQuotes(t *testing.T) {
	t.Parallel()
	web := channeltest.NewWeb(t, nil)
	d := newDesk(t, fmt.Sprintf("channels: [{name: hook, type: webhook, url: %q, allow_private: true}]\nrules: [{name: all, channels: [hook]}]", web.URL))
	var keys []uint64
	for k, text := range []string{"Netflix is down for me since nine, nothing plays at all", "netflix down", "cannot log in to netflix, it says error 503", "deleted words about netflix that nobody may see again", "Netflix IS down FOR me since nine, another one says it"} {
		g := tag.Tag{ID: fmt.Sprint(k), Source: "x", Author: fmt.Sprint("p", k), CreatedAt: noon.Add(-time.Minute), Text: text, URL: fmt.Sprint("https://x.example/", k), Outage: tag.Report, OutageScore: 0.9}
		querytest.Insert(t, d.conn, g)
		keys = append(keys, g.Key())
		if k == 3 {
			querytest.Delete(t, d.conn, "x", "3", "p3", noon)
		}
	}
	d.play.set("netflix", func(i *query.Incident) { i.Posts, i.SeenAt = keys, noon })
	d.turn(0)
	var m struct{ Data channel.Alert }
	if err := json.Unmarshal(web.Got()[0].Body, &m); err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, q := range m.Data.Quotes {
		said = append(said, q.Text+" "+q.URL)
	}
	if len(said) != 3 || strings.Contains(strings.Join(said, " "), "deleted") || !strings.Contains(said[0], "https://x.example/") {
		t.Errorf("the quotes are %q", said)
	}
}

// TestDesk does what people do, over the tables.
func TestDesk(t *testing.T) {
	t.Parallel()
	d := newDesk(t, plain)
	if err := d.conn.Exec(t.Context(), "INSERT INTO incidents (id, vendor, state, opened_at, seen_at, authors, version) VALUES ('netflix-1200', 'netflix', 'signal', ?, ?, 20, 1)", noon, noon); err != nil {
		t.Fatal(err)
	}
	desk := NewDesk(d.conn, time.Now)
	if _, err := desk.Acknowledge(t.Context(), "netflx-1200", "ann", ""); err == nil || !strings.Contains(err.Error(), "there are netflix-1200") {
		t.Errorf("an unknown incident gives %v", err)
	}
	marked, err := desk.FalseAlarm(t.Context(), "netflix-1200", "ann", "a film")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Silence(t.Context(), "", noon, time.Hour, "ann", ""); err != nil {
		t.Fatal(err)
	}
	if err := d.n.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.n.Tuning()["netflix"]; got.LeastAuthors != 21 {
		t.Errorf("after a false alarm of 20 people netflix is watched with %+v", got)
	}
	if _, err := desk.Revoke(t.Context(), marked.ID); err != nil {
		t.Fatal(err)
	}
	all, err := desk.Actions(t.Context())
	if err != nil || len(all) != 1 || all[0].Kind != query.Silence || all[0].EndsAt == nil {
		t.Errorf("in the end there are %+v: %v", all, err)
	}
	if _, err := desk.Revoke(t.Context(), "nothing"); err == nil {
		t.Error("nothing was taken back")
	}
}

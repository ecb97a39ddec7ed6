package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/alert/channel/channeltest"
	"github.com/outcry/outcry/ingest/scenario/week"
)

// heard is what a webhook was told.
type heard struct {
	id    string
	Title string
	Data  channel.Alert
}

func hear(t *testing.T, web *channeltest.Web) (all []heard) {
	t.Helper()
	for _, r := range web.Got() {
		h := heard{id: r.Header.Get("webhook-id")}
		if err := json.Unmarshal(r.Body, &h); err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	return all
}

// TestAlerts brings a supplier's cascade through the whole pipeline, kills it in the
// middle, and brings the rest: one message opens, is updated and ends, about the
// supplier with its six customers.
func TestAlerts(t *testing.T) {
	t.Parallel()
	web := channeltest.NewWeb(t, nil)
	_, flags := home(t)
	dir := t.TempDir()
	rules := filepath.Join(dir, "alerts.yaml")
	if err := os.WriteFile(rules, fmt.Appendf(nil, `
channels: [{name: hook, type: webhook, url: %q, allow_private: true}]
rules: [{name: all, simulated: true, channels: [hook]}]
`, web.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := week.Drill("supplier-cascade", 1)
	if err != nil {
		t.Fatal(err)
	}
	var before, all []string
	middle := w.Outages[0].Start.Add(50 * time.Minute)
	for p := range w.Posts() {
		b, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if p.CreatedAt.Before(middle) {
			before = append(before, string(b))
		}
		all = append(all, string(b))
	}
	up := func() *process {
		p := start(t, append([]string{"up", "--alerts.file", rules, "--alerts.every", "300ms"}, flags...)...)
		p.says("outcry is up")
		return p
	}
	cascade := func() (events []string) {
		for _, h := range hear(t, web) {
			if h.Data.Vendor == "aws" || strings.HasPrefix(h.Data.Thread, "aws") {
				events = append(events, h.Data.Event)
			}
		}
		return events
	}
	said := func() string { return fmt.Sprintf("of the cascade was heard %v, in all %+v", cascade(), hear(t, web)) }

	first := up()
	must(t, strings.Join(before, "\n"), append([]string{"replay", "--wait", "-"}, flags...)...)
	eventually(t, patience, func() bool { return slices.Contains(cascade(), channel.Opened) }, said)
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait()
	up()
	must(t, strings.Join(all, "\n"), append([]string{"replay", "--wait", "-"}, flags...)...)
	eventually(t, patience, func() bool { return slices.Contains(cascade(), channel.Resolved) }, said)

	threads, ids := map[string]int{}, map[string]bool{}
	var last heard
	for _, h := range hear(t, web) {
		if ids[h.id] && h.Data.Event != channel.Opened { // that one may be in flight when we kill
			t.Errorf("the message %s came twice: %q", h.id, h.Title)
		}
		ids[h.id] = true
		for _, i := range h.Data.Incidents {
			if i.Vendor == "netflix" {
				threads[h.Data.Thread]++
				last = h
			}
		}
	}
	if len(threads) != 1 || last.Data.Vendor != "aws" || len(last.Data.Incidents) < 7 || len(last.Data.Quotes) != 0 || last.Data.Event != channel.Resolved {
		t.Errorf("netflix was in the threads %v, at last in %+v", threads, last)
	}
	// The webhook hears of a message a moment before that is written down.
	history := ""
	eventually(t, patience, func() bool {
		history = must(t, "", append([]string{"alerts", "history", "--json", "--since", "1h"}, flags...)...)
		return strings.Contains(history, `"event":"resolved"`) && strings.Contains(history, `"state":"sent"`)
	}, func() string { return "the history is " + history })
	if n := strings.Count(history, "\n"); n != len(ids) {
		t.Errorf("the history has %d messages, the webhook %d:\n%s", n, len(ids), history)
	}
	if out := must(t, "", append([]string{"alerts", "history"}, flags...)...); !strings.Contains(out, "Over: [simulated] Amazon Web Services after") {
		t.Errorf("the history is\n%s", out)
	}
}

// TestAlertCommands goes through what people do about alerts.
func TestAlertCommands(t *testing.T) {
	t.Parallel()
	web := channeltest.NewWeb(t, nil)
	_, flags := home(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.yaml", fmt.Sprintf("channels: [{name: hook, type: webhook, url: %q, allow_private: true}, {type: log}]\nrules: [{name: mine, tags: [streaming], channels: [hook]}]", web.URL))
	bad := file("bad.yaml", "channels: [{type: fax}]\nrules: [{name: mine, vendors: [nextflix], channels: [pager]}]")
	example := file("example.yaml", must(t, "", append([]string{"alerts", "example"}, flags...)...))

	for _, x := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"alerts", "check", good}, 0, "is good: 1 rules, 2 channels"},
		{[]string{"alerts", "check", example}, 0, "is good"},
		{[]string{"alerts", "check", bad}, 2, `has vendors: nextflix, which the catalogue does not know`},
		{[]string{"alerts", "check", filepath.Join(dir, "none.yaml")}, 1, "reading the alert file"},
		{[]string{"alerts", "test", "hook", "--alerts.file", good}, 0, "hook: taken"},
		{[]string{"alerts", "test", "pager", "--alerts.file", good}, 2, `there is no channel "pager"; there are hook, log`},
		{[]string{"alerts", "silence", "nextflix"}, 2, `the catalogue has no vendor "nextflix"`},
		{[]string{"alerts", "silence", "netflix", "--for", "2h", "--note", "planned"}, 0, "silence of netflix until"},
		{[]string{"alerts", "ack", "netflix-1"}, 2, `there is no incident "netflix-1"`},
		{[]string{"alerts", "actions"}, 0, ": planned"},
		{[]string{"alerts", "revoke", "nothing"}, 2, `there is no action "nothing"`},
		{[]string{"alerts", "history"}, 0, ""},
	} {
		r := outcry(t, "", append(x.args, flags...)...)
		if r.code != x.code || !strings.Contains(r.stdout+r.stderr, x.want) {
			t.Errorf("outcry %s: code %d, want %d and %q\n%s%s", strings.Join(x.args, " "), r.code, x.code, x.want, r.stdout, r.stderr)
		}
	}
	if got := hear(t, web); len(got) != 1 || got[0].Data.Event != channel.Test {
		t.Errorf("the webhook heard %+v", got)
	}
}

package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/query"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) // a Monday

var catalogue = Catalogue{
	Names:      map[string]string{"netflix": "Netflix", "aws": "AWS", "hulu": "Hulu", "slack": "Slack", "prime-video": "Prime Video", "amazon": "Amazon"},
	Owners:     map[string]string{"aws": "amazon", "prime-video": "amazon"},
	Categories: map[string]string{"netflix": "streaming", "hulu": "streaming", "prime-video": "streaming", "aws": "cloud"},
}

// play is a file with its situation; told are the messages so far.
type play struct {
	t    *testing.T
	file *File
	s    situation
	told []string
}

func newPlay(t *testing.T, yaml string) *play {
	t.Helper()
	f, err := Parse("test", []byte(yaml), catalogue)
	if err != nil {
		t.Fatal(err)
	}
	return &play{t: t, file: f, s: situation{now: noon}}
}

const plain = `
channels: [{name: log, type: log}]
rules: [{name: all, channels: [log]}]
`

// set adds an incident, or changes it.
func (p *play) set(vendor string, change func(*query.Incident)) *query.Incident {
	for k := range p.s.incidents {
		if i := &p.s.incidents[k]; i.Vendor == vendor && i.Open() {
			change(i)
			return i
		}
	}
	i := query.Incident{ID: vendor + p.s.now.Format("-1504"), Vendor: vendor, State: "signal", OpenedAt: p.s.now, Authors: 20, Score: 9, Severity: 0.9}
	change(&i)
	p.s.incidents = append(p.s.incidents, i)
	return &p.s.incidents[len(p.s.incidents)-1]
}

func (p *play) close(vendor string) {
	p.set(vendor, func(i *query.Incident) { at := p.s.now; i.ClosedAt, i.State = &at, "closed" })
}

// turn plans, takes all messages as sent, and gives them in words.
func (p *play) turn(after time.Duration) string {
	p.t.Helper()
	p.s.now = p.s.now.Add(after)
	var said []string
	for _, n := range p.file.plan(catalogue, &p.s) {
		var names []string
		for _, m := range n.group.members {
			names = append(names, m.Vendor)
		}
		slices.Sort(names)
		said = append(said, fmt.Sprintf("%s: %s #%d %s of %s (%s)", n.Channel, n.ID, n.Number, n.Event, n.group.root, strings.Join(names, " ")))
		t := n.thread
		k := slices.IndexFunc(p.s.threads, func(o *thread) bool { return o.Channel == t.Channel && o.ID == t.ID })
		if k < 0 {
			p.s.threads = append(p.s.threads, &t)
		} else {
			p.s.threads[k] = &t
		}
		if slices.Contains(p.told, n.id()) {
			p.t.Errorf("the message %s of %s is told twice", n.id(), n.ID)
		}
		p.told = append(p.told, n.id())
	}
	return strings.Join(said, "; ")
}

func (p *play) want(after time.Duration, want string) {
	p.t.Helper()
	if got := p.turn(after); got != want {
		p.t.Errorf("%s: said %q, want %q", p.s.now.Format("15:04"), got, want)
	}
}

// TestOneIncident tells of an incident from its beginning to its end.
func TestOneIncident(t *testing.T) {
	t.Parallel()
	p := newPlay(t, plain)
	p.want(0, "")
	p.set("netflix", func(*query.Incident) {})
	p.want(0, "log: netflix-1200 #1 opened of netflix (netflix)")
	p.want(time.Minute, "")
	p.set("netflix", func(i *query.Incident) { i.Authors = 24 })
	p.want(time.Minute, "") // no news
	p.set("netflix", func(i *query.Incident) { i.State, i.Authors = "confirmed", 80 })
	p.want(time.Minute, "log: netflix-1200 #2 updated of netflix (netflix)")
	p.set("netflix", func(i *query.Incident) { i.Severity = 2.2 })
	p.want(10*time.Second, "log: netflix-1200 #3 updated of netflix (netflix)") // worse: at once
	p.close("netflix")
	p.want(time.Minute, "log: netflix-1200 #4 resolved of netflix (netflix)")
	p.want(time.Hour, "")
}

// TestCascade lets eight customers fail with their supplier: one message, updated.
func TestCascade(t *testing.T) {
	t.Parallel()
	p := newPlay(t, plain)
	p.set("netflix", func(*query.Incident) {})
	p.want(0, "log: netflix-1200 #1 opened of netflix (netflix)")
	caused := func(i *query.Incident) { i.Cause, i.CauseProbability = "aws", 0.9 }
	p.set("netflix", caused)
	p.set("hulu", caused)
	p.want(time.Minute, "log: netflix-1200 #2 updated of aws (hulu netflix)")
	for k := range 6 {
		p.set(fmt.Sprint("customer", k), caused)
	}
	p.set("aws", func(*query.Incident) {})
	p.want(time.Minute, "log: netflix-1200 #3 updated of aws (aws customer0 customer1 customer2 customer3 customer4 customer5 hulu netflix)")
	for _, v := range []string{"netflix", "hulu", "aws"} {
		p.close(v)
	}
	p.want(2*time.Minute, "log: netflix-1200 #4 updated of aws (customer0 customer1 customer2 customer3 customer4 customer5)")
	for k := range 6 {
		p.close(fmt.Sprint("customer", k))
	}
	if got := p.turn(time.Minute); !strings.HasPrefix(got, "log: netflix-1200 #5 resolved of aws") {
		t.Errorf("said %q in the end", got)
	}
}

// TestJoin tells of two incidents apart, and then that they are one.
func TestJoin(t *testing.T) {
	t.Parallel()
	p := newPlay(t, plain)
	p.set("netflix", func(*query.Incident) {})
	p.want(0, "log: netflix-1200 #1 opened of netflix (netflix)")
	p.s.now = noon.Add(5 * time.Minute)
	p.set("slack", func(*query.Incident) {})
	p.want(0, "log: slack-1205 #1 opened of slack (slack)")
	for _, v := range []string{"netflix", "slack"} {
		p.set(v, func(i *query.Incident) { i.Cause, i.CauseProbability = "aws", 0.8 })
	}
	p.want(time.Minute, "log: slack-1205 #2 joined of aws (netflix slack); log: netflix-1200 #2 updated of aws (netflix slack)")
	p.want(time.Hour, "")
	p.close("netflix")
	p.close("slack")
	p.want(time.Minute, "log: netflix-1200 #3 resolved of aws (netflix slack)")
}

// TestEnough holds each condition of a rule against incidents that just miss it.
func TestEnough(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		rule   string
		change func(*query.Incident)
		opens  bool
	}{
		"fits":                    {"", func(*query.Incident) {}, true},
		"too few people":          {"min_authors: 21", func(*query.Incident) {}, false},
		"too little evidence":     {"sensitivity: 0.001", func(i *query.Incident) { i.Score = 7.9 }, false},
		"as much as it asks for":  {"sensitivity: 0.001", func(i *query.Incident) { i.Score = 8 }, true},
		"too small":               {"min_level: major", func(*query.Incident) {}, false},
		"large":                   {"min_level: critical", func(i *query.Incident) { i.Severity = 2 }, true},
		"not confirmed":           {"confirmed: true", func(*query.Incident) {}, false},
		"confirmed":               {"confirmed: true", func(i *query.Incident) { i.ConfirmedAt = &noon }, true},
		"simulated":               {"", func(i *query.Incident) { i.Simulated = true }, false},
		"simulated, and wanted":   {"simulated: true", func(i *query.Incident) { i.Simulated = true }, true},
		"another vendor":          {"vendors: [hulu]", func(*query.Incident) {}, false},
		"this vendor":             {"vendors: [netflix]", func(*query.Incident) {}, true},
		"except it":               {"except: [netflix]", func(*query.Incident) {}, false},
		"its tag":                 {"tags: [streaming]", func(*query.Incident) {}, true},
		"another tag":             {"tags: [cloud]", func(*query.Incident) {}, false},
		"another group":           {"groups: [amazon]", func(*query.Incident) {}, false},
		"the root's group":        {"groups: [amazon]", func(i *query.Incident) { i.Cause = "aws" }, true},
		"the root itself":         {"vendors: [aws]", func(i *query.Incident) { i.Cause = "aws" }, true},
		"a customer of that root": {"vendors: [netflix]", func(i *query.Incident) { i.Cause = "aws" }, true},
		"quiet hours":             {"quiet: [{from: '11:00', to: '13:00'}]", func(*query.Incident) {}, false},
		"quiet hours elsewhere":   {"quiet: [{from: '11:00', to: '13:00', zone: Asia/Tokyo}]", func(*query.Incident) {}, true},
		"quiet on other days":     {"quiet: [{from: '11:00', to: '13:00', days: [sat, sun]}]", func(*query.Incident) {}, true},
		"quiet over midnight":     {"quiet: [{from: '22:00', to: '12:30', days: [sun]}]", func(*query.Incident) {}, false},
		"quiet unless critical":   {"quiet: [{from: '11:00', to: '13:00', unless: critical}]", func(i *query.Incident) { i.Severity = 3 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t, strings.Replace(plain, "name: all,", "name: all, "+x.rule+strings.Repeat(",", min(1, len(x.rule))), 1))
			p.set("netflix", x.change)
			if got := p.turn(0); strings.Contains(got, "opened") != x.opens {
				t.Errorf("said %q", got)
			}
		})
	}
}

// TestQuietEnds waits for the end of quiet hours, and tells then what still holds.
func TestQuietEnds(t *testing.T) {
	t.Parallel()
	p := newPlay(t, strings.Replace(plain, "name: all,", "name: all, quiet: [{from: '11:00', to: '13:00'}],", 1))
	p.set("netflix", func(*query.Incident) {})
	p.set("hulu", func(*query.Incident) {})
	p.want(0, "")
	p.close("hulu")
	p.want(59*time.Minute, "")
	p.want(time.Minute, "log: netflix-1200 #1 opened of netflix (netflix)")
}

// TestActions silences, acknowledges and marks.
func TestActions(t *testing.T) {
	t.Parallel()
	t.Run("a silence", func(t *testing.T) {
		t.Parallel()
		p := newPlay(t, plain)
		until := noon.Add(time.Hour)
		p.s.actions = []query.Action{{Kind: query.Silence, Vendor: "netflix", StartsAt: noon, EndsAt: &until}}
		p.set("netflix", func(*query.Incident) {})
		p.set("hulu", func(*query.Incident) {})
		p.want(0, "log: hulu-1200 #1 opened of hulu (hulu)")
		p.want(time.Hour, "log: netflix-1200 #1 opened of netflix (netflix)")
	})
	t.Run("an acknowledgement", func(t *testing.T) {
		t.Parallel()
		p := newPlay(t, plain)
		i := p.set("netflix", func(*query.Incident) {})
		p.turn(0)
		p.s.actions = []query.Action{{Kind: query.Acknowledge, Vendor: "netflix", Incident: i.ID}}
		p.set("netflix", func(i *query.Incident) { i.State = "confirmed" })
		p.want(time.Hour, "")
		p.set("netflix", func(i *query.Incident) { i.Severity = 2 })
		p.want(0, "log: netflix-1200 #2 updated of netflix (netflix)") // worse
		p.close("netflix")
		p.want(time.Minute, "log: netflix-1200 #3 resolved of netflix (netflix)")
	})
	t.Run("a false alarm", func(t *testing.T) {
		t.Parallel()
		p := newPlay(t, plain)
		i := p.set("netflix", func(*query.Incident) {})
		p.turn(0)
		p.s.actions = []query.Action{{Kind: query.FalseAlarm, Vendor: "netflix", Incident: i.ID, StartsAt: noon, Authors: 17, Who: "ann", Note: "a film"}}
		due := p.file.plan(catalogue, &p.s)
		if len(due) != 1 || due[0].Event != channel.Resolved || due[0].note != "Marked as a false alarm by ann: a film" {
			t.Errorf("planned %+v", due)
		}
		p.turn(time.Minute)
		p.want(time.Hour, "")
		before := p.file.tuning(catalogue, nil, noon)["netflix"]
		after := p.file.tuning(catalogue, p.s.actions, noon.AddDate(0, 0, 1))["netflix"]
		if after.FalseAlerts >= before.FalseAlerts || after.LeastAuthors != 18 {
			t.Errorf("after a false alarm it is watched with %+v, before with %+v", after, before)
		}
		if later := p.file.tuning(catalogue, p.s.actions, noon.AddDate(1, 0, 0))["netflix"]; later != before {
			t.Errorf("a year later it is watched with %+v, before with %+v", later, before)
		}
	})
}

// TestCooldown keeps two incidents of one vendor that follow each other from ringing twice.
func TestCooldown(t *testing.T) {
	t.Parallel()
	p := newPlay(t, plain)
	p.set("netflix", func(*query.Incident) {})
	p.turn(0)
	p.close("netflix")
	p.turn(5 * time.Minute)
	p.s.now = p.s.now.Add(time.Minute)
	p.set("netflix", func(*query.Incident) {})
	p.want(0, "")
	p.want(23*time.Minute, "")
	p.want(time.Minute, "log: netflix-1206 #1 opened of netflix (netflix)")
}

// TestRules gives one channel to two rules and two channels to one.
func TestRules(t *testing.T) {
	t.Parallel()
	p := newPlay(t, `
channels: [{name: a, type: log}, {name: b, type: log, update_every: 20m}]
rules:
  - {name: mine, vendors: [netflix], channels: [a]}
  - {name: all, channels: [a, b]}
`)
	p.set("netflix", func(*query.Incident) {})
	p.want(0, "a: netflix-1200 #1 opened of netflix (netflix); b: netflix-1200 #1 opened of netflix (netflix)")
	p.set("netflix", func(i *query.Incident) { i.State = "confirmed" })
	p.want(2*time.Minute, "a: netflix-1200 #2 updated of netflix (netflix)")
	p.want(18*time.Minute, "b: netflix-1200 #2 updated of netflix (netflix)")
	if p.s.threads[0].Rule != "mine" {
		t.Errorf("the first rule that fits is %s", p.s.threads[0].Rule)
	}
}

// TestFaults gives alert files with faults and reads what is said of them.
func TestFaults(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"rulez: []":                                                                                                     "line 1: field rulez is not known here",
		"channels: [{name: a, type: fax}]":                                                                              `channel "a" has the type "fax"; it must be one of log, slack`,
		"channels: [{type: slack}]":                                                                                     `channel "slack" needs url, or token and channel`,
		"channels: [{type: slack, url: 'env:NOT_SET'}]":                                                                 `channel "slack": url: the variable NOT_SET is not set`,
		"channels: [{type: webhook, url: 'ftp://x'}]":                                                                   `channel "webhook" needs a url like https://host/path`,
		"channels: [{type: webhook, url: 'https://x', secret: short}]":                                                  "needs a secret of whsec_ and 24 to 64 bytes",
		"channels: [{type: email, smtp: host, from: a@b.c, to: [x@y.z]}]":                                               "needs smtp as host:port",
		"channels: [{type: email, smtp: 'host:25', from: nobody, to: [x@y.z]}]":                                         "has no e-mail address in from",
		"channels: [{type: email, smtp: 'host:25', tls: maybe, from: a@b.c, to: [x@y.z]}]":                              "has tls: maybe; it must be starttls, tls or none",
		"channels: [{type: pagerduty}]":                                                                                 `channel "pagerduty" needs key`,
		"channels: [{type: shoutrrr, url: 'nonsense://x'}]":                                                             "has a url that shoutrrr does not take for nonsense",
		"channels: [{type: log}, {type: log}]":                                                                          `the channel "log" is there twice`,
		"channels: [{type: log, title: '{{.Nobody}}'}]":                                                                 "Nobody",
		"channels: [{type: log, text: '{{'}]":                                                                           "the template of its text cannot be read",
		"channels: [{type: log, update_evry: 1m}]":                                                                      "field update_evry is not a setting of a channel",
		"channels: [{type: log}]\nrules: [{name: r}]":                                                                   `rule "r" has no channels`,
		"channels: [{type: log}]\nrules: [{channels: [log]}]":                                                           "rule 1 has no name",
		"rules: [{name: r, channels: [pager]}]":                                                                         `names the channel "pager", which is not there`,
		"channels: [{type: log}]\nrules: [{name: r, channels: [log], vendors: [nextflix]}]":                             "has vendors: nextflix, which the catalogue does not know",
		"channels: [{type: log}]\nrules: [{name: r, channels: [log], tags: [food]}]":                                    "has tags: food, which the catalogue does not know",
		"channels: [{type: log}]\nrules: [{name: r, channels: [log], sensitivity: -1}]":                                 "has sensitivity: -1",
		"channels: [{type: log}]\nrules: [{name: r, channels: [log], min_authors: 1}]":                                  "fewer than 3 people are no crowd",
		"channels: [{type: log}]\nrules: [{name: r, channels: [log], min_level: huge}]":                                 `"huge" is no level`,
		"channels: [{type: log}]\nrules: [{name: r, channels: [log], cooldown: 5}]":                                     "write it with its unit, such as 30m",
		"channels: [{type: log}]\nrules: [{name: r, channels: [log], quiet: [{from: 9pm, to: '07:00'}]}]":               `"9pm" is no time of day`,
		"channels: [{type: log}]\nrules: [{name: r, channels: [log], quiet: [{from: '1:00', to: '2:00', zone: Mars}]}]": `the zone "Mars" is not known`,
		"channels: [{type: log}]\nrules: [{name: r, channels: [log], quiet: [{from: '1:00', to: '2:00', days: [x]}]}]":  `the day "x" is none of`,
	} {
		_, err := Parse("alerts.yaml", []byte(in), catalogue)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "the alert file alerts.yaml:") {
			t.Errorf("of %q it says %v, want %q", in, err, want)
		}
	}
}

// TestMessages makes the messages of each event.
func TestMessages(t *testing.T) {
	t.Parallel()
	tmpl, err := newTemplates(&channel.Config{})
	if err != nil {
		t.Fatal(err)
	}
	a := sample(noon)
	a.Event, a.Simulated = channel.Opened, false
	title, text, err := tmpl.render(a)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff("Example Cloud: 2 services fail together (Example Video, Example Cloud), 1,240 people", title); d != "" {
		t.Error(d)
	}
	want := `Example Video, confirmed since 2 Mar 11:35 UTC: 1,100 people, at most 84 a minute where 0.6 are usual; playback, login; on roku
Example Cloud, signal since 2 Mar 11:51 UTC: 140 people, at most 21 a minute where 0.1 are usual; in virginia; its status page followed after 12 min

Example Cloud is behind it with a probability of 97 %.

Blamed: Example Cloud 62 % (310 people) Example Video 38 % (190 people)

2 Mar 12:00 UTC “This is a test of the alert channel. Nobody wrote this, and nothing is down.” (simulation)

It is recovering when fewer than 26 people a minute report, over after half an hour of calm.`
	if d := cmp.Diff(want, text); d != "" {
		t.Error(d)
	}
	a.Event, a.ClosedAt, a.Incidents = channel.Resolved, &noon, a.Incidents[:1]
	if title, _, err = tmpl.render(a); err != nil || title != "Over: Example Cloud after 25 min, 1,240 people" {
		t.Errorf("the end has the title %q: %v", title, err)
	}
}

package alert

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/spike"
)

// thread is what one channel has been told of one group, from opened to resolved.
type thread struct {
	ID            string // of the first incident
	Rule, Channel string
	Root          string
	Incidents     []string // all that it has spoken of
	Number        int      // messages so far
	Event         string   // of the last one
	News          string   // what that one said
	OpenedAt, At  time.Time
	Reference     string
	// unsure: we ended while the first message was under way, so nobody knows whether it
	// has come.
	unsure bool
}

func (t *thread) open() bool { return !channel.Ends(t.Event) }

// notice is a message that is due.
type notice struct {
	thread        // as it is once the message is sent
	group  *group // what it is about; of the last message of a thread those that were
	note   string
}

// id is the same whenever the same message is planned, before a crash and after. What is
// news by then has another: a receiver that drops what it knows must not drop that.
func (n *notice) id() string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%s\x00%s", n.Channel, n.ID, n.Number, n.Event, n.News))
	return fmt.Sprintf("msg_%x", h[:12])
}

// situation is all that a plan depends on.
type situation struct {
	now       time.Time // that of the incidents
	incidents []query.Incident
	threads   []*thread
	actions   []query.Action
}

// plan says which messages are due. It is pure: the same situation has the same plan.
//
// It does not look at what has changed but at what holds and what each channel was told
// of it, so a plan that was missed, for hours or by a crash, is made up for: once, with
// what holds then.
func (f *File) plan(c Catalogue, s *situation) []notice {
	var live []*query.Incident
	byID := map[string]*query.Incident{}
	for k := range s.incidents {
		i := &s.incidents[k]
		byID[i.ID] = i
		if i.Open() && action(s.actions, query.FalseAlarm, i.ID) == nil {
			live = append(live, i)
		}
	}
	all := groups(live)
	var due []notice
	for k := range f.Channels {
		due = append(due, f.planChannel(c, s, &f.Channels[k], all, byID)...)
	}
	return due
}

// planChannel plans for one channel. Of several rules that would tell it of the same
// group the first one does.
func (f *File) planChannel(c Catalogue, s *situation, ch *channel.Config, all []*group, byID map[string]*query.Incident) (due []notice) {
	var open []*thread
	for _, t := range s.threads {
		if t.Channel == ch.Name && t.open() {
			open = append(open, t)
		}
	}
	slices.SortStableFunc(open, func(a, b *thread) int { return a.OpenedAt.Compare(b.OpenedAt) })
	told := map[*thread]*group{}
	for _, g := range all {
		var mine []*thread
		for _, t := range open {
			if told[t] == nil && (t.Root == g.root || overlap(t.Incidents, g.ids())) {
				told[t] = g
				mine = append(mine, t)
			}
		}
		if len(mine) == 0 {
			if n, ok := f.openThread(c, s, ch, g); ok {
				due = append(due, n)
			}
			continue
		}
		for _, t := range mine[1:] {
			due = append(due, next(t, channel.Joined, g, s.now, ""))
		}
		if first := *mine[0]; first.unsure {
			first.Number--
			due = append(due, next(&first, channel.Opened, g, s.now, ""))
		} else if f.updates(s, ch, mine[0], g) {
			due = append(due, next(mine[0], channel.Updated, g, s.now, ""))
		}
	}
	for _, t := range open {
		if told[t] == nil {
			due = append(due, endThread(t, s, byID))
		}
	}
	return due
}

// openThread opens a thread where a rule asks for it.
func (f *File) openThread(c Catalogue, s *situation, ch *channel.Config, g *group) (notice, bool) {
	for k := range f.Rules {
		r := &f.Rules[k]
		if !slices.Contains(r.Channels, ch.Name) || !r.wants(c, s, g) || r.waits(s.now, g.level) || r.cools(s, ch.Name, g) {
			continue
		}
		t := &thread{ID: g.first().ID, Rule: r.Name, Channel: ch.Name, OpenedAt: s.now}
		for _, old := range s.threads { // an incident that was told of before, by mistake or not
			if old.Channel == t.Channel && old.ID == t.ID {
				t.Number, t.Reference = old.Number, old.Reference
			}
		}
		return next(t, channel.Opened, g, s.now, ""), true
	}
	return notice{}, false
}

// next is the thread with one more message.
func next(t *thread, event string, g *group, now time.Time, note string) notice {
	n := notice{thread: *t, group: g, note: note}
	n.Number++
	n.Event, n.At, n.unsure = event, now, false
	if g != nil && event != channel.Joined {
		n.Root, n.News = g.root, g.news()
		n.Incidents = slices.Clone(t.Incidents)
		for _, id := range g.ids() {
			if !slices.Contains(n.Incidents, id) {
				n.Incidents = append(n.Incidents, id)
			}
		}
	}
	return n
}

// endThread says that it is over: all incidents have closed, or somebody has called them
// a false alarm.
func endThread(t *thread, s *situation, byID map[string]*query.Incident) notice {
	g := &group{root: t.Root}
	note := ""
	for _, id := range t.Incidents {
		if i := byID[id]; i != nil {
			g.add(i)
		}
		if a := action(s.actions, query.FalseAlarm, id); a != nil {
			note = "Marked as a false alarm"
			if a.Who != "" {
				note += " by " + a.Who
			}
			if a.Note != "" {
				note += ": " + a.Note
			}
		}
	}
	n := next(t, channel.Resolved, nil, s.now, note)
	n.group = g
	return n
}

// updates reports whether the thread of a group is to be told again.
func (f *File) updates(s *situation, ch *channel.Config, t *thread, g *group) bool {
	news := g.news()
	if news == t.News {
		return false
	}
	urgently := urgent(news) != urgent(t.News)
	if k := slices.IndexFunc(f.Rules, func(r Rule) bool { return r.Name == t.Rule }); k >= 0 && f.Rules[k].waits(s.now, g.level) {
		return false
	}
	acknowledged, silenced := true, true
	for _, m := range g.members {
		acknowledged = acknowledged && action(s.actions, query.Acknowledge, m.ID) != nil
		silenced = silenced && isSilenced(s, m.Vendor)
	}
	if silenced || acknowledged && !urgently {
		return false
	}
	return urgently || s.now.Sub(t.At) >= ch.Every()
}

// wants reports whether the rule is about the group and there is enough of it.
func (r *Rule) wants(c Catalogue, s *situation, g *group) bool {
	root := r.about(g.root, c)
	for _, m := range g.members {
		if root || r.about(m.Vendor, c) {
			if r.enough(s, m) {
				return true
			}
		}
	}
	return false
}

// enough reports whether an incident is one that the rule would tell of.
func (r *Rule) enough(s *situation, i *query.Incident) bool {
	least, _ := parseLevel(r.MinLevel) // checked when the file was read
	need := spike.Threshold(r.Sensitivity / strictness(s.actions, i.Vendor, r.Sensitivity, s.now))
	return float64(i.Score) >= need && int(i.Authors) >= r.MinAuthors && levelOf(i.Severity) >= least &&
		(!r.Confirmed || i.ConfirmedAt != nil) && (r.Simulated || !i.Simulated) && !isSilenced(s, i.Vendor) &&
		action(s.actions, query.Acknowledge, i.ID) == nil
}

// waits reports whether these are hours in which the rule keeps quiet.
func (r *Rule) waits(now time.Time, level Level) bool {
	return slices.ContainsFunc(r.Quiet, func(q Quiet) bool { return q.holds(now) && (q.Unless == "" || level < q.unless) })
}

// cools reports whether the channel was told of the same root too lately.
func (r *Rule) cools(s *situation, channelName string, g *group) bool {
	return slices.ContainsFunc(s.threads, func(t *thread) bool {
		return t.Channel == channelName && t.Root == g.root && !overlap(t.Incidents, g.ids()) && s.now.Sub(t.OpenedAt) < r.Cooldown && !s.now.Before(t.OpenedAt)
	})
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

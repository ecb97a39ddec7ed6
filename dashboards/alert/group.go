package alert

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/outcry/outcry/dashboards/query"
)

// group is what is told of together: the incidents of one root, a supplier that fails
// with its customers, or a vendor alone.
type group struct {
	root    string
	members []*query.Incident // the largest first
	level   Level
	authors uint32
}

// shown is the incident that a message leads to: that of the root, else the largest, and
// that of the thread where no incident is left.
func (g *group) shown(thread string) string {
	for _, m := range g.members {
		if m.Vendor == g.root {
			return m.ID
		}
	}
	if len(g.members) > 0 {
		return g.members[0].ID
	}
	return thread
}

// rootOf is whose failure is behind an incident.
func rootOf(i *query.Incident) string {
	if i.Cause != "" {
		return i.Cause
	}
	return i.Vendor
}

// groups gathers incidents by their roots, the earliest first.
func groups(incidents []*query.Incident) []*group {
	var all []*group
	for _, i := range incidents {
		root := rootOf(i)
		k := slices.IndexFunc(all, func(g *group) bool { return g.root == root })
		if k < 0 {
			k = len(all)
			all = append(all, &group{root: root})
		}
		all[k].add(i)
	}
	for _, g := range all {
		slices.SortStableFunc(g.members, func(a, b *query.Incident) int { return int(b.Authors) - int(a.Authors) })
	}
	return all
}

func (g *group) add(i *query.Incident) {
	g.members = append(g.members, i)
	g.level = max(g.level, levelOf(i.Severity))
	g.authors += i.Authors
}

// ids are those of the members, in order of the alphabet.
func (g *group) ids() []string {
	var all []string
	for _, m := range g.members {
		all = append(all, m.ID)
	}
	slices.Sort(all)
	return all
}

// first is the member that was signalled first.
func (g *group) first() *query.Incident {
	return slices.MinFunc(g.members, func(a, b *query.Incident) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), strings.Compare(a.ID, b.ID))
	})
}

// news says in short what a message would say. The part before the first space is what
// people are told at once, the rest what waits for the next update.
func (g *group) news() string {
	var members []string
	for _, m := range g.members {
		members = append(members, fmt.Sprintf("%s:%s:%t:%s", m.Vendor, m.State, m.OfficialAt != nil, m.Misattributed))
	}
	slices.Sort(members)
	return fmt.Sprintf("%s/%s %s %d", g.root, g.level, strings.Join(members, ","), bits.Len32(g.authors)) // again when the people have doubled
}

// urgent is the part of the news that people are told at once.
func urgent(news string) string {
	first, _, _ := strings.Cut(news, " ")
	return first
}

// rootOfNews is the root that a message was about.
func rootOfNews(news string) string {
	root, _, _ := strings.Cut(news, "/")
	return root
}

package spike

import (
	"github.com/outcry/outcry/nlp/tag"
)

const (
	// authorSlots is how many people of the last hour are remembered.
	authorSlots = 1024
	// ways is how many places a person has among them.
	ways = 4
	// again is for how many minutes a person counts once.
	again = 60
	// clusterSlots is how many texts of the last hour are remembered.
	clusterSlots = 256
	// copies is how many people may write the same long text in an hour before further
	// ones count for nothing: a campaign is one voice. Short texts are alike by chance:
	// of those the n-th counts 1/n.
	copies = 3
	// longText is how many bytes make a text long.
	longText = 60
	// placeSlots is how many places of the last hour are remembered.
	placeSlots = 32
	// sureFrom is the probability from which on a report counts as one.
	sureFrom = 0.45
	// spamFrom is the probability of spam from which on a post is not counted.
	spamFrom = 0.5
	// recent is how many posts are kept to show.
	recent = 8
)

// counter counts people in one minute of one vendor.
type counter struct {
	now frame

	authors  [authorSlots]seen
	clusters [clusterSlots]copied
	places   [placeSlots]copied
	placed   copied       // reports that name a place
	posts    [recent]Post // the newest reports
	last     int
}

type seen struct {
	key    uint64
	minute int32
	bits   uint8 // what the person has been counted for
}

type copied struct {
	key    uint64
	minute int32
	n      int32
}

const (
	asReport uint8 = 1 << iota
	asReaction
	asMention
)

// frame is a minute: numbers of people. Reports are weighed: copies count less.
type frame struct {
	people                       float64 // who report
	alone                        float64 // who report and name no other vendor that fails
	reports, reactions, mentions float64
	repeats                      float64          // reports of people who were counted before
	bySource                     [sources]float64 // reports
	blamed                       map[string]float64
	posts                        []Post
	simulated                    float64 // people who report and do not exist
	facets                       map[string]int
}

// count counts mention number i of t, in the minute with that number.
func (c *counter) count(t *tag.Tag, i int, minute int32) {
	if t.Spam >= spamFrom {
		return
	}
	m := &t.Vendors[i]
	kind := asMention
	switch {
	case t.Outage == tag.Report && t.OutageScore >= sureFrom && (m.Role == tag.Affected || m.Role == tag.Blamed):
		kind = asReport
	case t.Outage == tag.Report || t.Outage == tag.Reaction:
		kind = asReaction
	}
	if !c.first(t, kind, minute) {
		if kind == asReport {
			c.now.repeats++
		}
		return
	}
	weight := 1.0
	if kind == asReport {
		if weight = c.weight(t, minute); weight == 0 {
			return
		}
	}
	c.now.mentions++
	switch kind {
	case asReport:
		c.now.people++
		if onlyOne(t, i) {
			c.now.alone++
		}
		c.now.reports += weight
		c.place(t, minute)
		c.now.bySource[sourceNumber(t.Source)]++
		p := Post{t.Source, t.ID}
		c.posts[c.last%recent] = p
		c.last++
		if len(c.now.posts) < recent {
			c.now.posts = append(c.now.posts, p)
		}
		if t.Simulated {
			c.now.simulated++
		}
		c.facets(t)
	case asReaction:
		c.now.reactions++
	}
	for k := range t.Vendors {
		if o := &t.Vendors[k]; o.Role == tag.Blamed {
			if c.now.blamed == nil {
				c.now.blamed = map[string]float64{}
			}
			c.now.blamed[o.Vendor]++
		}
	}
}

// onlyOne reports whether t says of no other vendor than mention number i that it
// fails. Whom it blames does not matter.
func onlyOne(t *tag.Tag, i int) bool {
	for k := range t.Vendors {
		if k != i && t.Vendors[k].Role == tag.Affected {
			return false
		}
	}
	return true
}

// facets counts what fails, on what and where.
func (c *counter) facets(t *tag.Tag) {
	for _, list := range []struct {
		kind  string
		names []string
	}{{"symptom ", t.Symptoms}, {"device ", t.Devices}, {"place ", t.Places}} {
		for _, x := range list.names {
			if c.now.facets == nil {
				c.now.facets = map[string]int{}
			}
			if len(c.now.facets) < 64 {
				c.now.facets[list.kind+x]++
			}
		}
	}
}

// first reports whether the author has not been counted for this within the hour. A
// person without a name counts, and so does everyday talk, which nobody fakes.
func (c *counter) first(t *tag.Tag, kind uint8, minute int32) bool {
	if t.Author == "" || kind == asMention {
		return true
	}
	key := hashOf(t.Author)
	set := c.authors[key%(authorSlots/ways)*ways:][:ways]
	oldest := &set[0]
	for i := range set {
		s := &set[i]
		if s.key == key && minute-s.minute < again {
			old := s.bits
			s.bits |= kind
			return old&(kind|asReport) == 0
		}
		if s.minute < oldest.minute {
			oldest = s
		}
	}
	*oldest = seen{key: key, minute: minute, bits: kind}
	return true
}

// weight is how much a report counts: less, the more people wrote the same words.
func (c *counter) weight(t *tag.Tag, minute int32) float64 {
	if t.Cluster == 0 {
		return 1
	}
	s := &c.clusters[uint64(t.Cluster)%clusterSlots]
	s.again(uint64(t.Cluster), minute)
	if s.n > copies && len(t.Text) >= longText {
		return 0
	}
	return 1 / float64(s.n)
}

// again counts a key once more, within the hour.
func (s *copied) again(key uint64, minute int32) {
	if s.key != key || minute-s.minute >= again {
		*s = copied{key: key, minute: minute}
	}
	s.n++
}

// place counts the places that a report names.
func (c *counter) place(t *tag.Tag, minute int32) {
	if len(t.Places) == 0 {
		return
	}
	c.placed.again(1, minute)
	for _, p := range t.Places {
		key := hashOf(p)
		c.places[key%placeSlots].again(key, minute)
	}
}

// local reports whether most of the reports that name a place name the same one, and
// whether most of them name one at all.
func (c *counter) local(reports float64, minute int32) bool {
	if minute-c.placed.minute >= again || float64(c.placed.n) < 0.5*reports {
		return false
	}
	top := int32(0)
	for _, s := range c.places {
		if s.key != 0 && minute-s.minute < again {
			top = max(top, s.n)
		}
	}
	return float64(top) >= 0.7*float64(c.placed.n)
}

// hashOf is FNV-1a.
func hashOf(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

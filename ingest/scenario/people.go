package scenario

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// place is a town that people say to be in.
type place struct {
	Name   string   `yaml:"name"`
	Zone   int      `yaml:"zone"`
	Weight float64  `yaml:"weight"`
	Langs  []string `yaml:"langs"`
}

func (p place) speaks(lang string) bool {
	return slices.Contains(p.Langs, lang) || len(p.Langs) == 0 && lang == "en"
}

// populace says where people live and how long their handles are.
type populace struct {
	places map[string][]place
	// length is the shortest handle made for a source. It is longer than the source
	// allows, so that nobody can have it.
	length map[string]int
}

func (p populace) speaks(region, lang string) bool {
	return slices.ContainsFunc(p.places[region], func(x place) bool { return x.speaks(lang) })
}

// author is one invented person.
type author struct {
	handle string
	region string
	town   string // empty where the profile does not say
	zone   int
	voice  voice
	last   time.Time
}

// crowd grows while posts are made: a post comes from somebody new, or from the
// author of a post drawn from all before. So a few write much and most write once
// (a Simon process, whose tail is a power law).
type crowd struct {
	people populace
	posts  map[string][]*author // authors of posts so far, by source, region and language
	used   map[string]bool
}

// pause is the shortest time between two posts of one person.
const pause = 90 * time.Second

func newCrowd(p populace) *crowd {
	return &crowd{people: p, posts: map[string][]*author{}, used: map[string]bool{}}
}

// speaker says who makes the next post.
func (c *crowd) speaker(r *rand.Rand, th *theme, t *template, at time.Time) *author {
	region := c.region(r, th, t.lang)
	key := t.source + " " + region + " " + t.lang
	a := c.known(r, key, th.newAuthors, at)
	if a == nil {
		a = c.stranger(r, t.source, region, t.lang)
	}
	a.last = at
	c.posts[key] = append(c.posts[key], a)
	return a
}

func (c *crowd) known(r *rand.Rand, key string, newShare float64, at time.Time) *author {
	posts := c.posts[key]
	if r.Float64() < newShare || len(posts) == 0 {
		return nil
	}
	for range 4 {
		if a := posts[r.IntN(len(posts))]; at.Sub(a.last) >= pause {
			return a
		}
	}
	return nil
}

func (c *crowd) region(r *rand.Rand, th *theme, lang string) string {
	fit := slices.Clone(th.regions)
	fit = slices.DeleteFunc(fit, func(s share) bool { return !c.people.speaks(s.name, lang) })
	return fit[draw(r, len(fit), func(i int) float64 { return fit[i].weight })].name
}

func (c *crowd) stranger(r *rand.Rand, source, region, lang string) *author {
	towns := slices.Clone(c.people.places[region])
	towns = slices.DeleteFunc(towns, func(p place) bool { return !p.speaks(lang) })
	town := towns[draw(r, len(towns), func(i int) float64 { return towns[i].Weight })]
	a := &author{region: region, zone: town.Zone, voice: newVoice(r)}
	for a.handle == "" || c.used[a.handle] {
		a.handle = handle(r, c.people.length[source])
	}
	c.used[a.handle] = true
	if r.Float64() < 0.45 {
		a.town = town.Name
	}
	return a
}

// draw picks an index by weight; a weight of nothing counts as 1.
func draw(r *rand.Rand, n int, weight func(int) float64) int {
	of := func(i int) float64 {
		if w := weight(i); w > 0 {
			return w
		}
		return 1
	}
	total := 0.0
	for i := range n {
		total += of(i)
	}
	x := float64(r.Float64() * total) // no fused arithmetic: every machine draws the same
	for i := range n {
		if x -= of(i); x < 0 {
			return i
		}
	}
	return n - 1
}

var (
	firstNames = strings.Fields(`jenna mikey tasha brandon kayla dave steph marcus lindsey tyler becca
		chris amanda kev nicole josh maria danny heather zach lauren andre katie sean vanessa greg
		alyssa ryan monica pete diana luis carla matt robin eric tina jordan paula nate sofia ben
		erica wes holly omar trish kyle dana rob jess aaron mel vince cheryl lamar gina ray`)
	handleNouns = strings.Fields(`popcorn hotchocolate snowday couch blanket leftovers gingerbread
		mixtape basement backyard sunday pancake raincheck parkinglot carpool thermostat crossword
		jukebox porchlight trampoline waffles lemonade saxophone marathon typewriter overtime
		campfire cinnamon hockeymom bandcamp nightshift librarian accordion minivan sweater
		fruitcake antenna cassette moonwalk pineapple driveway bookclub earmuffs weekend`)
)

// handle makes a name of at least length letters.
func handle(r *rand.Rand, length int) string {
	first := firstNames[r.IntN(len(firstNames))]
	noun := handleNouns[r.IntN(len(handleNouns))]
	var h string
	switch r.IntN(4) {
	case 0:
		h = noun + "_and_" + first
	case 1:
		h = first + "_the_" + noun
	case 2:
		h = "just_" + first + "_" + noun
	default:
		h = first + noun + strconv.Itoa(70+r.IntN(30))
	}
	for len(h) < length {
		h += "_" + handleNouns[r.IntN(len(handleNouns))]
	}
	return h
}

// seedOf turns a name into a part of a seed.
func seedOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return h.Sum64()
}

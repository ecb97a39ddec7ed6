// Package nlp turns posts into tags: what a post has to do with an outage, how
// its author feels, which vendors it names and whom it blames. It puts the stages
// of its folders in order and runs them as a worker between two Kafka topics.
//
// The stages are pure and their knowledge is in files beside them. This version
// is a baseline of rules and lexicons, all of them written by hand.
package nlp

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/facet"
	"github.com/outcry/outcry/nlp/gate"
	"github.com/outcry/outcry/nlp/grammar"
	"github.com/outcry/outcry/nlp/outage"
	"github.com/outcry/outcry/nlp/role"
	"github.com/outcry/outcry/nlp/sentiment"
	"github.com/outcry/outcry/nlp/spam"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/vendor"
)

// Version names the tagger in every tag. It changes whenever tags may change.
const Version = "rules-1"

// Options say what a Tagger works with.
type Options struct {
	// Vendors is the catalogue; it is needed.
	Vendors *vendor.Catalogue
	// NER looks for services that are not in the catalogue.
	NER bool
}

// Tagger tags posts. It is safe for concurrent use.
type Tagger struct {
	vendors *vendor.Catalogue
	gate    *gate.Gate
	judge   *outage.Judge
	rater   *sentiment.Rater
	roles   *role.Finder
	facets  *facet.Finder
	spam    *spam.Scorer
	grammar *grammar.Model // nil where unknown vendors are not looked for

	// supply holds the pairs of which one runs on the other, as indexes in the catalogue.
	supply map[[2]int]bool

	works sync.Pool
}

// New loads everything that tagging needs, once.
func New(o Options) (*Tagger, error) {
	if o.Vendors == nil {
		return nil, errors.New("making a tagger: no vendor catalogue is given")
	}
	t := &Tagger{
		vendors: o.Vendors, gate: gate.New(o.Vendors), judge: outage.New(), rater: sentiment.New(), roles: role.New(),
		facets: facet.New(), spam: spam.New(), supply: supply(o.Vendors),
		works: sync.Pool{New: func() any { return new(work) }},
	}
	if o.NER {
		var err error
		if t.grammar, err = grammar.Load(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Failed is the Filtered of a post on which the tagger itself failed. It should
// never be seen; Try gives the reason.
const Failed = "tagger_failed"

// Tag says what p is about. The same post always has the same tag. It never panics.
func (t *Tagger) Tag(p *post.Post) tag.Tag {
	out, err := t.Try(p)
	if err != nil {
		return filtered(p, Failed)
	}
	return out
}

// Try is Tag, but tells of a fault in the tagger itself.
func (t *Tagger) Try(p *post.Post) (out tag.Tag, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("tagging %s/%s: %v\n%s", p.Source, p.ID, r, debug.Stack())
		}
	}()
	if p.Kind != post.KindPost && p.Kind != "" {
		return passed(p), nil
	}
	w := t.works.Get().(*work)
	defer t.works.Put(w)
	// JSON would turn invalid bytes into longer ones and move every span.
	valid := strings.ToValidUTF8(p.Text, "\uFFFD")
	w.doc.Parse(valid)
	if reason := t.gate.Check(&w.doc); reason != "" {
		return filtered(p, reason), nil
	}
	out = tag.Of(p)
	out.Text, out.Model = valid, Version
	w.run(t, &out)
	return out, nil
}

// passed is the tag of a record that asks for deletion: it has no labels.
func passed(p *post.Post) tag.Tag {
	out := tag.Of(p)
	out.Text = ""
	return out
}

// filtered is the tag of a post that the gate stopped: who, where and when only.
func filtered(p *post.Post, reason string) tag.Tag {
	return tag.Tag{
		ID: p.ID, Source: p.Source, Kind: p.Kind, Author: p.Author, CreatedAt: p.CreatedAt, CollectedAt: p.CollectedAt,
		Simulated: p.Simulated, Filtered: reason, Model: Version,
	}
}

// supply lists customers with their suppliers.
func supply(c *vendor.Catalogue) map[[2]int]bool {
	index := make(map[string]int, len(c.Vendors))
	for i := range c.Vendors {
		index[c.Vendors[i].ID] = i
	}
	pairs := map[[2]int]bool{}
	for _, e := range c.Edges {
		if e.Relation == vendor.RunsOn {
			pairs[[2]int{index[e.From], index[e.To]}] = true
		}
	}
	return pairs
}

// supplied lists which of the vendors run on which others, as positions in the list.
func (t *Tagger) supplied(vendors []int) (pairs [][2]int) {
	for i, customer := range vendors {
		for k, supplier := range vendors {
			if t.supply[[2]int{customer, supplier}] {
				pairs = append(pairs, [2]int{i, k})
			}
		}
	}
	return pairs
}

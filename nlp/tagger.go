// Package nlp turns posts into tags: what a post has to do with an outage, how
// its author feels, which vendors it names and whom it blames. It puts the stages
// of its folders in order and runs them as a worker between two Kafka topics.
//
// Two small networks decide, one what a text is and one what a vendor is in it. They
// weigh words, and what the stages in the folders find. training.go makes them from
// posts; docs/MODEL_CARD.md says which, and how well they do.
package nlp

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/facet"
	"github.com/outcry/outcry/nlp/gate"
	"github.com/outcry/outcry/nlp/grammar"
	"github.com/outcry/outcry/nlp/model"
	"github.com/outcry/outcry/nlp/outage"
	"github.com/outcry/outcry/nlp/role"
	"github.com/outcry/outcry/nlp/sentiment"
	"github.com/outcry/outcry/nlp/spam"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/vendor"
)

// Version names the tagger in every tag. It changes whenever tags may change.
const Version = "net-2"

// Options say what a Tagger works with.
type Options struct {
	// Vendors is the catalogue; it is needed.
	Vendors *vendor.Catalogue
	// NER looks for services that are not in the catalogue.
	NER bool
}

// Tagger tags posts. It is safe for concurrent use.
type Tagger struct {
	known   atomic.Pointer[knowledge]
	post    *model.Model // what a text is
	mention *model.Model // what a vendor is in it
	trouble *outage.Finder
	rater   *sentiment.Rater
	roles   *role.Finder
	facets  *facet.Finder
	spam    *spam.Scorer
	grammar *grammar.Model
	unknown bool // unknown vendors are looked for

	works sync.Pool
}

// knowledge is what a Tagger knows of vendors. It is replaced as a whole.
type knowledge struct {
	vendors   *vendor.Catalogue
	gate      *gate.Gate
	relations map[relation]bool
}

// relation is an edge of the catalogue, its vendors as indexes.
type relation struct {
	from, to int
	kind     string
}

func know(c *vendor.Catalogue) *knowledge {
	index := make(map[string]int, len(c.Vendors))
	for i := range c.Vendors {
		index[c.Vendors[i].ID] = i
	}
	k := &knowledge{vendors: c, gate: gate.New(c), relations: make(map[relation]bool, len(c.Edges))}
	for _, e := range c.Edges {
		k.relations[relation{index[e.From], index[e.To], e.Relation}] = true
	}
	return k
}

// New loads everything that tagging needs, once.
func New(o Options) (*Tagger, error) {
	t, err := newFinders(o)
	if err != nil {
		return nil, err
	}
	if t.post, err = load("post"); err != nil {
		return nil, err
	}
	if t.mention, err = load("mention"); err != nil {
		return nil, err
	}
	if t.post.Heads[0].Name != headOutage || t.mention.Heads[0].Name != headRole || t.post.Buckets != buckets || t.mention.Buckets != buckets {
		return nil, errors.New("loading weights: post.bin and mention.bin are of another version: train anew")
	}
	return t, nil
}

// newFinders makes a Tagger that can find and not yet decide.
func newFinders(o Options) (*Tagger, error) {
	if o.Vendors == nil {
		return nil, errors.New("making a tagger: no vendor catalogue is given")
	}
	t := &Tagger{
		trouble: outage.New(), rater: sentiment.New(), roles: role.New(), facets: facet.New(), spam: spam.New(), unknown: o.NER,
		works: sync.Pool{New: func() any { return new(work) }},
	}
	t.known.Store(know(o.Vendors))
	var err error
	if t.grammar, err = grammar.Load(); err != nil {
		return nil, err
	}
	return t, nil
}

// SetVendors replaces the catalogue. Posts that are being tagged end with the old one.
func (t *Tagger) SetVendors(c *vendor.Catalogue) { t.known.Store(know(c)) }

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
func (t *Tagger) Try(p *post.Post) (tag.Tag, error) { return t.try(p, false) }

// TryAll is Try without the gate: posts that a pipeline would stop are tagged, too.
func (t *Tagger) TryAll(p *post.Post) (tag.Tag, error) { return t.try(p, true) }

func (t *Tagger) try(p *post.Post, all bool) (out tag.Tag, err error) {
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
	k := t.known.Load()
	if reason := k.gate.Check(&w.doc); reason != "" && !all {
		return filtered(p, reason), nil
	}
	out = tag.Of(p)
	out.Text, out.Model = valid, Version
	w.run(t, k, &out)
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

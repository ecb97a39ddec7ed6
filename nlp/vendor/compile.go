package vendor

import (
	"fmt"
	"strings"

	"github.com/outcry/outcry/nlp/text"
)

// matcher is the catalogue in the form in which it is searched: a trie of words.
type matcher struct {
	words map[string]uint32 // from 1 on; 0 is a word that no name has
	next  map[uint64]uint32 // node<<32 | word
	ends  [][]entry         // what ends at a node

	joined   map[string][]entry // names written in one word, for hashtags, handles and domains
	handles  map[string]int32
	hashtags map[string]int32
}

// entryKind is what a row of words is to a vendor.
type entryKind uint8

const (
	isName    entryKind = iota
	isContext           // shows that an ambiguous name is meant
	isNot               // shows that it is not
)

// entry is one use of a row of words.
type entry struct {
	vendor int32
	kind   entryKind
	weak   bool   // an ordinary word, too
	likely bool   // seldom used as one
	exact  string // must be written like this
	words  int    // how many words
}

type compiler struct {
	c *Catalogue
	m *matcher
}

func compile(f file) (*Catalogue, error) {
	c := &Catalogue{Vendors: f.Vendors, Edges: f.Edges, byID: make(map[string]int, len(f.Vendors))}
	c.m = matcher{
		words: map[string]uint32{}, next: map[uint64]uint32{}, ends: make([][]entry, 1),
		joined: map[string][]entry{}, handles: map[string]int32{}, hashtags: map[string]int32{},
	}
	k := compiler{c, &c.m}
	for i := range c.Vendors {
		c.byID[c.Vendors[i].ID] = i
	}
	for i := range c.Vendors {
		if err := k.vendor(int32(i)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (k compiler) vendor(i int32) error {
	v := &k.c.Vendors[i]
	weak, likely := map[string]bool{}, map[string]bool{}
	for _, a := range v.Ambiguous {
		weak[rowKey(row(a))] = true
	}
	for _, a := range v.Likely {
		key := rowKey(row(a))
		if !weak[key] {
			return fmt.Errorf("vendor %s: %q is in likely, but not in ambiguous", v.ID, a)
		}
		likely[key] = true
	}
	names := map[string]bool{}
	for _, list := range [][]string{v.Aliases, v.Products} {
		for _, name := range list {
			key := rowKey(row(name))
			names[key] = true
			if err := k.name(i, name, entry{vendor: i, weak: weak[key], likely: likely[key]}); err != nil {
				return err
			}
		}
	}
	for _, name := range v.CaseSensitive {
		key := rowKey(row(name))
		if names[key] {
			return fmt.Errorf("vendor %s: %q is in aliases and in case_sensitive; keep it in one of them", v.ID, name)
		}
		names[key] = true
		if err := k.name(i, name, entry{vendor: i, weak: weak[key], likely: likely[key], exact: name}); err != nil {
			return err
		}
	}
	for _, a := range v.Ambiguous {
		if !names[rowKey(row(a))] {
			return fmt.Errorf("vendor %s: %q is in ambiguous, but is no alias, product or case_sensitive name", v.ID, a)
		}
	}
	for _, w := range v.Context {
		k.row(row(w), entry{vendor: i, kind: isContext})
	}
	for _, w := range v.Not {
		k.row(row(w), entry{vendor: i, kind: isNot})
	}
	return k.accounts(i)
}

// name adds a name of a vendor.
func (k compiler) name(i int32, name string, e entry) error {
	words := row(name)
	if len(words) == 0 {
		return fmt.Errorf("vendor %s: the name %q has no word", k.c.Vendors[i].ID, name)
	}
	node := k.row(words, e)
	for _, other := range k.m.ends[node] {
		if other.vendor != i && other.kind == isName && !other.weak && !e.weak && (other.exact == e.exact || other.exact == "" && e.exact == "") {
			return fmt.Errorf("vendors %s and %s both have the name %q; list it under ambiguous in one of them, with context words",
				k.c.Vendors[other.vendor].ID, k.c.Vendors[i].ID, name)
		}
	}
	e.words = len(words)
	joined := strings.Join(words, "")
	k.m.joined[joined] = append(k.m.joined[joined], e)
	return nil
}

// row adds a row of words to the trie and returns its node.
func (k compiler) row(words []string, e entry) uint32 {
	e.words = len(words)
	node := uint32(0)
	for _, w := range words {
		id, ok := k.m.words[w]
		if !ok {
			id = uint32(len(k.m.words) + 1)
			k.m.words[w] = id
		}
		step := uint64(node)<<32 | uint64(id)
		to, ok := k.m.next[step]
		if !ok {
			to = uint32(len(k.m.ends))
			k.m.next[step] = to
			k.m.ends = append(k.m.ends, nil)
		}
		node = to
	}
	if node != 0 {
		k.m.ends[node] = append(k.m.ends[node], e)
	}
	return node
}

func (k compiler) accounts(i int32) error {
	v := &k.c.Vendors[i]
	for _, l := range []struct {
		what, sign string
		names      []string
		into       map[string]int32
	}{{"handle", "@", v.Handles, k.m.handles}, {"hashtag", "#", v.Hashtags, k.m.hashtags}} {
		for _, name := range l.names {
			key := strings.ToLower(strings.TrimPrefix(name, l.sign))
			if key == "" {
				return fmt.Errorf("vendor %s: an empty %s", v.ID, l.what)
			}
			if other, ok := l.into[key]; ok && other != i {
				return fmt.Errorf("vendors %s and %s both have the %s %q", k.c.Vendors[other].ID, v.ID, l.what, name)
			}
			l.into[key] = i
		}
	}
	return nil
}

// row gives the words of a name as a text would have them, without hyphens.
func row(name string) []string {
	var words []string
	for _, t := range text.Parse(name).Tokens {
		if t.Norm != "-" {
			words = append(words, t.Norm)
		}
	}
	return words
}

func rowKey(words []string) string { return strings.Join(words, " ") }

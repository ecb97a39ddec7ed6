package vendor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// file is a catalogue as it is written.
type file struct {
	Vendors []Vendor `yaml:"vendors,omitempty"`
	Edges   []Edge   `yaml:"edges,omitempty"`
}

// Load reads the built-in catalogue and the user's, which may be empty. A vendor
// of the user's with the id of a built-in one extends it: its name, category and
// owner hold where they are given, its lists are added. A new id is a new vendor.
func Load(builtin, user []byte) (*Catalogue, error) {
	base, err := decode(builtin)
	if err != nil {
		return nil, fmt.Errorf("reading the built-in vendor catalogue: %w", err)
	}
	if err := base.check(nil); err != nil {
		return nil, fmt.Errorf("reading the built-in vendor catalogue: %w", err)
	}
	own, err := decode(user)
	if err != nil {
		return nil, fmt.Errorf("reading your vendor catalogue: %w", err)
	}
	if err := own.check(base.Vendors); err != nil {
		return nil, fmt.Errorf("reading your vendor catalogue: %w", err)
	}
	base.merge(own)
	return compile(base)
}

func decode(b []byte) (file, error) {
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return file{}, err
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return file{}, errors.New("there is more than one document: remove the line ---")
	}
	return f, nil
}

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// check finds what is wrong with one file by itself; known are the vendors that
// it builds upon.
func (f *file) check(known []Vendor) error {
	ids := map[string]bool{}
	for i, v := range f.Vendors {
		switch {
		case v.ID == "":
			return fmt.Errorf("vendor number %d (%q) has no id", i+1, v.Name)
		case !idForm.MatchString(v.ID):
			return fmt.Errorf("vendor id %q: use lower-case letters, digits and single hyphens", v.ID)
		case ids[v.ID]:
			return fmt.Errorf("vendor %s is there twice", v.ID)
		case v.Name == "" && !slices.ContainsFunc(known, func(k Vendor) bool { return k.ID == v.ID }):
			return fmt.Errorf("vendor %s has no name", v.ID)
		}
		ids[v.ID] = true
	}
	for _, k := range known {
		ids[k.ID] = true
	}
	for _, e := range f.Edges {
		for _, id := range []string{e.From, e.To} {
			if !ids[id] {
				return fmt.Errorf("edge %s %s %s: there is no vendor %q", e.From, e.Relation, e.To, id)
			}
		}
		switch {
		case e.Relation != Owns && e.Relation != RunsOn && e.Relation != CompetesWith:
			return fmt.Errorf("edge %s %s %s: the relation must be owns, runs_on or competes_with", e.From, e.Relation, e.To)
		case e.From == e.To:
			return fmt.Errorf("edge %s %s %s: a vendor has no relation to itself", e.From, e.Relation, e.To)
		case !isDate(e.Since) || !isDate(e.Until):
			return fmt.Errorf("edge %s %s %s: since %q, until %q: write a year, month or day such as 2010, 2010-11 or 2010-11-30", e.From, e.Relation, e.To, e.Since, e.Until)
		}
	}
	return nil
}

var dateForm = regexp.MustCompile(`^(\d{4}(-\d{2}(-\d{2})?)?)?$`)

func isDate(s string) bool { return dateForm.MatchString(s) }

// merge lays own over f.
func (f *file) merge(own file) {
	for _, v := range own.Vendors {
		i := slices.IndexFunc(f.Vendors, func(k Vendor) bool { return k.ID == v.ID })
		if i < 0 {
			f.Vendors = append(f.Vendors, v)
			continue
		}
		f.Vendors[i].extend(v)
	}
	for _, e := range own.Edges {
		i := slices.IndexFunc(f.Edges, func(k Edge) bool {
			return k.From == e.From && k.Relation == e.Relation && k.To == e.To && (k.Since == e.Since || k.Since == "" || e.Since == "")
		})
		if i < 0 {
			f.Edges = append(f.Edges, e)
			continue
		}
		f.Edges[i] = e
	}
}

func (v *Vendor) extend(by Vendor) {
	for _, s := range []struct {
		old *string
		own string
	}{{&v.Name, by.Name}, {&v.Category, by.Category}, {&v.Owner, by.Owner}} {
		if s.own != "" {
			*s.old = s.own
		}
	}
	for _, l := range []struct {
		old *[]string
		own []string
	}{
		{&v.Aliases, by.Aliases}, {&v.Handles, by.Handles}, {&v.Hashtags, by.Hashtags}, {&v.Products, by.Products},
		{&v.Ambiguous, by.Ambiguous}, {&v.Likely, by.Likely}, {&v.Context, by.Context}, {&v.Not, by.Not}, {&v.CaseSensitive, by.CaseSensitive},
	} {
		*l.old = append(slices.Clone(*l.old), l.own...)
	}
}

// Join adds the vendors and edges of more to the user's catalogue and gives the
// result as it is to be written. All of it must pass the check with the built-in one.
func Join(builtin, user, more []byte) ([]byte, error) {
	own, err := decode(user)
	if err != nil {
		return nil, fmt.Errorf("reading your vendor catalogue: %w", err)
	}
	added, err := decode(more)
	if err != nil {
		return nil, fmt.Errorf("reading the vendors to add: %w", err)
	}
	if len(added.Vendors) == 0 && len(added.Edges) == 0 {
		return nil, errors.New("reading the vendors to add: there are none; see docs/vendors.md for the form")
	}
	own.merge(added)
	joined, err := yaml.Marshal(own)
	if err != nil {
		return nil, fmt.Errorf("writing your vendor catalogue: %w", err)
	}
	if _, err := Load(builtin, joined); err != nil {
		return nil, err
	}
	return joined, nil
}

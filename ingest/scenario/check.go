package scenario

import (
	"fmt"
	"strings"
)

// keepNames adds the words of vendor ids to those that are never misspelt.
func (s *Scenario) keepNames(vendors []Vendor) {
	for _, v := range vendors {
		for _, word := range strings.Split(v.ID, "-") {
			s.keep[word] = true
		}
	}
}

// check finds what would only show while posts are made.
func (s *Scenario) check() error {
	if s.Title == "" || s.Simulated == "" || s.idPrefix == "" || !s.Start.Before(s.End) {
		return fmt.Errorf("title, simulated, id_prefix, start and end are needed")
	}
	for name, fillers := range s.slots {
		for _, f := range fillers {
			s.keepNames([]Vendor{{ID: f.vendor}})
			if err := s.checkSlots(f.text); err != nil {
				return fmt.Errorf("slot %s: %w", name, err)
			}
		}
	}
	for _, th := range s.themes {
		if len(th.templates) == 0 && !th.echo {
			return fmt.Errorf("theme %s: no templates", th.name)
		}
		for _, t := range th.templates {
			s.keepNames(t.labels.vendors)
			if err := s.checkSlots(t.text); err != nil {
				return fmt.Errorf("template %s: %w", t.id, err)
			}
			if s.people.length[t.source] == 0 {
				return fmt.Errorf("template %s: source %s has no handle_length", t.id, t.source)
			}
			for _, reg := range th.regions {
				if !s.people.speaks(reg.name, t.lang) && len(th.regions) == 1 {
					return fmt.Errorf("template %s: nobody in region %s writes %s", t.id, reg.name, t.lang)
				}
			}
		}
	}
	return nil
}

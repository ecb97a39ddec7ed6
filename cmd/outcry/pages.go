package main

import (
	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/reaction"
	"github.com/outcry/outcry/nlp/vendor"
)

// pageOptions are what pages, reports and lists of this process know of the vendors.
func pageOptions(c *vendor.Catalogue) dashboards.Options {
	o := dashboards.Options{Vendors: map[string]string{}, Version: version}
	for _, v := range c.Vendors {
		o.Vendors[v.ID] = v.Name
		e := dashboards.Entry{ID: v.ID, Name: v.Name, Category: v.Category}
		e.Names = append(append(e.Names, v.Aliases...), v.Products...)
		for _, h := range v.Handles {
			e.Names = append(e.Names, "@"+h)
		}
		o.Catalogue = append(o.Catalogue, e)
	}
	for _, e := range c.Edges {
		o.Edges = append(o.Edges, reaction.Edge{From: e.From, Relation: e.Relation, To: e.To, Since: e.Since, Until: e.Until, Evidence: e.Evidence})
	}
	return o
}

// alertSetup is what the page of alerts shows of rules and channels; nil where this
// configuration sends none.
func alertSetup(cfg *config.Config, c *vendor.Catalogue) (*dashboards.AlertSetup, error) {
	if !cfg.Alerts.Enabled {
		return nil, nil
	}
	known := alertCatalogue(c)
	f, err := readAlertFile(cfg.Alerts.File, known)
	if err != nil {
		return nil, err
	}
	s := &dashboards.AlertSetup{File: cfg.Alerts.File}
	for k := range f.Rules {
		r := &f.Rules[k]
		s.Rules = append(s.Rules, dashboards.AlertRule{Name: r.Name, Vendors: r.Count(known), Channels: r.Channels, Monthly: r.Sensitivity, People: r.MinAuthors})
	}
	for k := range f.Channels {
		s.Channels = append(s.Channels, f.Channels[k].Name+", "+f.Channels[k].Kind)
	}
	return s, nil
}

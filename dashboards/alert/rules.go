// Package alert tells people of incidents: who is told what by which rule, once and not
// nine times, and again only when there is news. It owns the alert file, the threads of
// messages, and what people do about them: silences, acknowledgements, false alarms.
//
// Planning is pure: incidents, threads and actions go in, messages that are due come
// out. What is an incident is decided elsewhere; receivers are in package channel.
package alert

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/outcry/outcry/dashboards/alert/channel"
	"github.com/outcry/outcry/dashboards/spike"
)

// File is an alert file: channels, and rules that say what goes to them.
type File struct {
	Channels []channel.Config `yaml:"channels"`
	Rules    []Rule           `yaml:"rules"`
}

// Rule says of which incidents whom to tell.
type Rule struct {
	Name string `yaml:"name"`
	// Vendors are catalogue ids, Groups companies with all that belong to them, Tags
	// categories of the catalogue. None of the three means every vendor.
	Vendors []string `yaml:"vendors"`
	Groups  []string `yaml:"groups"`
	Tags    []string `yaml:"tags"`
	// Except are vendors that the rule is not about.
	Except []string `yaml:"except"`
	// Sensitivity is how many false alerts a vendor may raise in a month.
	Sensitivity float64 `yaml:"sensitivity"`
	// MinAuthors is the fewest people who must report.
	MinAuthors int `yaml:"min_authors"`
	// MinLevel is minor, major or critical.
	MinLevel string `yaml:"min_level"`
	// Confirmed: only incidents for which a second kind of evidence speaks.
	Confirmed bool `yaml:"confirmed"`
	// Cooldown is the least time between two alerts about the same root.
	Cooldown time.Duration `yaml:"cooldown"`
	Quiet    []Quiet       `yaml:"quiet"`
	// Simulated: also incidents that no person wrote of.
	Simulated bool     `yaml:"simulated"`
	Channels  []string `yaml:"channels"`
}

// Quiet are hours in which a rule waits.
type Quiet struct {
	From string   `yaml:"from"`
	To   string   `yaml:"to"`
	Zone string   `yaml:"zone"`
	Days []string `yaml:"days"`
	// Unless is the level from which on the rule does not wait.
	Unless string `yaml:"unless"`

	from, to time.Duration
	zone     *time.Location
	unless   Level
}

// DefaultCooldown is that of a rule that does not say.
const DefaultCooldown = 30 * time.Minute

// Defaults are the rules where there is no file: everything goes to the log.
func Defaults() *File {
	f := &File{
		Channels: []channel.Config{{Name: "log", Kind: "log"}},
		Rules:    []Rule{{Name: "everything", Simulated: true, Channels: []string{"log"}}},
	}
	_ = f.finish(Catalogue{}) // nothing in it can be wrong
	return f
}

// Catalogue is what rules need to know of vendors.
type Catalogue struct {
	// Names of the vendors by their ids.
	Names map[string]string
	// Owners and Categories by the id of the vendor; empty where there is none.
	Owners, Categories map[string]string
}

// FileError is what is wrong with an alert file, one line a fault.
type FileError struct {
	Path   string
	Faults []string
}

func (e *FileError) Error() string {
	return fmt.Sprintf("the alert file %s:\n  %s", e.Path, strings.Join(e.Faults, "\n  "))
}

// Load reads an alert file.
func Load(path string, c Catalogue) (*File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the alert file: %w", err)
	}
	return Parse(path, b, c)
}

// Parse reads an alert file. path is for messages.
func Parse(path string, b []byte, c Catalogue) (*File, error) {
	var f File
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, &FileError{path, yamlFaults(err)}
	}
	if faults := f.finish(c); len(faults) > 0 {
		return nil, &FileError{path, faults}
	}
	return &f, nil
}

// yamlFaults are the decoder's messages in plain words.
func yamlFaults(err error) []string {
	if many := (*yaml.TypeError)(nil); errors.As(err, &many) {
		var all []string
		for _, e := range many.Errors {
			e = strings.Replace(e, "not found in type alert.File", "is not known here; there are channels and rules", 1)
			e = strings.Replace(e, "not found in type alert.Rule", "is not a setting of a rule", 1)
			e = strings.Replace(e, "not found in type alert.Quiet", "is not a setting of quiet hours", 1)
			e = strings.Replace(e, "not found in type channel.Config", "is not a setting of a channel", 1)
			all = append(all, strings.Replace(e, "into time.Duration", "as a duration: write it with its unit, such as 30m", 1))
		}
		return all
	}
	return []string{strings.TrimPrefix(err.Error(), "yaml: ")}
}

// finish fills in what was left out and says what is wrong.
func (f *File) finish(c Catalogue) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	names := map[string]bool{}
	for i := range f.Channels {
		ch := &f.Channels[i]
		if ch.Name == "" {
			ch.Name = ch.Kind
		}
		if names[ch.Name] {
			bad("the channel %q is there twice", ch.Name)
		}
		names[ch.Name] = true
		for _, err := range resolve(ch) {
			bad("channel %q: %v", ch.Name, err)
		}
		if _, err := channel.New(*ch, nil); err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				bad("channel %q %s", ch.Name, line)
			}
		}
		if _, err := newTemplates(ch); err != nil {
			bad("channel %q: %v", ch.Name, err)
		}
	}
	rules := map[string]bool{}
	for i := range f.Rules {
		r := &f.Rules[i]
		if r.Name == "" {
			bad("rule %d has no name", i+1)
		}
		if rules[r.Name] {
			bad("the rule %q is there twice", r.Name)
		}
		rules[r.Name] = true
		for _, fault := range r.finish(c, names) {
			bad("rule %q %s", r.Name, fault)
		}
	}
	return faults
}

func (r *Rule) finish(c Catalogue, channels map[string]bool) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if r.Sensitivity == 0 {
		r.Sensitivity = spike.DefaultFalseAlerts
	}
	if r.Sensitivity < 0.001 || r.Sensitivity > 100 {
		bad("has sensitivity: %v; it is false alerts a vendor and month, from 0.001 to 100", r.Sensitivity)
	}
	if r.MinAuthors == 0 {
		r.MinAuthors = spike.DefaultLeastAuthors
	}
	if r.MinAuthors < 3 {
		bad("has min_authors: %d; fewer than 3 people are no crowd", r.MinAuthors)
	}
	if r.Cooldown == 0 {
		r.Cooldown = DefaultCooldown
	}
	if r.Cooldown < 0 {
		bad("has a cooldown below 0")
	}
	if _, err := parseLevel(r.MinLevel); err != nil {
		bad("has min_level: %v", err)
	}
	for _, list := range []struct {
		setting string
		ids     []string
		known   func(string) bool
	}{
		{"vendors", r.Vendors, func(id string) bool { return c.Names[id] != "" }},
		{"except", r.Except, func(id string) bool { return c.Names[id] != "" }},
		{"groups", r.Groups, func(id string) bool { return c.Names[id] != "" }},
		{"tags", r.Tags, func(tag string) bool {
			for _, category := range c.Categories {
				if category == tag {
					return true
				}
			}
			return false
		}},
	} {
		for _, id := range list.ids {
			if len(c.Names) > 0 && !list.known(id) {
				bad("has %s: %s, which the catalogue does not know; see outcry vendors list", list.setting, id)
			}
		}
	}
	if len(r.Channels) == 0 {
		bad("has no channels")
	}
	for _, name := range r.Channels {
		if !channels[name] {
			bad("names the channel %q, which is not there", name)
		}
	}
	for i := range r.Quiet {
		if err := r.Quiet[i].finish(); err != nil {
			bad("has quiet hours that cannot be used: %v", err)
		}
	}
	return faults
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (q *Quiet) finish() (err error) {
	for _, x := range []struct {
		text string
		into *time.Duration
	}{{q.From, &q.from}, {q.To, &q.to}} {
		at, err := time.Parse("15:04", x.text)
		if err != nil {
			return fmt.Errorf("%q is no time of day like 22:00", x.text)
		}
		*x.into = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	}
	if q.from == q.to {
		return errors.New("from and to are the same")
	}
	if q.zone, err = time.LoadLocation(q.Zone); err != nil { // empty is UTC
		return fmt.Errorf("the zone %q is not known; zones are like Europe/Amsterdam", q.Zone)
	}
	for _, d := range q.Days {
		if !slices.Contains(weekdays, d) {
			return fmt.Errorf("the day %q is none of %s", d, strings.Join(weekdays, ", "))
		}
	}
	if q.unless, err = parseLevel(q.Unless); err != nil {
		return fmt.Errorf("unless: %w", err)
	}
	return nil
}

// holds reports whether the hours lie around at. Hours over midnight belong to the day
// on which they begin.
func (q *Quiet) holds(at time.Time) bool {
	at = at.In(q.zone)
	clock := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	day := int(at.Weekday())
	inside := clock >= q.from && clock < q.to
	if q.from > q.to {
		inside = clock >= q.from || clock < q.to
		if clock < q.to {
			day = (day + 6) % 7
		}
	}
	return inside && (len(q.Days) == 0 || slices.Contains(q.Days, weekdays[day]))
}

// about reports whether the rule is about a vendor.
func (r *Rule) about(vendor string, c Catalogue) bool {
	if slices.Contains(r.Except, vendor) {
		return false
	}
	if len(r.Vendors)+len(r.Groups)+len(r.Tags) == 0 || slices.Contains(r.Vendors, vendor) || slices.Contains(r.Tags, c.Categories[vendor]) {
		return true
	}
	for owner, steps := vendor, 0; owner != "" && steps < 10; owner, steps = c.Owners[owner], steps+1 {
		if slices.Contains(r.Groups, owner) {
			return true
		}
	}
	return false
}

// resolve reads settings that name a variable or a file in place of a value.
func resolve(c *channel.Config) (faults []error) {
	for _, x := range []struct {
		setting string
		value   *string
	}{{"url", &c.URL}, {"secret", &c.Secret}, {"token", &c.Token}, {"key", &c.Key}, {"username", &c.Username}, {"password", &c.Password}} {
		if name, ok := strings.CutPrefix(*x.value, "env:"); ok {
			if *x.value = os.Getenv(name); *x.value == "" {
				faults = append(faults, fmt.Errorf("%s: the variable %s is not set", x.setting, name))
			}
		} else if path, ok := strings.CutPrefix(*x.value, "file:"); ok {
			b, err := os.ReadFile(path)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", x.setting, err))
			}
			*x.value = strings.TrimSpace(string(b))
		}
	}
	return faults
}

// Count is about how many vendors of the catalogue the rule is.
func (r *Rule) Count(c Catalogue) (n int) {
	for vendor := range c.Names {
		if r.about(vendor, c) {
			n++
		}
	}
	return n
}

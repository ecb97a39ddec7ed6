package scenario

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// theme is one strand of the story: how often people post in it, and in what words.
type theme struct {
	name       string
	rate       curve
	templates  []template
	regions    []share
	newAuthors float64
	authors    []string // where only these speak
	replyTo    *Statement
	echo       bool // passes on earlier posts
	tails      string
	tailShare  float64
}

// share is a name with a weight.
type share struct {
	name   string
	weight float64
}

// The file scenario.yaml. docs/scenarios.md explains it.
type (
	story struct {
		Title      string                        `yaml:"title"`
		Simulated  string                        `yaml:"simulated"`
		About      string                        `yaml:"about"`
		Start      time.Time                     `yaml:"start"`
		End        time.Time                     `yaml:"end"`
		Trouble    time.Time                     `yaml:"trouble"`
		IDPrefix   string                        `yaml:"id_prefix"`
		Keep       []string                      `yaml:"keep"`
		Volume     float64                       `yaml:"volume"`
		Shapes     map[string]map[string]float64 `yaml:"shapes"`
		Regions    map[string][]place            `yaml:"regions"`
		Sources    map[string]int                `yaml:"handle_length"`
		Themes     []storyTheme                  `yaml:"themes"`
		Statements []storyStatement              `yaml:"statements"`
		Beats      []map[string]string           `yaml:"beats"`
	}
	storyTheme struct {
		Name       string             `yaml:"name"`
		Rate       map[string]float64 `yaml:"rate"`
		Shape      string             `yaml:"shape"`
		PerHour    float64            `yaml:"per_hour"`
		Regions    map[string]float64 `yaml:"regions"`
		NewAuthors *float64           `yaml:"new_authors"`
		Authors    []string           `yaml:"authors"`
		ReplyTo    string             `yaml:"reply_to"`
		Echo       bool               `yaml:"echo"`
		Tails      string             `yaml:"tails"`
		TailShare  float64            `yaml:"tail_share"`
	}
	storyStatement struct {
		ID        string    `yaml:"id"`
		At        time.Time `yaml:"at"`
		Precision string    `yaml:"precision"`
		By        string    `yaml:"by"`
		Kind      string    `yaml:"kind"`
		Gist      string    `yaml:"gist"`
		Text      string    `yaml:"text"`
		Place     string    `yaml:"place"`
		Author    string    `yaml:"author"`
		Labels    string    `yaml:"labels"`
	}
)

const defaultNewAuthors = 0.68

// read reads the folder of one scenario: scenario.yaml, slots.txt and any number
// of template files, and checks that they fit together.
func read(folder fs.FS) (*Scenario, error) {
	b, err := fs.ReadFile(folder, "scenario.yaml")
	if err != nil {
		return nil, err
	}
	var st story
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&st); err != nil {
		return nil, fmt.Errorf("scenario.yaml: %w", err)
	}
	s := &Scenario{
		Title: st.Title, Simulated: st.Simulated, About: strings.TrimSpace(st.About),
		Start: st.Start, End: st.End, Trouble: st.Trouble, idPrefix: st.IDPrefix,
		keep: map[string]bool{}, people: populace{places: st.Regions, length: st.Sources},
	}
	for _, w := range st.Keep {
		s.keep[w] = true
	}
	templates, err := s.readTexts(folder)
	if err != nil {
		return nil, err
	}
	if err := s.takeStatements(st.Statements); err != nil {
		return nil, err
	}
	if err := s.takeBeats(st.Beats); err != nil {
		return nil, err
	}
	for _, t := range st.Themes {
		if t.Shape != "" {
			t.Rate = scaled(st.Shapes[t.Shape], t.PerHour)
		}
		t.Rate = scaled(t.Rate, st.Volume)
		if err := s.takeTheme(t, templates); err != nil {
			return nil, fmt.Errorf("theme %s: %w", t.Name, err)
		}
		delete(templates, t.Name)
	}
	for name := range templates {
		return nil, fmt.Errorf("theme %s has templates, but scenario.yaml does not name it", name)
	}
	return s, s.check()
}

// readTexts reads slots.txt, same.txt and the templates in all other *.txt files.
func (s *Scenario) readTexts(folder fs.FS) (map[string][]template, error) {
	names, err := fs.Glob(folder, "*.txt")
	if err != nil {
		return nil, err
	}
	templates := map[string][]template{}
	for _, name := range names {
		b, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		var found map[string][]template
		switch name {
		case "slots.txt":
			s.slots, err = readSlots(name, bytes.NewReader(b))
		case "same.txt":
			s.same, err = readSame(bytes.NewReader(b))
		default:
			found, err = readTemplates(strings.TrimSuffix(name, ".txt"), bytes.NewReader(b))
		}
		if err != nil {
			return nil, err
		}
		for theme, ts := range found {
			templates[theme] = append(templates[theme], ts...)
		}
	}
	return templates, nil
}

func scaled(points map[string]float64, by float64) map[string]float64 {
	out := make(map[string]float64, len(points))
	for at, v := range points {
		out[at] = v * by
	}
	return out
}

func (s *Scenario) takeTheme(t storyTheme, templates map[string][]template) error {
	rate, err := parseCurve(t.Rate, s.Start)
	if err != nil {
		return err
	}
	out := theme{
		name: t.Name, rate: rate, templates: templates[t.Name], authors: t.Authors,
		echo: t.Echo, tails: t.Tails, tailShare: t.TailShare, newAuthors: defaultNewAuthors,
	}
	if t.NewAuthors != nil {
		out.newAuthors = *t.NewAuthors
	}
	for name, w := range t.Regions {
		if s.people.places[name] == nil {
			return fmt.Errorf("region %s is unknown", name)
		}
		out.regions = append(out.regions, share{name, w})
	}
	if len(rate) == 0 || len(out.regions) == 0 && len(out.authors) == 0 {
		return fmt.Errorf("a rate, and regions or authors, are needed")
	}
	slices.SortFunc(out.regions, func(a, b share) int { return strings.Compare(a.name, b.name) })
	if t.ReplyTo != "" {
		i := slices.IndexFunc(s.statements, func(x Statement) bool { return x.ID == t.ReplyTo && x.Posted })
		if i < 0 {
			return fmt.Errorf("no posted statement %s to reply to", t.ReplyTo)
		}
		out.replyTo = &s.statements[i]
	}
	s.themes = append(s.themes, out)
	return nil
}

var precisions = []string{"minute", "hour", "day"}

func (s *Scenario) takeStatements(list []storyStatement) error {
	for _, x := range list {
		st := Statement{
			ID: x.ID, At: x.At.UTC(), Precision: x.Precision, By: x.By, Kind: x.Kind,
			Gist: x.Gist, Text: x.Text, Place: x.Place, Posted: x.Author != "", author: x.Author,
		}
		if !slices.Contains(precisions, x.Precision) {
			return fmt.Errorf("statement %s: precision %q: want minute, hour or day", x.ID, x.Precision)
		}
		if st.Posted {
			var err error
			if st.labels, err = parseLabels(x.Labels); err != nil {
				return fmt.Errorf("statement %s: %w", x.ID, err)
			}
			st.PostID = s.idPrefix + "-statement-" + x.ID
		}
		s.statements = append(s.statements, st)
	}
	slices.SortStableFunc(s.statements, func(a, b Statement) int { return a.At.Compare(b.At) })
	return nil
}

func (s *Scenario) takeBeats(list []map[string]string) error {
	for _, m := range list {
		for key, sentence := range m {
			at, err := clock(key, s.Start)
			if err != nil {
				return fmt.Errorf("beats: %w", err)
			}
			s.beats = append(s.beats, Beat{at, sentence})
		}
	}
	slices.SortStableFunc(s.beats, func(a, b Beat) int { return a.At.Compare(b.At) })
	return nil
}

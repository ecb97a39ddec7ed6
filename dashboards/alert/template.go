package alert

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/outcry/outcry/dashboards/alert/channel"
)

// defaultTitle and defaultText are the messages where a channel has no templates of its
// own. They are templates of Go over a channel.Alert.
const (
	defaultTitle = `{{if eq .Event "test"}}Test: {{else if eq .Event "resolved"}}Over: {{else if eq .Event "joined"}}Joined: {{else if eq .Event "updated"}}Update: {{end -}}
{{if .Simulated}}[simulated] {{end}}{{.Name}}
{{- if eq .Event "joined"}}: told on with the others
{{- else if and .ClosedAt (eq .Event "resolved")}} after {{duration .OpenedAt .ClosedAt}}, {{people .Authors}}
{{- else if gt (len .Incidents) 1}}: {{len .Incidents}} services fail together ({{names .Incidents 4}}), {{people .Authors}}
{{- else}}: {{people .Authors}} report trouble since {{clock .OpenedAt}}{{end}}`

	defaultText = `{{with .Note}}{{.}}.

{{end}}{{range .Incidents}}{{.Name}}, {{.State}} since {{clock .OpenedAt}}: {{people .Authors}}, at most {{number .Peak}} a minute where {{number .Expected}} are usual
{{- with .Symptoms}}; {{list .}}{{end}}{{with .Devices}}; on {{list .}}{{end}}{{with .Places}}; in {{list .}}{{end}}
{{- with .Lead}}; {{lead .}}{{end}}
{{end}}{{if and (gt .Probability 0.0) (ne .Event "joined")}}
{{.Name}} is behind it with a probability of {{percent .Probability}}.
{{end}}{{with .Misattributed}}The crowd blames {{.}}, which the evidence does not support.
{{end}}{{with .Blamed}}
Blamed:{{range .}} {{.Name}} {{percent .Share}} ({{people .People}}){{end}}
{{end}}{{with .Quotes}}
{{range .}}{{clock .At}} “{{.Text}}” ({{.Source}}){{with .URL}} {{.}}{{end}}
{{end}}{{end}}{{with .Ends}}
It is {{.}}.
{{end}}{{with .Link}}
{{.}}
{{end}}`
)

type templates struct{ title, text *template.Template }

func newTemplates(c *channel.Config) (t templates, err error) {
	if t.title, err = parse("title", c.Title, defaultTitle); err != nil {
		return t, err
	}
	if t.text, err = parse("text", c.Text, defaultText); err != nil {
		return t, err
	}
	_, _, err = t.render(sample(time.Unix(0, 0)))
	return t, err
}

func parse(name, own, other string) (*template.Template, error) {
	if own == "" {
		own = other
	}
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{
		"people": plural, "number": number, "percent": func(x float64) string { return strconv.Itoa(int(math.Round(100*x))) + " %" },
		"clock": func(at time.Time) string { return at.UTC().Format("2 Jan 15:04 UTC") },
		"list":  func(s []string) string { return strings.Join(s, ", ") },
		"names": names, "duration": duration, "lead": lead,
	}).Parse(own)
	if err != nil {
		return nil, fmt.Errorf("the template of its %s cannot be read: %w", name, err)
	}
	return t, nil
}

// render makes title and text. A title is one line.
func (t templates) render(a *channel.Alert) (title, text string, err error) {
	var b strings.Builder
	if err := t.title.Execute(&b, a); err != nil {
		return "", "", fmt.Errorf("making the title of a message: %w", err)
	}
	title = strings.Join(strings.Fields(b.String()), " ")
	b.Reset()
	if err := t.text.Execute(&b, a); err != nil {
		return "", "", fmt.Errorf("making the text of a message: %w", err)
	}
	return title, strings.TrimSpace(b.String()), nil
}

func plural(n int) string {
	if n == 1 {
		return "1 person"
	}
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s + " people"
}

// number prints a rate: 214, 6.2, 0.04.
func number(x float64) string {
	switch {
	case x >= 9.95:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 0.095:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case x >= 0.0095:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
	return "nearly none"
}

func names(all []channel.Incident, most int) string {
	var s []string
	for _, i := range all[:min(len(all), most)] {
		s = append(s, i.Name)
	}
	if len(all) > most {
		s = append(s, fmt.Sprintf("%d more", len(all)-most))
	}
	return strings.Join(s, ", ")
}

func duration(from time.Time, to *time.Time) string {
	d := to.Sub(from).Round(time.Minute)
	if h := int(d.Hours()); h > 0 {
		return fmt.Sprintf("%d h %d min", h, int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}

// lead says who was first, the crowd or the status page.
func lead(minutes *float64) string {
	if *minutes >= 0 {
		return fmt.Sprintf("its status page followed after %.0f min", *minutes)
	}
	return fmt.Sprintf("its status page was first, by %.0f min", -*minutes)
}

func round2(x float64) float64 { return math.Round(x*100) / 100 }

// sample is an alert that never happened, to try templates and channels with.
func sample(at time.Time) *channel.Alert {
	leads := 12.0
	return &channel.Alert{
		Event: channel.Test, Thread: "test", Rule: "test", Vendor: "example-cloud", Name: "Example Cloud", Probability: 0.97, Level: Major.String(),
		OpenedAt: at.Add(-25 * time.Minute), At: at, Authors: 1240, Simulated: true,
		Incidents: []channel.Incident{
			{ID: "example-video", Vendor: "example-video", Name: "Example Video", State: "confirmed", OpenedAt: at.Add(-25 * time.Minute), Authors: 1100, Peak: 84, Expected: 0.6, Severity: 1.9, Symptoms: []string{"playback", "login"}, Devices: []string{"roku"}, Reason: "people on 2 platforms report it"},
			{ID: "example-cloud", Vendor: "example-cloud", Name: "Example Cloud", State: "signal", OpenedAt: at.Add(-9 * time.Minute), Authors: 140, Peak: 21, Expected: 0.1, Severity: 1.4, Places: []string{"virginia"}, Reason: "140 people report trouble in 8 minutes", Lead: &leads},
		},
		Blamed: []channel.Share{{Vendor: "example-cloud", Name: "Example Cloud", People: 310, Share: 0.62}, {Vendor: "example-video", Name: "Example Video", People: 190, Share: 0.38}},
		Quotes: []channel.Quote{{Text: "This is a test of the alert channel. Nobody wrote this, and nothing is down.", Source: "simulation", At: at}},
		Ends:   "recovering when fewer than 26 people a minute report, over after half an hour of calm",
	}
}

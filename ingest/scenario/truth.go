package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// Truth is what the generator knows of a post it made. The labels mean what the
// labels of package nlp/tag mean.
type Truth struct {
	ID        string   `json:"id"`
	Source    string   `json:"source"`
	Outage    string   `json:"outage"`
	Sentiment string   `json:"sentiment"`
	Vendors   []Vendor `json:"vendors"`
	// Theme is the strand of the story, Template the line that the words come from.
	Theme    string `json:"theme"`
	Template string `json:"template"`
	// Region is us, ca, latam or eu, whether or not the post names a place.
	Region string `json:"region,omitempty"`
	// Fails and Works are the kinds of device that the post says so of.
	Fails []string `json:"fails,omitempty"`
	Works []string `json:"works,omitempty"`
	// Echo is the id of the post that this one passes on.
	Echo string `json:"echo,omitempty"`
	Spam bool   `json:"spam,omitempty"`
}

// Vendor is one vendor in one post.
type Vendor struct {
	ID        string `json:"id"`
	Role      string `json:"role"`
	Sentiment string `json:"sentiment"`
}

var (
	outages    = []string{"report", "reaction", "news", "none"}
	sentiments = []string{"negative", "neutral", "positive"}
	roles      = []string{"blamed", "affected", "alternative", "mentioned"}
)

// labels are what a template says of all posts made from it.
type labels struct {
	outage, sentiment string
	vendors           []Vendor
}

// parseLabels reads "report negative netflix=affected/neutral aws=blamed/negative".
func parseLabels(s string) (labels, error) {
	words := strings.Fields(s)
	if len(words) < 2 || !slices.Contains(outages, words[0]) || !slices.Contains(sentiments, words[1]) {
		return labels{}, fmt.Errorf("labels %q: want an outage label, a sentiment and then vendor=role/sentiment", s)
	}
	l := labels{outage: words[0], sentiment: words[1]}
	for _, w := range words[2:] {
		id, rest, ok := strings.Cut(w, "=")
		if !ok {
			return labels{}, fmt.Errorf("label %q: want vendor=role/sentiment", w)
		}
		v, err := parseRole(id, rest)
		if err != nil {
			return labels{}, err
		}
		l.vendors = append(l.vendors, v)
	}
	return l, nil
}

// parseRole reads "role" or "role/sentiment".
func parseRole(id, s string) (Vendor, error) {
	role, feeling, ok := strings.Cut(s, "/")
	if !ok {
		feeling = "neutral"
	}
	if !slices.Contains(roles, role) || !slices.Contains(sentiments, feeling) {
		return Vendor{}, fmt.Errorf("label %q of %s: want role/sentiment", s, id)
	}
	return Vendor{id, role, feeling}, nil
}

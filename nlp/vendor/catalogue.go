// Package vendor knows the services that people complain about. It owns the
// format of the vendor catalogue, reads and checks it, and finds the vendors that
// a text names: by name, nickname, product, handle or hashtag, with the rules
// that tell Target the shop from a target.
//
// It does not say what a vendor has to do with an outage. The catalogue itself is
// config/vendors.yaml.
package vendor

// Vendor is one entry of the catalogue. All names are matched without regard to
// case, accents and hyphens, except those in CaseSensitive.
type Vendor struct {
	// ID is short, lower case and never changes: it is stored with every mention.
	ID string `yaml:"id" json:"id"`
	// Name is what pages show.
	Name     string `yaml:"name,omitempty" json:"name,omitempty"`
	Category string `yaml:"category,omitempty" json:"category,omitempty"`
	// Owner is the id of the company it belongs to, or empty.
	Owner string `yaml:"owner,omitempty" json:"owner,omitempty"`
	// Aliases are names and nicknames, each a row of words.
	Aliases []string `yaml:"aliases,omitempty" json:"aliases,omitempty"`
	// Handles are account names without the @.
	Handles []string `yaml:"handles,omitempty" json:"handles,omitempty"`
	// Hashtags without the #. An alias with down, outage, issues and the like
	// behind it is found anyway.
	Hashtags []string `yaml:"hashtags,omitempty" json:"hashtags,omitempty"`
	// Products are names of things that mean this vendor.
	Products []string `yaml:"products,omitempty" json:"products,omitempty"`
	// Ambiguous are those of the names that are also ordinary words: they count
	// only where something near shows that the vendor is meant.
	Ambiguous []string `yaml:"ambiguous,omitempty" json:"ambiguous,omitempty"`
	// Likely are those of the ambiguous that in public posts nearly always mean the
	// vendor: they count unless something near shows otherwise.
	Likely []string `yaml:"likely,omitempty" json:"likely,omitempty"`
	// Context are words that show it.
	Context []string `yaml:"context,omitempty" json:"context,omitempty"`
	// Not are phrases that show that it is not meant.
	Not []string `yaml:"not,omitempty" json:"not,omitempty"`
	// CaseSensitive are names matched only in exactly this case.
	CaseSensitive []string `yaml:"case_sensitive,omitempty" json:"case_sensitive,omitempty"`
}

// Relations that an edge may state.
const (
	Owns         = "owns"
	RunsOn       = "runs_on"
	CompetesWith = "competes_with"
)

// Edge is a relation between two vendors, with its dates and its source.
type Edge struct {
	From     string `yaml:"from"`
	Relation string `yaml:"relation"`
	To       string `yaml:"to"`
	// Since and Until are years, months or days: "2010", "2010-11"; empty is unknown, or still so.
	Since    string `yaml:"since,omitempty" json:"since,omitempty"`
	Until    string `yaml:"until,omitempty" json:"until,omitempty"`
	Evidence string `yaml:"evidence,omitempty" json:"evidence,omitempty"`
	// Support says how well it is known: source, month-uncertain or own-knowledge.
	Support string `yaml:"support,omitempty" json:"support,omitempty"`
}

// Catalogue is all vendors and edges, ready to match. It is never changed once
// loaded, and safe for concurrent use.
type Catalogue struct {
	Vendors []Vendor
	Edges   []Edge

	byID map[string]int
	m    matcher
}

// ByID finds a vendor.
func (c *Catalogue) ByID(id string) (*Vendor, bool) {
	i, ok := c.byID[id]
	if !ok {
		return nil, false
	}
	return &c.Vendors[i], true
}

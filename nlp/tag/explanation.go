package tag

// Explanation is why a text has its tag: each decision with what weighed most.
type Explanation struct {
	Tag Tag `json:"tag"`
	// Decisions: outage, sentiment and emotion of the whole, then role and sentiment of
	// each vendor.
	Decisions []Decision `json:"decisions"`
}

// Decision is one label with the label that came second.
type Decision struct {
	// What is decided: outage, sentiment, emotion, role or toward.
	What string `json:"what"`
	// Vendor is the id of the vendor in question; empty for the whole text.
	Vendor      string  `json:"vendor,omitempty"`
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`
	RunnerUp    string  `json:"runner_up"`
	// RunnerUpProbability is that of RunnerUp.
	RunnerUpProbability float64 `json:"runner_up_probability"`
	// Reasons weighed most, the heaviest first.
	Reasons []Reason `json:"reasons,omitempty"`
}

// Reason is a part of a decision.
type Reason struct {
	// Feature names it: words of the text as the network reads them (<v> is a vendor,
	// <t> the vendor in question), or a pattern or fact, such as "pattern down".
	Feature string `json:"feature"`
	// Span is where in the text it stands; empty where the whole text is meant.
	Span
	// Weight is what it adds to the lead of Label over RunnerUp, in logits.
	Weight float64 `json:"weight"`
}

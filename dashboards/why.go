package dashboards

import (
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/outcry/outcry/nlp/tag"
)

// whyView is the page that explains the tags of one post: as the tagger of today
// decides, which may differ from what is stored.
type whyView struct {
	Post      postView
	Decisions []decisionView
	// Model is the tagger that explains.
	Model string
}

// decisionView is one label, and what weighed most.
type decisionView struct {
	Title string
	tag.Decision
	Reasons []weightView
}

// weightView is one reason: Share is its weight against the heaviest, from -1 to 1.
type weightView struct {
	Feature string
	Words   string
	Weight  float64
	Share   float64
}

// fault is why there is no explanation; its zero value is none.
type fault struct {
	status  int
	message string
}

// explain finds the post of a request and explains its tags.
func (s *Server) explain(r *http.Request) (_ postView, x tag.Explanation, _ fault) {
	if s.o.Explain == nil {
		return postView{}, x, fault{http.StatusNotFound, "This server explains no tags."}
	}
	key, err := strconv.ParseUint(r.PathValue("key"), 16, 64)
	if err != nil {
		return postView{}, x, fault{http.StatusBadRequest, "A post is named by up to 16 hexadecimal digits, as in the JSON of the pages."}
	}
	p, ok, err := s.db.Post(r.Context(), key)
	if err != nil {
		s.o.Log.Error("finding a post failed", "error", err)
		return postView{}, x, fault{http.StatusServiceUnavailable, "ClickHouse does not answer. Try again."}
	}
	if !ok || p.Text == "" {
		return postView{}, x, fault{http.StatusNotFound, "There is no such post, or its words were deleted."}
	}
	if x, err = s.o.Explain(p.Text); err != nil {
		s.o.Log.Error("explaining a post failed", "error", err)
		return postView{}, x, fault{http.StatusInternalServerError, "The tagger failed on this post. The log of the server says how."}
	}
	return s.postView(p), x, fault{}
}

func (s *Server) handleWhy(w http.ResponseWriter, r *http.Request) {
	p, x, f := s.explain(r)
	if f.status != 0 {
		s.showError(w, f.status, f.message)
		return
	}
	v := whyView{Post: p, Model: x.Tag.Model}
	for _, d := range x.Decisions {
		v.Decisions = append(v.Decisions, s.decisionView(d, x.Tag.Text))
	}
	s.show(w, r, http.StatusOK, "why", page{Title: "Why", View: v})
}

// questions are what the decisions answer, in plain words; %s is the vendor.
var questions = map[string]string{
	"outage": "What it has to do with an outage", "sentiment": "How its author feels", "emotion": "Which emotion it shows",
	"role": "The part of %s", "toward": "The feeling toward %s",
}

func (s *Server) decisionView(d tag.Decision, text string) decisionView {
	v := decisionView{Title: d.What, Decision: d}
	if q := questions[d.What]; d.Vendor != "" && q != "" {
		v.Title = fmt.Sprintf(q, s.name(d.Vendor))
	} else if q != "" {
		v.Title = q
	}
	heaviest := 0.0
	for _, r := range d.Reasons {
		heaviest = max(heaviest, math.Abs(r.Weight))
	}
	for _, r := range d.Reasons {
		x := weightView{Feature: r.Feature, Weight: r.Weight, Share: r.Weight / max(heaviest, 1e-9)}
		if span, ok := snap(text, r.Span); ok {
			x.Words = cut(text[span.Start:span.End], 80)
		}
		v.Reasons = append(v.Reasons, x)
	}
	return v
}

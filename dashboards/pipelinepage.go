package dashboards

import (
	"net/http"
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

// pipelineView is the page of the machinery.
type pipelineView struct {
	Pipeline pipeline
	Clock    clock
	AsOf     time.Time
	Letters  []query.Letter
	Down     bool
}

// lettersShown is how many dead letters the page lists.
const lettersShown = 50

func (s *Server) handlePipeline(w http.ResponseWriter, r *http.Request) {
	v := &pipelineView{}
	b, err := s.board(r.Context(), time.Time{})
	v.Down = err != nil
	v.Clock, v.AsOf = b.clock, b.asked
	v.Pipeline = s.pipeline(b, s.healthNow())
	if v.Letters, err = s.db.Letters(r.Context(), lettersShown); err != nil {
		v.Down = true
	}
	s.show(w, r, http.StatusOK, "pipeline", page{Title: "Pipeline", Path: "/pipeline", View: v})
}

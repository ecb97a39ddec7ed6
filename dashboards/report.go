package dashboards

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/outcry/outcry/dashboards/reaction"
)

//go:embed static/report.css
var reportCSS string

//go:embed templates/report.md
var reportMarkdown string

// reportView is the report of an incident: one page for the board.
type reportView struct {
	*incidentView
	Made time.Time
	// Inline is the style where the report is a file of its own.
	Inline template.CSS
	// Link is where the pages are, for links in a file; empty on the pages themselves.
	Link string
}

// Headlines are the sentences as plain text.
func (v reportView) Headlines() []string {
	var all []string
	for _, s := range v.Headline {
		all = append(all, s.String())
	}
	return all
}

// Drawing is the time line in the width of a sheet.
func (v reportView) Drawing() template.HTML { return v.timeline(760, 150, 60) }

// BlameDrawing is blame over time in half the width of a sheet.
func (v reportView) BlameDrawing() template.HTML { return v.blamePlot(390) }

// Short are the narratives that fit.
func (v reportView) Short() []Story { return v.Narratives[:min(4, len(v.Narratives))] }

// Found are the effects of a statement that were found, or that other moments show too.
func (v reportView) Found(c Card) []EffectOf {
	return slices.DeleteFunc(slices.Clone(c.Effects), func(e EffectOf) bool { return !e.Found() && e.Impact.Verdict != reaction.Unclear })
}

// NotFound names in a line what a statement is not known to have changed.
func (v reportView) NotFound(c Card) string {
	by := map[string][]string{}
	for _, e := range c.Effects {
		by[e.Impact.Verdict] = append(by[e.Impact.Verdict], strings.ToLower(e.Title()[:1])+e.Title()[1:])
	}
	var all []string
	for _, verdict := range []string{reaction.NoEffect, reaction.TooFew} {
		if len(by[verdict]) > 0 {
			all = append(all, verdict+" on: "+list(by[verdict]))
		}
	}
	return strings.Join(all, "; ")
}

// Clean writes words of a post on one line of Markdown: nothing in them is markup.
func (v reportView) Clean(s string) string {
	s = strings.Join(strings.Fields(cut(s, 400)), " ")
	for _, c := range []string{`\`, "`", "*", "_", "[", "]", "<", ">", "#", "|", "!"} {
		s = strings.ReplaceAll(s, c, `\`+c)
	}
	return s
}

// WriteReport writes the report of an incident as a file of its own, as md or else html. ok is false where
// there is no such incident. Link, if any, is the address of the pages.
func (s *Server) WriteReport(ctx context.Context, w io.Writer, id, format, link string) (ok bool, err error) {
	d, ok, err := s.Dossier(ctx, id, time.Time{})
	if err != nil || !ok {
		return ok, err
	}
	v := &incidentView{Dossier: d, s: s, postList: postList{Filter: filter{path: "/incidents/" + id}, name: s.name}}
	v.Headline = s.incidentHeadline(v)
	r := reportView{incidentView: v, Made: s.o.Now(), Inline: template.CSS(reportCSS), Link: strings.TrimSuffix(link, "/")} //nolint:gosec // our own file
	var b bytes.Buffer
	if format == "md" {
		err = s.markdown(&b, r)
	} else {
		err = s.pages["report"].ExecuteTemplate(&b, "report", r)
	}
	if err != nil {
		return true, fmt.Errorf("writing the report of %s: %w", id, err)
	}
	_, err = b.WriteTo(w)
	return true, err
}

func (s *Server) markdown(w io.Writer, v reportView) error {
	t, err := texttemplate.New("report").Funcs(texttemplate.FuncMap(functions(s.assets))).Parse(reportMarkdown)
	if err != nil {
		return err
	}
	return t.Execute(w, v)
}

// handleReport shows the report, to be printed.
func (s *Server) handleReport(w http.ResponseWriter, r *http.Request) {
	v, f := s.incident(r)
	if f.status != 0 {
		s.showError(w, f.status, f.message)
		return
	}
	var b bytes.Buffer
	if err := s.pages["report"].ExecuteTemplate(&b, "report", reportView{incidentView: v, Made: s.o.Now()}); err != nil {
		s.o.Log.Error("making a report failed", "incident", v.ID, "error", err)
		s.showError(w, http.StatusInternalServerError, "The report could not be made. The log of the server says why.")
		return
	}
	send(w, r, http.StatusOK, "text/html; charset=utf-8", b.Bytes())
}

func (s *Server) handleReportMarkdown(w http.ResponseWriter, r *http.Request) {
	v, f := s.incident(r)
	if f.status != 0 {
		s.showError(w, f.status, f.message)
		return
	}
	var b bytes.Buffer
	if err := s.markdown(&b, reportView{incidentView: v, Made: s.o.Now()}); err != nil {
		s.o.Log.Error("making a report failed", "incident", v.ID, "error", err)
		s.showError(w, http.StatusInternalServerError, "The report could not be made. The log of the server says why.")
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+v.ID+`.md"`)
	send(w, r, http.StatusOK, "text/markdown; charset=utf-8", b.Bytes())
}

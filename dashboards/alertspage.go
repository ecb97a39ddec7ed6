package dashboards

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/alert"
	"github.com/outcry/outcry/dashboards/query"
)

// AlertRule is a rule as the page shows it.
type AlertRule struct {
	Name     string
	Vendors  int
	Channels []string
	// Monthly is how many false alerts a month it may bring.
	Monthly float64
	People  int
}

// AlertSetup is what alerts are sent by; nil where this process does not know.
type AlertSetup struct {
	File     string
	Rules    []AlertRule
	Channels []string // name and kind
}

// alertsView is the page of alerts.
type alertsView struct {
	Setup   *AlertSetup
	Sent    []query.Notification
	Actions []query.Action
	Open    []incidentRow
	Vendors []vendorName
	Writes  bool
	Token   string
	Problem string
	Called  func(string) string
	Now     time.Time
}

// alertsShown is how many messages the page lists.
const alertsShown = 50

func (s *Server) handleAlerts(w http.ResponseWriter, r *http.Request) {
	s.showAlerts(w, r, http.StatusOK, "")
}

func (s *Server) showAlerts(w http.ResponseWriter, r *http.Request, status int, problem string) {
	v := &alertsView{Setup: s.o.Alerts, Writes: s.o.Writer != nil, Token: s.formToken, Vendors: s.vendorNames(), Problem: problem, Called: s.name}
	var err error
	if v.Now, err = Now(r.Context(), s.db, s.o.Now()); err != nil {
		s.unanswered(w, "time", err)
		return
	}
	if v.Sent, err = s.db.Notifications(r.Context(), s.o.Now().AddDate(0, 0, -30), alertsShown); err != nil {
		s.unanswered(w, "notifications", err)
		return
	}
	if v.Actions, err = s.db.Actions(r.Context()); err != nil {
		s.unanswered(w, "actions", err)
		return
	}
	open, err := s.db.Incidents(r.Context(), query.Window{From: v.Now, To: v.Now.Add(time.Minute)})
	if err != nil {
		s.unanswered(w, "incidents", err)
		return
	}
	for _, i := range open {
		if i.Open() {
			v.Open = append(v.Open, s.incidentRow(i, v.Now))
		}
	}
	s.show(w, r, status, "alerts", page{Title: "Alerts", Path: "/alerts", View: v})
}

// handleAct silences, acknowledges, marks as false alarm or takes back.
func (s *Server) handleAct(w http.ResponseWriter, r *http.Request) {
	f := s.form(w, r)
	if f == nil {
		return
	}
	if err := s.act(r, f); err != nil {
		var unknown *alert.UnknownError
		if errors.As(err, &unknown) || errors.Is(err, errAct) {
			s.showAlerts(w, r, http.StatusUnprocessableEntity, err.Error())
			return
		}
		s.unanswered(w, "an action", err)
		return
	}
	http.Redirect(w, r, "/alerts", http.StatusSeeOther)
}

var errAct = errors.New("a silence takes 1 minute to 30 days, and a note says why")

func (s *Server) act(r *http.Request, f url.Values) error {
	desk := alert.NewDesk(s.o.Writer, s.o.Now)
	note, who := strings.TrimSpace(cut(f.Get("note"), maxParam)), "page"
	switch f.Get("do") {
	case "silence":
		length, err := time.ParseDuration(f.Get("for"))
		if err != nil || length < time.Minute || length > 30*24*time.Hour || note == "" || f.Get("vendor") != "" && s.o.Vendors[f.Get("vendor")] == "" {
			return errAct
		}
		now, err := Now(r.Context(), s.db, s.o.Now())
		if err != nil {
			return err
		}
		_, err = desk.Silence(r.Context(), f.Get("vendor"), now, length, who, note)
		return err
	case "acknowledge":
		_, err := desk.Acknowledge(r.Context(), f.Get("incident"), who, note)
		return err
	case "false_alarm":
		_, err := desk.FalseAlarm(r.Context(), f.Get("incident"), who, note)
		return err
	case "revoke":
		_, err := desk.Revoke(r.Context(), f.Get("id"))
		return err
	}
	return errAct
}

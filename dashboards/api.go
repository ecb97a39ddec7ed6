package dashboards

import (
	"cmp"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

// problem is an error as RFC 9457 has it.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (s *Server) sendProblem(w http.ResponseWriter, r *http.Request, f fault) {
	body, err := json.Marshal(problem{"about:blank", http.StatusText(f.status), f.status, f.message})
	if err != nil {
		body = []byte("{}")
	}
	send(w, r, f.status, "application/problem+json", append(body, '\n'))
}

// api answers with JSON what f finds, or with a problem. Where a token is set the request
// must carry it.
func (s *Server) api(f func(r *http.Request) (any, fault)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.o.Token != "" {
			given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok || subtle.ConstantTimeCompare([]byte(given), []byte(s.o.Token)) != 1 {
				w.Header().Set("WWW-Authenticate", `Bearer realm="outcry"`)
				s.sendProblem(w, r, fault{http.StatusUnauthorized, "Send the token of http.token in the header Authorization: Bearer TOKEN."})
				return
			}
		}
		answer, wrong := f(r)
		if wrong.status != 0 {
			s.sendProblem(w, r, wrong)
			return
		}
		status := http.StatusOK
		if c, ok := answer.(created); ok {
			status, answer = http.StatusCreated, c.what
		}
		s.sendJSON(w, r, status, answer)
	}
}

// created is an answer that something is new.
type created struct{ what any }

func badRequest(format string, args ...any) fault {
	return fault{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// silent is the fault of a database that does not answer.
func (s *Server) silent(what string, err error) fault {
	s.o.Log.Error("a question was not answered", "about", what, "error", err)
	return fault{http.StatusServiceUnavailable, "ClickHouse does not answer. Try again."}
}

// listing is one page of a list. Next is the cursor of the page after it, empty at the end.
type listing[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor,omitempty"`
}

const (
	apiLimit    = 50
	apiMaxLimit = 200
)

// limitOf reads the parameter limit.
func limitOf(r *http.Request) (int, fault) {
	v := r.URL.Query().Get("limit")
	if v == "" {
		return apiLimit, fault{}
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > apiMaxLimit {
		return 0, badRequest("limit is %q: it can be 1 to %d", v, apiMaxLimit)
	}
	return n, fault{}
}

// A cursor is the time and the name of the last item.
func writeCursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(at.UTC().Format(time.RFC3339Nano) + " " + id))
}

func readCursor(r *http.Request) (at time.Time, id string, _ fault) {
	c := r.URL.Query().Get("cursor")
	if c == "" {
		return at, "", fault{}
	}
	b, err := base64.RawURLEncoding.DecodeString(c)
	when, id, ok := strings.Cut(string(b), " ")
	if at, err2 := time.Parse(time.RFC3339Nano, when); err == nil && err2 == nil && ok {
		return at, id, fault{}
	}
	return at, "", badRequest("cursor is not one that this server has given: use next_cursor of the page before, as it is")
}

// spanOf reads from and to; by default the days before the data's now.
func (s *Server) spanOf(r *http.Request, days int) (query.Window, fault) {
	f, err := parseFilter(map[string][]string{"from": r.URL.Query()["from"], "to": r.URL.Query()["to"]})
	if err != nil {
		return query.Window{}, badRequest("%v", err)
	}
	w := query.Window{From: f.From, To: f.To}
	if w.To.IsZero() {
		now, err := Now(r.Context(), s.db, s.o.Now())
		if err != nil {
			return w, s.silent("time", err)
		}
		w.To = now.Add(time.Minute)
	}
	if w.From.IsZero() {
		w.From = w.To.AddDate(0, 0, -days)
	}
	return w, fault{}
}

// pageOf reads what a list in a span of time may be asked with: limit, from and to, cursor.
func (s *Server) pageOf(r *http.Request, days int) (limit int, w query.Window, at time.Time, id string, f fault) {
	if limit, f = limitOf(r); f.status == 0 {
		w, f = s.spanOf(r, days)
	}
	if f.status == 0 {
		at, id, f = readCursor(r)
	}
	return limit, w, at, id, f
}

func (s *Server) apiIncidents(r *http.Request) (any, fault) {
	limit, w, at, id, f := s.pageOf(r, 365)
	if f.status != 0 {
		return nil, f
	}
	all, err := s.db.Incidents(r.Context(), w)
	if err != nil {
		return nil, s.silent("incidents", err)
	}
	vendor, state := r.URL.Query().Get("vendor"), r.URL.Query().Get("state")
	out := listing[query.Incident]{Items: []query.Incident{}}
	for _, i := range all { // the newest first, then by id
		if vendor != "" && i.Vendor != vendor || state != "" && i.State != state {
			continue
		}
		if !at.IsZero() && !(i.OpenedAt.Before(at) || i.OpenedAt.Equal(at) && i.ID > id) {
			continue
		}
		if len(out.Items) == limit {
			last := out.Items[limit-1]
			out.Next = writeCursor(last.OpenedAt, last.ID)
			break
		}
		out.Items = append(out.Items, i)
	}
	return out, fault{}
}

func (s *Server) apiIncident(r *http.Request) (any, fault) {
	at, err := momentOf(r.URL.Query(), "at")
	if err != nil {
		return nil, badRequest("%v", err)
	}
	d, ok, err := s.Dossier(r.Context(), r.PathValue("id"), at)
	switch {
	case err != nil:
		return nil, s.silent("incident", err)
	case !ok:
		return nil, fault{http.StatusNotFound, "There is no such incident; /api/v1/incidents lists those there are."}
	}
	return d, fault{}
}

func (s *Server) apiPosts(r *http.Request) (any, fault) {
	limit, f := limitOf(r)
	if f.status != 0 {
		return nil, f
	}
	filter, err := parseFilter(r.URL.Query())
	if err != nil {
		return nil, badRequest("%v", err)
	}
	now := filter.At
	if now.IsZero() {
		if now, err = Now(r.Context(), s.db, s.o.Now()); err != nil {
			return nil, s.silent("time", err)
		}
	}
	q := filter.posts(now)
	q.Limit = limit
	at, id, f := readCursor(r)
	if f.status != 0 {
		return nil, f
	}
	if !at.IsZero() {
		key, err := strconv.ParseUint(id, 16, 64)
		if err != nil {
			return nil, badRequest("cursor is not one that this server has given: use next_cursor of the page before, as it is")
		}
		q.Before = &query.Position{At: at, Key: key}
	}
	posts, forgotten, err := s.db.Posts(r.Context(), q)
	if err != nil {
		return nil, s.silent("posts", err)
	}
	out := struct {
		listing[postView]
		Deleted int `json:"deleted_posts"`
	}{listing[postView]{Items: []postView{}}, forgotten}
	for _, p := range posts {
		out.Items = append(out.Items, s.postView(p))
	}
	if n := len(posts); n > 0 && n+forgotten >= limit {
		last := posts[n-1]
		out.Next = writeCursor(last.CreatedAt, strconv.FormatUint(last.Key, 16))
	}
	return out, fault{}
}

func (s *Server) apiStatements(r *http.Request) (any, fault) {
	limit, w, at, id, f := s.pageOf(r, 100*365)
	if f.status != 0 {
		return nil, f
	}
	var of []string
	if v := r.URL.Query().Get("vendor"); v != "" {
		of = []string{v}
	}
	if !at.IsZero() {
		w.To = at.Add(time.Millisecond)
	}
	all, err := s.db.Statements(r.Context(), of, w, limit+50)
	if err != nil {
		return nil, s.silent("statements", err)
	}
	out := listing[query.Statement]{Items: []query.Statement{}}
	for _, st := range all {
		if !at.IsZero() && st.At.Equal(at) && st.ID <= id {
			continue
		}
		if len(out.Items) == limit {
			last := out.Items[limit-1]
			out.Next = writeCursor(last.At, last.ID)
			break
		}
		out.Items = append(out.Items, st)
	}
	return out, fault{}
}

func (s *Server) apiAddStatement(r *http.Request) (any, fault) {
	if s.o.Writer == nil {
		return nil, fault{http.StatusForbidden, "This server only shows: it has no connection that may write."}
	}
	// A form elsewhere cannot send JSON in a reader's name without the browser asking first.
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		return nil, fault{http.StatusUnsupportedMediaType, "Send the statement as application/json."}
	}
	var st query.Statement
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxForm))
	d.DisallowUnknownFields()
	if err := d.Decode(&st); err != nil {
		return nil, badRequest("the statement cannot be read: %v", err)
	}
	if err := CheckStatement(st, s.o.Vendors); err != nil {
		return nil, fault{http.StatusUnprocessableEntity, err.Error()}
	}
	st, err := AddStatement(r.Context(), s.o.Writer, st, s.o.Now())
	if err != nil {
		return nil, s.silent("statement", err)
	}
	s.Forget()
	return created{st}, fault{}
}

func (s *Server) apiAlerts(r *http.Request) (any, fault) {
	limit, f := limitOf(r)
	if f.status != 0 {
		return nil, f
	}
	w, f := s.spanOf(r, 30)
	if f.status != 0 {
		return nil, f
	}
	// Messages are dated by the wall.
	since := w.From
	if r.URL.Query().Get("from") == "" {
		since = s.o.Now().AddDate(0, 0, -30)
	}
	sent, err := s.db.Notifications(r.Context(), since, limit)
	if err != nil {
		return nil, s.silent("notifications", err)
	}
	actions, err := s.db.Actions(r.Context())
	if err != nil {
		return nil, s.silent("actions", err)
	}
	return struct {
		Sent    []query.Notification `json:"notifications"`
		Actions []query.Action       `json:"actions"`
	}{append([]query.Notification{}, sent...), append([]query.Action{}, actions...)}, fault{}
}

// apiVendor is one vendor of the catalogue.
type apiVendor struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Owner     string   `json:"owner,omitempty"`
	Relations []apiRel `json:"relations,omitempty"`
}

type apiRel struct {
	Vendor    string `json:"vendor"`
	Relation  string `json:"relation"`
	FriendFoe bool   `json:"supplier_and_rival"`
}

func (s *Server) apiVendors(r *http.Request) (any, fault) {
	names := s.vendorNames()
	out := listing[apiVendor]{Items: []apiVendor{}}
	for _, v := range names {
		x := apiVendor{ID: v.ID, Name: v.Name}
		if o := s.graph.Owner(v.ID, s.o.Now()); o != v.ID {
			x.Owner = o
		}
		out.Items = append(out.Items, x)
	}
	return out, fault{}
}

func (s *Server) apiVendor(r *http.Request) (any, fault) {
	id := r.PathValue("id")
	if s.o.Vendors[id] == "" {
		return nil, fault{http.StatusNotFound, "The catalogue has no such vendor; /api/v1/vendors lists those there are."}
	}
	at, err := momentOf(r.URL.Query(), "at")
	if err != nil {
		return nil, badRequest("%v", err)
	}
	at = cmp.Or(at, s.o.Now())
	x := apiVendor{ID: id, Name: s.name(id)}
	if o := s.graph.Owner(id, at); o != id {
		x.Owner = o
	}
	for _, p := range s.graph.Around(id, at) {
		x.Relations = append(x.Relations, apiRel{p.B, s.graph.Standing(id, p.B, at), p.FriendFoe()})
	}
	return x, fault{}
}

func (s *Server) apiSQL(r *http.Request) (any, fault) {
	sql := strings.TrimSpace(r.URL.Query().Get("query"))
	if sql == "" || len(sql) > maxSQL {
		return nil, badRequest("query holds the SQL, of at most 32 KiB")
	}
	t, err := s.db.Run(r.Context(), sql, apiMaxRows)
	var refused *query.Refused
	switch {
	case errors.As(err, &refused):
		return nil, badRequest("%v", refused)
	case err != nil:
		return nil, s.silent("own question", err)
	}
	return t, fault{}
}

// apiMaxRows is how many rows of somebody's own question the API gives.
const apiMaxRows = 10000

func (s *Server) apiNow(r *http.Request) (any, fault) {
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return nil, badRequest("%v", err)
	}
	v := s.now(r.Context(), f)
	if v.Down {
		return nil, fault{http.StatusServiceUnavailable, "ClickHouse does not answer. Try again."}
	}
	return v, fault{}
}

func (s *Server) apiWhy(r *http.Request) (any, fault) {
	_, x, f := s.explain(r)
	return x, f
}

//go:embed openapi.json
var openAPI []byte

func (s *Server) apiDocument(w http.ResponseWriter, r *http.Request) {
	send(w, r, http.StatusOK, "application/json", openAPI)
}

// apiRoutes are the addresses of the API with what answers them.
func (s *Server) apiRoutes() []route {
	var all []route
	for _, r := range []struct {
		pattern, name string
		answer        func(*http.Request) (any, fault)
	}{
		{"GET /api/v1/now", "api_now", s.apiNow},
		{"GET /api/v1/incidents", "api_incidents", s.apiIncidents},
		{"GET /api/v1/incidents/{id}", "api_incident", s.apiIncident},
		{"GET /api/v1/posts", "api_posts", s.apiPosts},
		{"GET /api/v1/posts/{key}/why", "api_why", s.apiWhy},
		{"GET /api/v1/statements", "api_statements", s.apiStatements},
		{"POST /api/v1/statements", "api_add_statement", s.apiAddStatement},
		{"GET /api/v1/alerts", "api_alerts", s.apiAlerts},
		{"GET /api/v1/vendors", "api_vendors", s.apiVendors},
		{"GET /api/v1/vendors/{id}", "api_vendor", s.apiVendor},
		{"GET /api/v1/sql", "api_sql", s.apiSQL},
		{"/api/", "api_other", func(*http.Request) (any, fault) {
			return nil, fault{http.StatusNotFound, "There is nothing at this address; /api/v1/openapi.json describes the API."}
		}},
	} {
		all = append(all, route{r.pattern, r.name, s.api(r.answer)})
	}
	return append(all, route{"GET /api/v1/openapi.json", "api_document", s.apiDocument})
}

package dashboards

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/sink/schema"
)

// exploreView is the page for readers' own questions.
type exploreView struct {
	SQL      string
	Title    string
	Answer   *query.Table
	Problem  string
	Took     string
	Examples []query.Question
	Saved    []query.Question
	Words    []string
	Limits   []string
	Writes   bool
	Token    string
	As       string // table or chart
	Chart    template.HTML
	ChartNo  string // why there is none
	More     string
}

const (
	// rowsShown is how many rows of an answer the page shows; downloads have all.
	rowsShown = 500
	maxSQL    = 32 << 10
)

func (s *Server) handleExplore(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := &exploreView{SQL: strings.TrimSpace(q.Get("sql")), As: q.Get("as")}
	s.showExplore(w, r, http.StatusOK, v)
}

func (s *Server) showExplore(w http.ResponseWriter, r *http.Request, status int, v *exploreView) {
	v.Examples, v.Writes, v.Token = query.Examples(), s.o.Writer != nil, s.formToken
	var err error
	if v.Saved, err = s.db.Saved(r.Context()); err != nil {
		s.unanswered(w, "saved questions", err)
		return
	}
	tables, err := s.tables(r.Context())
	if err != nil {
		s.unanswered(w, "tables", err)
		return
	}
	v.Words = words4SQL(tables)
	if limits, err := s.db.Limits(r.Context()); err == nil {
		v.Limits = limitWords(limits)
	}
	for _, x := range append(slices.Clone(v.Examples), v.Saved...) {
		if x.SQL == v.SQL && v.Title == "" {
			v.Title = x.Title
		}
	}
	if v.SQL != "" && v.Problem == "" {
		if status == http.StatusOK {
			status = s.answer(r.Context(), v)
		}
	}
	s.show(w, r, status, "explore", page{Title: "Explore", Path: "/explore", View: v})
}

// answer asks the reader's question and says with which status the page goes out.
func (s *Server) answer(ctx context.Context, v *exploreView) int {
	if len(v.SQL) > maxSQL {
		v.Problem = "The query is longer than 32 KiB."
		return http.StatusBadRequest
	}
	t, err := s.db.Run(ctx, v.SQL, rowsShown)
	var refused *query.Refused
	switch {
	case errors.As(err, &refused):
		v.Problem = refused.Error()
		return http.StatusBadRequest
	case err != nil:
		v.Problem = err.Error()
		return http.StatusServiceUnavailable
	}
	v.Answer, v.Took = t, t.Took.Round(time.Millisecond).String()
	if v.As == "chart" {
		v.Chart, v.ChartNo = chartOf(t)
	}
	return http.StatusOK
}

// Link is the address of the page with the same question in another form.
func (v *exploreView) Link(path, as string) string {
	q := url.Values{"sql": {v.SQL}}
	if as != "" {
		q.Set("as", as)
	}
	return path + "?" + q.Encode()
}

// Ask is the address that asks a question.
func (v *exploreView) Ask(sql string) string {
	return "/explore?" + url.Values{"sql": {sql}}.Encode()
}

// Cell writes a value.
func (v *exploreView) Cell(x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case string:
		return cut(x, 2000)
	case []any, map[string]any:
		if b, err := json.Marshal(x); err == nil {
			return cut(string(b), 2000)
		}
	}
	return fmt.Sprint(x)
}

// Number says whether a column holds numbers.
func (v *exploreView) Number(column int) bool { return isNumber(v.Answer, column) }

func isNumber(t *query.Table, column int) bool {
	if len(t.Rows) == 0 {
		return false
	}
	for _, r := range t.Rows {
		if r[column] == nil {
			continue
		}
		if k := reflect.TypeOf(r[column]).Kind(); k < reflect.Int || k > reflect.Float64 {
			return false
		}
	}
	return true
}

func limitWords(l query.Limits) []string {
	var all []string
	if l.Seconds > 0 {
		all = append(all, fmt.Sprintf("%d seconds", l.Seconds))
	}
	if l.Memory > 0 {
		all = append(all, fmt.Sprintf("%s MB of memory", count(l.Memory/1_000_000)))
	}
	if l.Read > 0 {
		all = append(all, fmt.Sprintf("%s million rows read", count(l.Read/1_000_000)))
	}
	if l.Rows > 0 {
		all = append(all, count(l.Rows)+" rows of result")
	}
	return all
}

// table is one table or view with its columns.
type table struct {
	Name    string
	View    bool
	Columns []query.Column
}

// tables describes all tables and views; views first, as they are what to ask.
func (s *Server) tables(ctx context.Context) ([]table, error) {
	return memo(s.memos, "tables", 10*time.Minute, func() ([]table, error) {
		names := slices.Clone(schema.Tables())
		slices.SortStableFunc(names, func(a, b string) int {
			va, vb := strings.HasPrefix(a, "v_"), strings.HasPrefix(b, "v_")
			switch {
			case va == vb:
				return strings.Compare(a, b)
			case va:
				return -1
			}
			return 1
		})
		var all []table
		for _, name := range names {
			columns, err := s.db.Columns(context.WithoutCancel(ctx), name)
			if err != nil {
				return nil, err
			}
			all = append(all, table{name, strings.HasPrefix(name, "v_"), columns})
		}
		return all, nil
	})
}

// keywords that completion offers beside tables and columns.
var keywords = []string{"SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "DESC", "ARRAY JOIN", "count()", "uniq(", "sum(", "avg(", "quantile(0.5)(",
	"toStartOfHour(", "toStartOfMinute(", "toDate(", "has(", "arrayJoin(", "arrayFilter(", "countIf(", "uniqIf(", "round("}

func words4SQL(tables []table) []string {
	all := slices.Clone(keywords)
	for _, t := range tables {
		all = append(all, t.Name)
		for _, c := range t.Columns {
			if !slices.Contains(all, c.Name) {
				all = append(all, c.Name)
			}
		}
	}
	return all
}

// chartOf draws a table: a line over time where the first column is a time, bars where
// it is a word.
func chartOf(t *query.Table) (_ template.HTML, why string) {
	numbers := []int{}
	for c := 1; c < len(t.Columns); c++ {
		if isNumber(t, c) {
			numbers = append(numbers, c)
		}
	}
	if len(t.Rows) < 2 || len(numbers) == 0 {
		return "", "A chart needs at least two rows and a column of numbers after the first column."
	}
	if strings.HasPrefix(t.Types[0], "Date") {
		return timeChart(t, numbers[:min(4, len(numbers))])
	}
	return barChart(t, numbers[0]), ""
}

func number(x any) float64 {
	v := reflect.ValueOf(x)
	switch {
	case !v.IsValid():
		return 0
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.CanFloat():
		return v.Float()
	}
	return 0
}

func timeChart(t *query.Table, numbers []int) (template.HTML, string) {
	p := plot{width: 1100, label: "The numbers of the table over time"}
	f := panel{height: 260, title: strings.Join(t.Columns[1:], ", ")}
	if len(numbers) == 1 {
		f.title = t.Columns[numbers[0]]
	}
	type dated struct {
		at  time.Time
		row []any
	}
	var rows []dated
	for _, r := range t.Rows {
		s, _ := r[0].(string)
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return "", "The first column has values that are no times."
		}
		if !slices.ContainsFunc(rows, func(d dated) bool { return d.at.Equal(at) }) {
			rows = append(rows, dated{at, r})
		} else {
			return "", "A time stands in more than one row: a line needs one row a time."
		}
	}
	slices.SortFunc(rows, func(a, b dated) int { return a.at.Compare(b.at) })
	p.from, p.to = rows[0].at, rows[len(rows)-1].at
	f.lo, f.hi = 0, 1e-9
	for k, c := range numbers {
		line := curve{class: fmt.Sprintf("hue-%d dash-%d", []int{0, 1, 2, 6}[k%4], k), name: t.Columns[c]}
		for _, r := range rows {
			y := number(r.row[c])
			f.lo, f.hi = math.Min(f.lo, y), math.Max(f.hi, y)
			line.points = append(line.points, point{at: r.at, y: y})
		}
		f.lines = append(f.lines, line)
	}
	f.hi += (f.hi - f.lo) * .05
	p.panels = []panel{f}
	return p.svg(), ""
}

// barsShown is how many bars a chart has.
const barsShown = 30

func barChart(t *query.Table, column int) template.HTML {
	rows := t.Rows[:min(barsShown, len(t.Rows))]
	most := 1e-9
	for _, r := range rows {
		most = math.Max(most, math.Abs(number(r[column])))
	}
	var b strings.Builder
	const line, names, width = 26.0, 240.0, 1100.0
	fmt.Fprintf(&b, `<svg class="drawn" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-label="%s by %s">`,
		num(width), num(line*float64(len(rows))), num(width), num(line*float64(len(rows))), template.HTMLEscapeString(t.Columns[column]), template.HTMLEscapeString(t.Columns[0]))
	for i, r := range rows {
		y, x := line*float64(i), number(r[column])
		name := []rune(fmt.Sprint(r[0]))
		if len(name) > 34 {
			name = append(name[:33], '…')
		}
		length := (width - names - 120) * math.Abs(x) / most
		fmt.Fprintf(&b, `<text x="%s" y="%s" text-anchor="end">%s</text><rect class="bar-of" x="%s" y="%s" width="%s" height="16"/><text class="value" x="%s" y="%s">%s</text>`,
			num(names-8), num(y+17), template.HTMLEscapeString(string(name)), num(names), num(y+5), num(math.Max(1, length)), num(names+length+8), num(y+17), template.HTMLEscapeString(fmt.Sprint(r[column])))
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // escaped above
}

// handleDownload streams the whole answer as CSV or JSON lines.
func (s *Server) handleDownload(w http.ResponseWriter, r *http.Request) {
	sql := strings.TrimSpace(r.URL.Query().Get("sql"))
	kind := r.PathValue("kind")
	if sql == "" || len(sql) > maxSQL || kind != "csv" && kind != "json" {
		s.showError(w, http.StatusBadRequest, "A download needs a query, as /explore/csv?sql=… or /explore/json?sql=…")
		return
	}
	out := bufio.NewWriterSize(w, 64<<10)
	var write func([]any) error
	sent, c := false, csv.NewWriter(out)
	err := s.db.Each(r.Context(), sql, func(columns, _ []string) error {
		sent = true
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Disposition", `attachment; filename="outcry.`+map[string]string{"csv": "csv", "json": "ndjson"}[kind]+`"`)
		if kind == "csv" {
			w.Header().Set("Content-Type", "text/csv; charset=utf-8")
			write = func(row []any) error {
				cells := make([]string, len(row))
				for i, x := range row {
					cells[i] = csvCell(x)
				}
				return c.Write(cells)
			}
			return c.Write(columns)
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		write = func(row []any) error {
			o := make(map[string]any, len(row))
			for i, x := range row {
				o[columns[i]] = x
			}
			return json.NewEncoder(out).Encode(o)
		}
		return nil
	}, func(row []any) error { return write(row) })
	switch {
	case err != nil && !sent:
		s.showError(w, http.StatusBadRequest, "The query was refused: "+err.Error())
	case err != nil:
		panic(http.ErrAbortHandler) // a download that is cut must not look whole
	default:
		c.Flush()
		_ = out.Flush()
	}
}

// csvCell writes a value so that no spreadsheet takes it for a formula.
func csvCell(x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case string:
		if x != "" && strings.ContainsRune("=+-@\t\r", rune(x[0])) {
			return "'" + x
		}
		return x
	case []any, map[string]any:
		b, _ := json.Marshal(x)
		return string(b)
	}
	return fmt.Sprint(x)
}

// handleSave keeps a question, or takes one away.
func (s *Server) handleSave(w http.ResponseWriter, r *http.Request) {
	f := s.form(w, r)
	if f == nil {
		return
	}
	q := query.Question{ID: f.Get("remove"), Title: strings.TrimSpace(f.Get("title")), SQL: strings.TrimSpace(f.Get("sql"))}
	removed := q.ID != ""
	if !removed && (q.Title == "" || q.SQL == "" || len(q.SQL) > maxSQL || len(q.Title) > maxParam) {
		s.showExplore(w, r, http.StatusUnprocessableEntity, &exploreView{SQL: q.SQL, Problem: "A question is kept with a title, of at most 200 bytes, and a query."})
		return
	}
	if !removed {
		q.ID = "q" + strings.ToLower(rand.Text()[:9])
	}
	err := s.o.Writer.Exec(r.Context(), "INSERT INTO "+schema.Questions+" (id, title, sql, removed, version) VALUES (?, ?, ?, ?, ?)",
		q.ID, q.Title, q.SQL, removed, uint64(s.o.Now().UnixMicro()))
	if err != nil {
		s.unanswered(w, "saving a question", err)
		return
	}
	http.Redirect(w, r, (&exploreView{}).Ask(q.SQL), http.StatusSeeOther)
}

// handleSchema describes the tables.
func (s *Server) handleSchema(w http.ResponseWriter, r *http.Request) {
	tables, err := s.tables(r.Context())
	if err != nil {
		s.unanswered(w, "tables", err)
		return
	}
	s.show(w, r, http.StatusOK, "schema", page{Title: "Tables", Path: "/explore", View: struct{ Tables []table }{tables}})
}

package dashboards_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/outcry/outcry/dashboards/query"
)

// Every page, in all windows: it fits, its text stands out, the accessibility checks
// find nothing serious, and the browser logs no mistake.
func TestEveryPageForEyes(t *testing.T) {
	t.Parallel()
	s := outage(t)
	paths := []string{
		"/", "/incidents", "/incidents/" + failing, "/incidents/" + failing + "?blamed=aws", "/incidents/" + failing + "/report", "/statements", "/explore?sql=" + url.QueryEscape(query.Examples()[0].SQL),
		"/explore?as=chart&sql=" + url.QueryEscape(query.Examples()[1].SQL), "/explore/schema", "/vendors", "/vendors/netflix", "/alerts", "/pipeline",
	}
	for _, w := range windows {
		b := browse(t, w)
		for _, path := range paths {
			b.run(chromedp.Navigate(s.url + path))
			b.until("document.querySelector('h1') !== null")
			if n := eval[int](b, wide); n > 0 {
				t.Errorf("%s at %s: the page is %d px wider than its window", path, w, n)
			}
			for _, bad := range eval[[]string](b, contrasts) {
				t.Errorf("%s at %s: too little contrast: %s", path, w, bad)
			}
			for _, bad := range axe(t, b) {
				t.Errorf("%s at %s: %s", path, w, bad)
			}
			b.shoot("page " + strings.NewReplacer("/", "_", "?", "_", "%", "").Replace(path)[:min(30, len(path))] + "-" + w.String())
		}
		b.close()
	}
}

// A person reads an incident: from Now to the incident, to whom is blamed, to the posts.
func TestIncidentInBrowser(t *testing.T) {
	t.Parallel()
	s := outage(t)
	b := browse(t, windows[0])
	b.run(chromedp.Navigate(s.url))
	b.until("document.querySelector('#vendors .state a') !== null")
	b.run(chromedp.Click("#vendors .state a"))
	b.until("location.pathname.startsWith('/incidents/') && document.querySelector('.ledger') !== null")
	for what, expression := range map[string]string{
		"the headline":       "document.querySelector('h1').textContent.includes('Netflix has been failing')",
		"supplier and rival": "document.querySelector('.pair.both .flag').textContent === 'supplier and rival'",
		"the statement":      "document.querySelectorAll('.card').length === 2 && document.querySelector('.card blockquote').textContent.includes('<b>Engineers</b>')",
		"the marks":          "document.querySelectorAll('.figure.wide .mark-statement').length === 2 && document.querySelectorAll('.figure.wide .mark-official').length === 1",
		"the past":           "document.querySelector('.past a').href.includes('netflix-20260225T2000')",
	} {
		if !eval[bool](b, expression) {
			t.Errorf("the page of the incident lacks %s", what)
		}
	}
	b.until("document.querySelector('.drawn .zone').textContent.startsWith('P')") // the reader's zone, by the script
	b.run(chromedp.Click(".ledger a"))
	b.until("location.search.includes('blamed=') && document.querySelectorAll('#posts > li').length > 0")
	if !eval[bool](b, "[...document.querySelectorAll('#posts > li')].every((li) => li.querySelector('.role-blamed'))") {
		t.Error("among the posts of those who blame somebody are some that blame nobody")
	}
	// A span drawn over the time line chooses the posts of that time.
	box := eval[[]float64](b, "(() => { scrollTo(0, 0); const r = document.querySelector('.figure.wide svg').getBoundingClientRect(); return [r.left, r.top, r.width, r.height] })()")
	y := box[1] + box[3]*.4
	b.run(chromedp.MouseEvent("mousePressed", box[0]+box[2]*.5, y, chromedp.ButtonLeft), chromedp.MouseEvent("mouseMoved", box[0]+box[2]*.7, y, chromedp.ButtonLeft),
		chromedp.MouseEvent("mouseReleased", box[0]+box[2]*.7, y, chromedp.ButtonLeft))
	b.until("location.search.includes('from=') && location.search.includes('to=')")
	b.run(chromedp.Navigate(s.url + "/incidents/" + failing))
	b.run(chromedp.Click("[data-print]"))
	b.until("location.pathname.endsWith('/report') && document.querySelector('h1').textContent.includes('Netflix')")
}

// A person adds a statement, first with a mistake.
func TestStatementInBrowser(t *testing.T) {
	t.Parallel()
	s := outage(t)
	b := browse(t, windows[0])
	b.run(chromedp.Navigate(s.url + "/statements?vendor=netflix&at=2026-03-02T19:30Z"))
	b.until("document.querySelector('#s-vendor').value === 'netflix' && document.querySelector('#s-at').value === '2026-03-02T19:30'")
	b.run(chromedp.SetValue("#s-kind", "humour"), chromedp.SendKeys("#s-text", "Go and talk to your family. We hear that they are nice."), chromedp.SetValue("#s-url", "https://example.org/joke"))
	b.run(chromedp.Click(".entry button"))
	b.until("document.querySelector('.added') !== null")
	if got := eval[string](b, "document.querySelector('.added').textContent"); !strings.Contains(got, "humour") || !strings.Contains(got, "talk to your family") || !strings.Contains(got, "About Netflix") {
		t.Errorf("the new statement shows as %q", got)
	}
}

// What a page elsewhere sends is refused, and so is nonsense.
func TestFormsAreGuarded(t *testing.T) {
	t.Parallel()
	s := outage(t)
	for name, c := range map[string]struct {
		path   string
		form   url.Values
		header string
		want   int
	}{
		"no token":    {"/statements", url.Values{"vendor": {"netflix"}}, "", http.StatusForbidden},
		"elsewhere":   {"/statements", url.Values{"vendor": {"netflix"}}, "cross-site", http.StatusForbidden},
		"wrong token": {"/alerts", url.Values{"do": {"silence"}, "token": {"x"}}, "", http.StatusForbidden},
		"too long":    {"/explore/questions", url.Values{"sql": {strings.Repeat("x", 1<<17)}}, "", http.StatusBadRequest},
	} {
		req, err := http.NewRequest(http.MethodPost, s.url+c.path, strings.NewReader(c.form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if c.header != "" {
			req.Header.Set("Sec-Fetch-Site", c.header)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s: status %d, want %d", name, resp.StatusCode, c.want)
		}
	}
}

// An analyst asks, takes a completion, looks at a chart and keeps the question.
func TestExploreInBrowser(t *testing.T) {
	t.Parallel()
	s := outage(t)
	b := browse(t, windows[0])
	b.run(chromedp.Navigate(s.url + "/explore"))
	b.run(chromedp.SendKeys("#sql", "SELECT vendor, sum(reports) AS r FROM v_vendor_min"))
	b.until("!document.querySelector('#offers').hidden")
	b.run(chromedp.SendKeys("#sql", "\t GROUP BY vendor ORDER BY r DESC"))
	if got := eval[string](b, "document.querySelector('#sql').value"); got != "SELECT vendor, sum(reports) AS r FROM v_vendor_minutes GROUP BY vendor ORDER BY r DESC" {
		t.Fatalf("with the completion the query is %q", got)
	}
	b.run(chromedp.Click(".ask button"))
	b.until("document.querySelector('.answer td')?.textContent === 'netflix'")
	b.run(chromedp.Click(`[aria-label="Form"] a:nth-child(2)`))
	b.until("document.querySelectorAll('.bar-of').length > 2")
	b.run(chromedp.SendKeys("#title", "Who fails most?"), chromedp.Click(".save button"))
	b.until("[...document.querySelectorAll('.questions a')].some((a) => a.textContent === 'Who fails most?')")
	b.run(chromedp.Click(".questions form button"))
	b.until("![...document.querySelectorAll('.questions a')].some((a) => a.textContent === 'Who fails most?')")
}

// Questions that a reader may not ask are refused, and change nothing.
func TestExploreOnlyReads(t *testing.T) {
	t.Parallel()
	s := outage(t)
	for _, sql := range []string{
		"INSERT INTO statements (id) VALUES ('x')", "DROP TABLE posts", "SELECT * FROM file('/etc/passwd', 'LineAsString', 'l String')", "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'l String')",
		"SELECT * FROM system.users", "SELECT 1 SETTINGS max_execution_time = 600", "SELECT nonsense", "SELECT count() FROM numbers(100000000000) WHERE cityHash64(number) = 1",
	} {
		resp, body := get(t, s.url+"/explore?sql="+url.QueryEscape(sql))
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, "ClickHouse ") {
			t.Errorf("%s: status %d, want 400 with what the server says", sql, resp.StatusCode)
		}
	}
	if resp, _ := get(t, s.url+"/readyz"); resp.StatusCode != http.StatusOK {
		t.Errorf("after that the server is not ready: %d", resp.StatusCode)
	}
}

// The example questions run, and those about posts give rows.
func TestExamples(t *testing.T) {
	t.Parallel()
	s := outage(t)
	all := query.Examples()
	if len(all) != 20 {
		t.Errorf("there are %d examples, want 20", len(all))
	}
	db := query.New(s.writer, nil)
	// The story names no device in its texts, one vendor a report, and no unknown service.
	empty := map[string]bool{"07-devices": true, "15-silences": true, "19-together": true, "20-unknown": true}
	for _, q := range all {
		answer, err := db.Run(t.Context(), q.SQL, 1000)
		if err != nil {
			t.Errorf("%s: %v", q.ID, err)
			continue
		}
		if len(answer.Rows) == 0 && !empty[q.ID] {
			t.Errorf("%s %q gives no row", q.ID, q.Title)
		}
		resp, body := get(t, s.url+"/explore/csv?sql="+url.QueryEscape(q.SQL))
		if lines := strings.Count(body, "\n"); resp.StatusCode != http.StatusOK || lines < len(answer.Rows)+1 {
			t.Errorf("%s as CSV: status %d, %d lines for %d rows", q.ID, resp.StatusCode, lines, len(answer.Rows))
		}
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	s := outage(t)
	for path, want := range map[string][]string{
		"/report":    {"Netflix has been failing", "Whom people blame", "supplier and rival", "Method and limits", "&lt;b&gt;Engineers"},
		"/report.md": {"# Netflix, ", "| Amazon", "\\<b\\>Engineers", "## What goes round"},
	} {
		_, body := get(t, s.url+"/incidents/"+failing+path)
		for _, w := range want {
			if path == "/report.md" && w == "| Amazon" {
				w = "| AWS | supplier and rival |"
			}
			if !strings.Contains(body, w) {
				t.Errorf("%s lacks %q", path, w)
			}
		}
	}
	if resp, _ := get(t, s.url+"/incidents/nothing/report"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the report of an unknown incident has status %d", resp.StatusCode)
	}
}

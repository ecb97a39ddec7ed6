package dashboards_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/outcry/outcry/dashboards"
)

// document is the OpenAPI document as the server gives it.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string
		Parameters  []struct {
			Name, In string
			Required bool
		}
		Responses map[string]struct {
			Content map[string]struct{ Schema any }
		}
	}
	raw any
}

func openDocument(t *testing.T, s stand) *document {
	t.Helper()
	_, body := get(t, s.url+"/api/v1/openapi.json")
	var d document
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		t.Fatal(err)
	}
	raw, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	d.raw = raw
	return &d
}

// check validates a body against what the document says of an answer.
func (d *document) check(t *testing.T, path, method string, status int, kind, body string) {
	t.Helper()
	op, ok := d.Paths[path][method]
	if !ok {
		t.Errorf("the document has no %s %s", method, path)
		return
	}
	if _, ok := op.Responses[fmt.Sprint(status)].Content[kind]; !ok {
		t.Errorf("%s %s answers %d with %s, which the document does not tell: %.200s", method, path, status, kind, body)
		return
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://outcry.invalid/openapi.json", d.raw); err != nil {
		t.Fatal(err)
	}
	pointer := "/paths/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(path) + "/" + method + "/responses/" + fmt.Sprint(status) + "/content/" + strings.ReplaceAll(kind, "/", "~1") + "/schema"
	schema, err := c.Compile("https://outcry.invalid/openapi.json#" + (&url.URL{Path: pointer}).EscapedPath())
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s %s: the answer is not what the document says: %v", method, path, err)
	}
}

// Every address of the document answers as it says, with good and with bad parameters.
func TestAPIIsAsDocumented(t *testing.T) {
	t.Parallel()
	s := outage(t)
	d := openDocument(t, s)
	var post struct{ Items []struct{ Key string } }
	_, body := get(t, s.url+"/api/v1/posts?limit=1")
	if err := json.Unmarshal([]byte(body), &post); err != nil || len(post.Items) != 1 {
		t.Fatalf("one post: %v in %s", err, body)
	}
	asked := map[string]bool{}
	for _, c := range []struct {
		path, url string
		want      int
	}{
		{"/api/v1/now", "/api/v1/now", 200}, {"/api/v1/now", "/api/v1/now?span=7h", 400},
		{"/api/v1/incidents", "/api/v1/incidents", 200}, {"/api/v1/incidents", "/api/v1/incidents?vendor=netflix&state=confirmed", 200}, {"/api/v1/incidents", "/api/v1/incidents?limit=0", 400}, {"/api/v1/incidents", "/api/v1/incidents?cursor=x", 400},
		{"/api/v1/incidents/{id}", "/api/v1/incidents/" + failing, 200}, {"/api/v1/incidents/{id}", "/api/v1/incidents/nothing", 404}, {"/api/v1/incidents/{id}", "/api/v1/incidents/x?at=soon", 400},
		{"/api/v1/posts", "/api/v1/posts?vendor=netflix&outage=report", 200}, {"/api/v1/posts", "/api/v1/posts?from=yesterday", 400}, {"/api/v1/posts", "/api/v1/posts?cursor=" + strings.Repeat("a", 40), 400},
		{"/api/v1/posts/{key}/why", "/api/v1/posts/" + post.Items[0].Key + "/why", 404}, // this server explains nothing
		{"/api/v1/statements", "/api/v1/statements?vendor=netflix", 200}, {"/api/v1/statements", "/api/v1/statements?limit=many", 400},
		{"/api/v1/alerts", "/api/v1/alerts", 200},
		{"/api/v1/vendors", "/api/v1/vendors", 200}, {"/api/v1/vendors/{id}", "/api/v1/vendors/netflix", 200}, {"/api/v1/vendors/{id}", "/api/v1/vendors/nobody", 404},
		{"/api/v1/sql", "/api/v1/sql?query=" + url.QueryEscape("SELECT vendor, count() FROM v_mentions GROUP BY vendor"), 200}, {"/api/v1/sql", "/api/v1/sql?query=DROP+TABLE+posts", 400}, {"/api/v1/sql", "/api/v1/sql", 400},
	} {
		resp, body := get(t, s.url+c.url)
		if resp.StatusCode != c.want {
			t.Errorf("%s: status %d, want %d: %.300s", c.url, resp.StatusCode, c.want, body)
			continue
		}
		d.check(t, c.path, "get", resp.StatusCode, resp.Header.Get("Content-Type"), body)
		asked[c.path] = true
	}
	for path, methods := range d.Paths {
		if _, ok := methods["get"]; ok && !asked[path] {
			t.Errorf("nobody asked %s, which the document has", path)
		}
	}
}

func TestAPIAddsStatements(t *testing.T) {
	t.Parallel()
	s := outage(t)
	d := openDocument(t, s)
	for _, c := range []struct {
		kind, body string
		want       int
	}{
		{"application/json", `{"vendor":"netflix","at":"2026-03-02T19:40:00Z","kind":"explain","text":"We know."}`, 201},
		{"application/json", `{"vendor":"nobody","at":"2026-03-02T19:40:00Z","kind":"explain","text":"We know."}`, 422},
		{"application/json", `{"vendor":"netflix"`, 400}, {"application/json", `{"colour":"red"}`, 400},
		{"text/plain", `{}`, 415},
	} {
		resp, err := http.Post(s.url+"/api/v1/statements", c.kind, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != c.want {
			t.Errorf("%s: status %d, want %d: %s", c.body, resp.StatusCode, c.want, b)
			continue
		}
		d.check(t, "/api/v1/statements", "post", resp.StatusCode, resp.Header.Get("Content-Type"), string(b))
	}
	if _, body := get(t, s.url+"/api/v1/statements?vendor=netflix"); !strings.Contains(body, "We know.") {
		t.Errorf("the new statement is not in the list: %s", body)
	}
}

// Cursors walk a list without a gap and without meeting anything twice.
func TestCursors(t *testing.T) {
	t.Parallel()
	s := outage(t)
	for _, path := range []string{"/api/v1/posts?limit=37&from=2026-03-02T18:00Z", "/api/v1/incidents?limit=1", "/api/v1/statements?limit=1"} {
		seen := map[string]bool{}
		cursor := ""
		for range 200 {
			_, body := get(t, s.url+path+"&cursor="+cursor)
			var page struct {
				Items []struct{ Key, ID string }
				Next  string `json:"next_cursor"`
			}
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				t.Fatal(err)
			}
			for _, i := range page.Items {
				if seen[i.Key+i.ID] {
					t.Fatalf("%s: %s%s came twice", path, i.Key, i.ID)
				}
				seen[i.Key+i.ID] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		want := 0
		var n struct{ Rows [][]any }
		sql := map[string]string{"posts": "SELECT count() FROM posts FINAL WHERE created_at >= '2026-03-02 18:00:00'", "incidents": "SELECT count() FROM incidents FINAL", "statements": "SELECT count() FROM statements FINAL"}
		for name, q := range sql {
			if strings.Contains(path, name) {
				_, body := get(t, s.url+"/api/v1/sql?query="+url.QueryEscape(q))
				if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&n); err != nil {
					t.Fatal(err)
				}
				want = int(n.Rows[0][0].(float64))
			}
		}
		if len(seen) != want {
			t.Errorf("%s: %d items by cursor, %d in the table", path, len(seen), want)
		}
	}
}

// Where a token is set the API wants it, and pages do not.
func TestAPIToken(t *testing.T) {
	t.Parallel()
	s := outage(t, func(o *dashboards.Options) { o.Token = "open sesame" })
	for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Basic open sesame": 401, "Bearer open sesame": 200} {
		req, err := http.NewRequest(http.MethodGet, s.url+"/api/v1/incidents", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: status %d, want %d", header, resp.StatusCode, want)
		}
	}
	if resp, _ := get(t, s.url+"/incidents"); resp.StatusCode != http.StatusOK {
		t.Errorf("the page wants a token too: %d", resp.StatusCode)
	}
}

package dashboards_test

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
)

// story is what most tests look at.
func story(now time.Time) []tag.Tag { return querytest.Story(now, 20*time.Hour, 90*time.Minute, 30) }

var tags = regexp.MustCompile(`<[^>]*>`)

// words is what a page says, without its tags.
func words(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, ""))), " ")
}

// answer is the part of /api/v1/now that tests look at.
type answer struct {
	Clock struct {
		Mode string    `json:"mode"`
		Now  time.Time `json:"now"`
	} `json:"clock"`
	Simulated bool `json:"simulated"`
	Headline  [][]struct {
		Text string `json:"text"`
		Href string `json:"href"`
	} `json:"headline"`
	Vendors []struct {
		ID        string   `json:"id"`
		State     string   `json:"state"`
		Reports   float64  `json:"reports_per_minute"`
		Reactions float64  `json:"reactions_per_minute"`
		Factor    *float64 `json:"factor_hour_before"`
		Sentiment *float64 `json:"sentiment"`
		Blaming   uint64   `json:"people_who_blame"`
		Blamed    []struct {
			ID    string  `json:"id"`
			Share float64 `json:"share"`
		} `json:"blamed"`
	} `json:"vendors"`
	Chart struct {
		Vendor string `json:"vendor"`
		Points []struct {
			At      time.Time `json:"at"`
			Reports float64   `json:"reports"`
			Deaf    bool      `json:"deaf"`
		} `json:"points"`
	} `json:"chart"`
	Posts []struct {
		Text    string `json:"text"`
		Outage  string `json:"outage"`
		Vendors []struct {
			ID   string `json:"id"`
			Role string `json:"role"`
		} `json:"vendors"`
	} `json:"posts"`
	Deleted int `json:"deleted_posts"`
	Down    bool
}

func api(t *testing.T, s stand, query string) answer {
	t.Helper()
	resp, body := get(t, s.url+"/api/v1/now"+query)
	var a answer
	if err := json.Unmarshal([]byte(body), &a); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v: %s", resp.StatusCode, err, body)
	}
	return a
}

func TestNowAnswersFromNumbers(t *testing.T) {
	t.Parallel()
	s := open(t, evening, story(evening))
	a := api(t, s, "")
	if a.Clock.Mode != "live" || !a.Clock.Now.Equal(evening) || !a.Simulated {
		t.Errorf("clock is %+v, simulated %t", a.Clock, a.Simulated)
	}
	n := a.Vendors[0]
	if n.ID != "netflix" || n.State != "signal" || n.Reports < 8 || n.Reactions < 8 || n.Factor == nil || *n.Sentiment > -0.3 {
		t.Errorf("the first vendor is %+v", n)
	}
	if n.Blaming < 100 || n.Blamed[0].ID != "aws" || n.Blamed[0].Share < 0.6 || n.Blamed[0].Share > 0.95 {
		t.Errorf("of %d who blame somebody, %+v", n.Blaming, n.Blamed)
	}
	if a.Chart.Vendor != "netflix" || len(a.Chart.Points) != 180 || a.Chart.Points[0].Reports != 0 || a.Chart.Points[0].Deaf {
		t.Errorf("the chart shows %s in %d points", a.Chart.Vendor, len(a.Chart.Points))
	}
	if len(a.Posts) != 50 {
		t.Errorf("%d posts, want 50", len(a.Posts))
	}
	_, page := get(t, s.url)
	first := regexp.MustCompile(`<h1 class="headline">(.*?)</h1>`).FindStringSubmatch(page)
	if want := `^Netflix: \d+ people a minute report trouble, [\d.]+ times the hour before; in the day’s median hour nobody does\.$`; first == nil || !regexp.MustCompile(want).MatchString(words(first[1])) {
		t.Errorf("the headline is %q", first)
	}
	for _, want := range []string{"Simulated posts: no person wrote them.", "who blame somebody,", "blame AWS", `<mark title="speaks for report">`, `<mark class="vendor" title="Netflix, affected">`} {
		if !strings.Contains(page, want) && !strings.Contains(words(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestNumbersOpenTheirPosts follows each link of the headline: every number must
// open the posts behind it.
func TestNumbersOpenTheirPosts(t *testing.T) {
	t.Parallel()
	s := open(t, evening, story(evening))
	links := 0
	for _, sentence := range api(t, s, "").Headline {
		for _, p := range sentence {
			if p.Href == "" {
				continue
			}
			links++
			if !strings.HasSuffix(p.Href, "#posts") {
				t.Errorf("%q leads to %s", p.Text, p.Href)
			}
			if got := api(t, s, strings.TrimSuffix(strings.TrimPrefix(p.Href, "/"), "#posts")); len(got.Posts) == 0 {
				t.Errorf("%q opens no post: %s", p.Text, p.Href)
			}
		}
	}
	if links < 4 {
		t.Errorf("the headline has %d links", links)
	}
}

func TestPostsCanBeNarrowed(t *testing.T) {
	t.Parallel()
	s := open(t, evening, story(evening))
	a := api(t, s, "?vendor=hulu&outage=reaction&span=1h")
	if len(a.Posts) == 0 || a.Chart.Vendor != "hulu" || len(a.Chart.Points) != 60 {
		t.Fatalf("%d posts, chart of %s in %d points", len(a.Posts), a.Chart.Vendor, len(a.Chart.Points))
	}
	for _, p := range a.Posts {
		if p.Outage != "reaction" || !strings.Contains(p.Text, "Hulu") {
			t.Errorf("%+v does not fit", p)
		}
	}
	if a := api(t, s, "?q=GRANDMA"); len(a.Posts) == 0 || !strings.Contains(a.Posts[0].Text, "grandma") {
		t.Errorf("the search for grandma gave %d posts", len(a.Posts))
	}
	_, page := get(t, s.url+"/?q=no+such+words&vendor=netflix")
	for _, want := range []string{"No post fits.", "Drop all filters", "about Netflix"} {
		if !strings.Contains(words(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	_, page = get(t, s.url)
	older := regexp.MustCompile(`class="older" href="([^"]+)"`).FindStringSubmatch(page)
	if older == nil {
		t.Fatal("there is no way to older posts")
	}
	first, second := api(t, s, ""), api(t, s, strings.TrimSuffix(html.UnescapeString(older[1])[1:], "#posts"))
	if len(second.Posts) != 50 || cmp.Equal(first.Posts, second.Posts) {
		t.Error("the older posts are the same, or none")
	}
}

func TestPipelineIsShown(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Minute)
	filtered := tag.Tag{ID: "f", Source: "bluesky", CreatedAt: now.Add(-30 * time.Minute), Filtered: "no_match"}
	heard := tag.Tag{ID: "h", Source: "bluesky", CreatedAt: now.Add(-12 * time.Minute), Filtered: "empty_text"}
	s := open(t, now, []tag.Tag{filtered, heard}, func(o *dashboards.Options) {
		o.Health = func() dashboards.Health {
			return dashboards.Health{
				Checks:  []dashboards.Check{{Name: "kafka", OK: true}, {Name: "clickhouse", Detail: "inserts fail", Since: now.Add(-3 * time.Minute)}},
				Sources: []dashboards.SourceHealth{{Name: "bluesky", OK: true}, {Name: "mastodon", Detail: "401 unauthorized"}},
				Lag:     []dashboards.Lag{{Group: "outcry-nlp", Topic: "outcry.posts", Records: 12_345}, {Group: "outcry-sink", Topic: "outcry.tags", Records: -1}},
			}
		}
	})
	querytest.DeadLetter(t, s.writer, "outcry.posts", "0/7", "bad_json", now.Add(-time.Minute))
	_, page := get(t, s.url)
	got := words(page)
	for _, want := range []string{
		"bluesky: silent for 11 min. Counts may be too low.", "mastodon cannot be read (401 unauthorized): counts are too low.",
		"clickhouse is not well for 3 min: inserts fail", "outcry-nlp is 12,345 records behind: the last minutes are not complete.",
		"about something else 1", "without words 1", "outcry-nlp outcry.posts 12,345", "outcry-sink outcry.tags not known", "bad_json 1",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(got, "Simulated posts") {
		t.Error("the ribbon stands over posts that are real")
	}
}

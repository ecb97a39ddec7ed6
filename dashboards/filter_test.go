package dashboards

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/dashboards/query"
)

func TestFilterRoundTrip(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", "vendor=netflix&outage=report&span=24h", "q=is+down+%26+%22%3Cb%3E", "at=2012-12-24T20%3A30%3A00Z",
		"vendor=a&role=blamed&blamed=b&outage=none&sentiment=neutral&source=x&q=q&from=2012-12-24T20%3A30%3A00Z&to=2012-12-24T20%3A30%3A00.123Z&span=1h&at=2012-12-25T00%3A00%3A00Z&chart=c",
	} {
		values, err := url.ParseQuery(in)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseFilter(values)
		if err != nil || f.String() != in {
			t.Errorf("%s became %s, %v", in, f, err)
		}
	}
}

func TestFilterRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"outage=fire":                   `outage is "fire": it can be report, reaction, news, none`,
		"span=2y":                       `span is "2y": it can be 1h, 6h, 24h`,
		"at=yesterday":                  `at is "yesterday": write a time like 2012-12-24T20:30Z`,
		"from=9999999-01-01":            `from is "9999999-01-01": write a time like 2012-12-24T20:30Z`,
		"at=9000-01-01":                 `at is "9000-01-01": write a time like 2012-12-24T20:30Z`,
		"q=%ff":                         "q is longer than 200 bytes, or not text",
		"from=2020-01-02&to=2020-01-01": "from is not before to",
	} {
		values, _ := url.ParseQuery(in)
		if _, err := parseFilter(values); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
	if _, err := parseFilter(url.Values{"q": {strings.Repeat("x", 201)}}); err == nil {
		t.Error("a long q was taken")
	}
}

func TestFilterLinks(t *testing.T) {
	t.Parallel()
	f := filter{Vendor: "netflix", Text: "a b", Span: "1h"}
	if got, want := f.With("vendor", "", "outage", "news"), "/?outage=news&q=a+b&span=1h"; got != want {
		t.Errorf("link is %s, want %s", got, want)
	}
	if got := (filter{Vendor: "netflix"}).With("vendor", ""); got != "/" {
		t.Errorf("link is %s, want /", got)
	}
	if f.Vendor != "netflix" || !f.Is("vendor", "netflix") || !f.Narrows() || (filter{Span: "1h", At: noon, Chart: "x"}).Narrows() {
		t.Error("a link changed its filter, or narrowing is judged wrongly")
	}
	if d := cmp.Diff([]pair{{"vendor", "netflix"}, {"span", "1h"}}, f.Hidden()); d != "" {
		t.Errorf("hidden fields (-want +got):\n%s", d)
	}
}

func TestFilterWindows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		f    filter
		want query.Window
	}{
		"a day":                {filter{}, query.Last(24*time.Hour, noon)},
		"before a time":        {filter{To: at(-90)}, query.Last(24*time.Hour, at(-90))},
		"since a time":         {filter{From: at(-90)}, query.Window{From: at(-90), To: noon}},
		"between":              {filter{From: at(-90), To: at(-80)}, query.Window{From: at(-90), To: at(-80)}},
		"later than now":       {filter{To: at(90)}, query.Last(24*time.Hour, noon)},
		"between, in a replay": {filter{From: at(80), To: at(90)}, query.Window{From: at(80), To: at(90)}},
	} {
		if got := c.f.posts(noon).Window; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

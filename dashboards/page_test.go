package dashboards_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/outcry/outcry/dashboards"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
)

var windows = []window{{1440, 900, false}, {1440, 900, true}, {390, 844, false}, {390, 844, true}}

const loaded = "document.querySelector('#plot canvas') && document.documentElement.dataset.updates > 0"

// painted counts the points of the chart that are not empty.
const painted = `(() => { const c = document.querySelector('#plot canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
	let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 0) n++; return n })()`

// wide says how far the page is wider than its window.
const wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

func TestPageInBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, evening, story(evening))
	for _, w := range windows {
		t.Run(w.String(), func(t *testing.T) {
			b := browse(t, w)
			b.run(chromedp.Navigate(s.url))
			b.until(loaded)
			for what, expression := range map[string]string{
				"vendors":         `document.querySelectorAll('#vendors tr').length >= 3`,
				"netflix first":   `document.querySelector('#vendors .name').textContent === 'Netflix'`,
				"posts":           `document.querySelectorAll('#posts > li').length === 50`,
				"marks":           `[...document.querySelectorAll('#posts mark')].filter((m) => m.offsetWidth > 0).length > 30`,
				"the ribbon":      `document.querySelector('.ribbon').offsetHeight > 0`,
				"local times":     `document.querySelector('#clock time').textContent === '12:00' && document.querySelector('#clock time').title === '2026-03-02 20:00:00 UTC'`,
				"the table twin":  `document.querySelectorAll('#points tr').length === 180`,
				"the state live":  `document.querySelector('[data-pause]').textContent === 'live'`,
				"one first title": `document.querySelectorAll('h1').length === 1`,
			} {
				if !eval[bool](b, expression) {
					t.Errorf("the page lacks %s: %s", what, expression)
				}
			}
			if n := eval[int](b, painted); n < 2000 {
				t.Errorf("%d points of the chart are drawn", n)
			}
			if n := eval[int](b, wide); n > 0 {
				t.Errorf("the page is %d px wider than its window", n)
			}
			for _, bad := range eval[[]string](b, contrasts) {
				t.Errorf("too little contrast: %s", bad)
			}
			b.shoot("now-" + w.String())
		})
	}
}

func TestUpdatesChangeThePageInPlace(t *testing.T) {
	t.Parallel()
	s := open(t, evening, story(evening))
	b := browse(t, windows[0])
	b.run(chromedp.Navigate(s.url))
	b.until(loaded)
	b.run(chromedp.Evaluate[chromedp.Void](`window.stayed = true; document.querySelector('.twin').open = true; document.querySelector('#vendors .name').focus()`))
	before := eval[float64](b, `Number(document.querySelector('#vendors .big').textContent)`)
	var fresh []tag.Tag
	for i := range 100 {
		fresh = append(fresh, tag.Tag{
			ID: fmt.Sprint("fresh", i), Source: "x", Author: querytest.Pseudonym(500_000 + i), CreatedAt: evening.Add(-time.Duration(i+1) * time.Second),
			Text: "netflix is down, just now", Outage: tag.Report, Sentiment: tag.Negative, Simulated: true,
			Vendors: []tag.Mention{{Vendor: "netflix", Role: tag.Affected, Sentiment: tag.Negative, Score: 1}},
		})
	}
	querytest.Insert(t, s.writer, fresh...)
	b.until(`document.querySelector('#posts .words').textContent.includes('just now')`)
	b.until(fmt.Sprintf(`Number(document.querySelector('#vendors .big').textContent) >= %g`, before+15))
	b.until(`Number(document.querySelector('#points tr:last-child td').textContent) > 40`)
	if !eval[bool](b, `window.stayed && document.querySelector('.twin').open && document.activeElement.textContent === 'Netflix'
		&& document.querySelectorAll('#posts > li').length === 50 && document.querySelector('.headline').textContent.includes('Netflix')`) {
		t.Error("the page was loaded anew, or lost the reader's place")
	}

	// While somebody reads the posts, new ones wait.
	b.run(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"))
	first := `document.querySelector('#posts > li').dataset.key`
	held := eval[string](b, first)
	later := fresh[0]
	later.ID, later.Text, later.CreatedAt = "later", "and another", evening.Add(-10*time.Millisecond)
	querytest.Insert(t, s.writer, later)
	b.until(`document.querySelector('#held').textContent === '1 new post' && !document.querySelector('#held').hidden`)
	if got := eval[string](b, first); got != held {
		t.Error("a post came in over the one that is read")
	}
	b.run(chromedp.Evaluate[chromedp.Void](`document.querySelector('#held').click()`))
	b.until(`document.querySelector('#posts .words').textContent === 'and another'`)

	// Paused, nothing changes; going on, all is caught up with.
	b.run(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-pause]').click()`))
	b.until(`document.querySelector('[data-pause]').getAttribute('aria-pressed') === 'true'`)
	later.ID, later.Text, later.CreatedAt = "last", "the last one", evening.Add(-5*time.Millisecond)
	querytest.Insert(t, s.writer, later)
	b.run(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`), chromedp.KeyEvent("p"))
	b.until(`document.querySelector('#posts .words').textContent === 'the last one'`)
}

func TestFiltersAndKeys(t *testing.T) {
	t.Parallel()
	s := open(t, evening, story(evening))
	b := browse(t, windows[0])
	b.run(chromedp.Navigate(s.url))
	b.until(loaded)
	b.run(chromedp.Evaluate[chromedp.Void](`window.stayed = true`))
	click := func(selector string) {
		b.until(fmt.Sprintf("document.querySelector(%q)", selector))
		b.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).click()", selector)))
	}

	click(`#vendors tr[data-key="hulu"] .name`)
	b.until(`location.search === '?vendor=hulu' && document.querySelector('#chart-title').textContent.startsWith('Hulu')`)
	b.until(`document.querySelector('#vendors tr[data-key="hulu"]').getAttribute('aria-current') === 'true'`)
	b.until(`document.querySelector('.chosen').textContent.includes('about Hulu')`)
	click(`.picks a[href*="span=1h"]`)
	b.until(`location.search.includes('span=1h') && document.querySelectorAll('#points tr').length === 60 && document.querySelector('#plot').dataset.drawn === '60'`)
	click(`#posts-head a[href*="outage=reaction"]`)
	b.until(`[...document.querySelectorAll('#posts .tag:first-child')].every((x) => x.textContent === 'reacts')`)
	b.run(chromedp.NavigateBack())
	b.until(`!location.search.includes('outage') && document.querySelectorAll('#posts .outage-none').length > 0`)

	b.run(chromedp.KeyEvent("/"))
	b.until(`document.activeElement.id === 'q'`)
	// The driver sends the character of a key even where the page has taken the key.
	b.run(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`), chromedp.KeyEvent("popcorn\r"))
	b.until(`location.search.includes('q=popcorn') && document.querySelector('#posts-title').textContent.includes('popcorn')`)
	if !eval[bool](b, `document.querySelector('#posts-foot').textContent.includes('No post fits') && window.stayed`) {
		t.Error("nobody speaks of hulu and popcorn, and the page does not say so")
	}
	click(`#posts-foot a`)
	b.until(`document.querySelectorAll('#posts > li').length === 50`)

	b.run(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`), chromedp.KeyEvent("?"))
	b.until(`document.querySelector('#help').open`)
	b.run(chromedp.KeyEvent("\u001b"))
	b.until(`!document.querySelector('#help').open`)
	b.run(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("k"))
	b.until(`document.activeElement === document.querySelector('#posts > li')`)

	// A span drawn on the chart chooses the posts of that time.
	box := eval[[]float64](b, `(() => { const r = document.querySelector('.u-over').getBoundingClientRect(); document.querySelector('.chart').scrollIntoView(); const q = document.querySelector('.u-over').getBoundingClientRect(); return [q.left, q.top, q.width, q.height, r.left] })()`)
	b.run(chromedp.DragAndDropXY(box[0]+box[2]*0.8, box[1]+50, box[0]+box[2]*0.9, box[1]+50, 5))
	b.until(`/from=.*&to=/.test(location.search) && document.querySelectorAll('#posts > li').length > 0`)
}

func TestHostilePostsInBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, evening, hostile(evening))
	for _, w := range windows[1:3] {
		b := browse(t, w)
		b.run(chromedp.Navigate(s.url))
		b.until(loaded)
		if title := eval[string](b, "document.title"); title == "pwned" {
			t.Error("a post ran a script")
		}
		if n := eval[int](b, wide); n > 0 {
			t.Errorf("%s: the page is %d px wider than its window", w, n)
		}
		if n := eval[float64](b, `Math.max(...[...document.querySelectorAll('#posts > li')].map((x) => x.offsetHeight))`); n > 600 {
			t.Errorf("%s: a post takes %g px", w, n)
		}
		b.shoot("hostile-" + w.String())
	}
}

// TestStatesForEyes draws each state of the page for somebody to look at.
func TestStatesForEyes(t *testing.T) {
	t.Parallel()
	christmas := time.Date(2012, 12, 25, 1, 40, 0, 0, time.UTC)
	calm := querytest.Story(evening, 20*time.Hour, 0, 0)
	late := func(o *dashboards.Options) {
		o.Health = func() dashboards.Health {
			return dashboards.Health{
				Checks:  []dashboards.Check{{Name: "kafka", OK: true}, {Name: "clickhouse", OK: true}, {Name: "tagger", Detail: "restarting", Since: evening.Add(-3 * time.Minute)}},
				Sources: []dashboards.SourceHealth{{Name: "bluesky", OK: true, LastPost: evening.Add(-12 * time.Minute)}, {Name: "x", OK: true, LastPost: evening.Add(-2 * time.Second)}},
				Lag:     []dashboards.Lag{{Group: "outcry-nlp", Topic: "outcry.posts", Records: 12_345}, {Group: "outcry-sink", Topic: "outcry.tags"}},
			}
		}
	}
	for name, c := range map[string]struct {
		s     stand
		query string
		dead  bool
	}{
		"empty":    {s: open(t, evening, nil)},
		"quiet":    {s: open(t, evening, calm)},
		"late":     {s: open(t, evening, calm, late)},
		"replay":   {s: open(t, evening, collected(story(christmas), evening.Add(-time.Minute)))},
		"pinned":   {s: open(t, evening, story(evening)), query: "/?at=2026-03-02T19:20Z&vendor=netflix&outage=report"},
		"no match": {s: open(t, evening, story(evening)), query: "/?q=zeppelin"},
		"error":    {s: stand{url: "http://" + serve(t, dashboards.Options{Reader: away{}})}},
		"missing":  {s: stand{url: "http://" + serve(t, dashboards.Options{Reader: away{}})}, query: "/nowhere", dead: true},
	} {
		for _, w := range windows[:3:3] {
			if w.dark {
				continue
			}
			b := browse(t, w)
			b.missing = c.dead // the browser itself logs that a page is missing
			b.run(chromedp.Navigate(c.s.url + c.query))
			if !c.dead && c.query == "" {
				b.until("document.documentElement.dataset.updates > 0")
			}
			if n := eval[int](b, wide); n > 0 {
				t.Errorf("%s at %s: the page is %d px wider than its window", name, w, n)
			}
			for _, bad := range eval[[]string](b, contrasts) {
				t.Errorf("%s at %s: too little contrast: %s", name, w, bad)
			}
			b.shoot(name + "-" + w.String())
			b.close()
		}
	}
}

package dashboards_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/outcry/outcry/dashboards/query/querytest"
)

func TestPageInBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, evening, querytest.Story(evening, 20*time.Hour, 90*time.Minute, 30))
	for _, w := range []window{{1440, 900, false}, {1440, 900, true}, {390, 844, false}, {390, 844, true}} {
		b := browse(t, w)
		b.run(chromedp.Navigate(s.url))
		b.until("document.querySelector('#plot canvas') && document.documentElement.dataset.updates > 0")
		b.shoot("now-" + w.String())
	}
}

package dashboards_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeSource is the library of accessibility checks, which make axe fetches.
var axeSource = sync.OnceValues(func() (string, error) {
	files, err := filepath.Glob("../bin/axe/*/axe.min.js")
	if err != nil || len(files) == 0 {
		return "", os.ErrNotExist
	}
	b, err := os.ReadFile(files[0])
	return string(b), err
})

// axe lists what the accessibility checks find serious or worse on the page.
func axe(t *testing.T, b *browser) []string {
	t.Helper()
	source, err := axeSource()
	if err != nil {
		t.Fatalf("the page tests need axe-core: run make axe (%v)", err)
	}
	b.run(chromedp.Evaluate[chromedp.Void](source + `; window.axeFound = undefined; axe.run(document, { resultTypes: ["violations"] }).then((r) => {
		window.axeFound = r.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | "));
	}); undefined`))
	b.until("window.axeFound !== undefined")
	return eval[[]string](b, "window.axeFound")
}

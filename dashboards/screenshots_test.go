//go:build screenshots

package dashboards_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestScreenshots takes the pictures of the README from a demo that runs at
// OUTCRY_SCREENSHOTS_OF; make screenshots starts one.
func TestScreenshots(t *testing.T) {
	of := os.Getenv("OUTCRY_SCREENSHOTS_OF")
	if of == "" {
		t.Fatal("OUTCRY_SCREENSHOTS_OF names no page: run make screenshots")
	}
	b := browse(t, window{1440, 1024, false})
	for name, path := range map[string]string{
		"now": "/?at=2012-12-25T03:00:00Z", "incident": "/incidents/netflix-20121224T2049",
	} {
		b.run(chromedp.Navigate(of + path))
		b.until("document.querySelector('h1') !== null && (document.querySelector('canvas') !== null || document.querySelector('.drawn') !== null)")
		quality := int64(82)
		shot := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality}).Data
		if err := os.WriteFile(filepath.Join("../docs/images", name+".webp"), shot, 0o644); err != nil { //nolint:gosec // pictures are for all
			t.Fatal(err)
		}
	}
}

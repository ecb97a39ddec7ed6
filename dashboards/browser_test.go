package dashboards_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is one tab of a headless Chromium, which must be installed.
type browser struct {
	ctx   context.Context
	t     *testing.T
	close func()
	// missing allows for the one mistake that the browser logs where a page is missing.
	missing bool

	mu       sync.Mutex
	mistakes []string
}

// window is how a reader looks at the page.
type window struct {
	width, height int64
	dark          bool
}

func (w window) String() string {
	if w.dark {
		return fmt.Sprintf("%d-dark", w.width)
	}
	return fmt.Sprintf("%d-light", w.width)
}

const browserTimeout = 3 * time.Minute

// chromium finds the browser.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("the page tests need Chromium: install it with apt-get install -y chromium (or make chromium)")
	return ""
}

// browse opens a tab that ends with the test. The test fails if the page writes an
// error to the console or throws.
func browse(t *testing.T, w window) *browser {
	t.Helper()
	dir := t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true),
		chromedp.Env("TZ=America/Los_Angeles", "HOME="+dir), chromedp.WSURLReadTimeout(browserTimeout),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeTab := chromedp.NewContext(ctx)
	ctx, cancel := context.WithTimeout(ctx, browserTimeout)
	b := &browser{ctx: ctx, t: t, close: sync.OnceFunc(func() { cancel(); closeTab(); stop() })}
	t.Cleanup(func() {
		b.close()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, m := range b.mistakes {
			if b.missing && strings.Contains(m, "404") {
				continue
			}
			t.Errorf("the page at %s: %s", w, m)
		}
	})
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	scheme := "light"
	if w.dark {
		scheme = "dark"
	}
	call(b, log.Enable, cdp.Empty{})
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: w.width, Height: w.height, DeviceScaleFactor: 1, Mobile: w.width < 600})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	return b
}

// call runs a command of the protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.t.Fatalf("browser: %v", err)
	}
	return r
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.mistakes = append(b.mistakes, "exception: "+(&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			b.mistakes = append(b.mistakes, fmt.Sprintf("console %s: %v", e.Type, e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.mistakes = append(b.mistakes, fmt.Sprintf("log: %s %s", e.Entry.Text, e.Entry.URL))
		}
	}
}

func (b *browser) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("browser: %v", err)
	}
}

// eval gives what the expression is on the page.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("asking the page for %s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true. A page that is left meanwhile takes the
// question with it: then the next one is asked.
func (b *browser) until(expression string) {
	b.t.Helper()
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		wait := chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(time.Until(end)))
		err = chromedp.Do(b.ctx, wait)
		if err == nil {
			return
		}
		if b.ctx.Err() != nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	html := eval[string](b, "document.body?.innerText.slice(0, 800) || ''")
	b.t.Fatalf("waiting for %s: %v; the page says:\n%s", expression, err, html)
}

// contrasts lists pieces of text that stand out too little from their ground: less
// than 4.5 to 1, or 3 to 1 where the letters are large (WCAG AA).
const contrasts = `(() => {
	const rgb = (s) => { const m = s.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [...m.slice(0, 3), 1] };
	const light = (c) => { const f = c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2] };
	const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const ground = (el) => { const layers = []; for (let e = el; e; e = e.parentElement) layers.push(rgb(getComputedStyle(e).backgroundColor)); return layers.reverse().reduce((b, a) => over(a, b), [255, 255, 255, 1]) };
	const bad = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const el = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim(), style = getComputedStyle(el);
		if (!text || el.closest('svg, .hide, .skip, dialog, script, noscript') || !el.checkVisibility() || el.offsetWidth === 0) continue;
		const g = ground(el), a = light(over(rgb(style.color), g)), b = light(g), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		const large = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.7 && style.fontWeight >= 700;
		if (ratio < (large ? 3 : 4.5)) bad.add(ratio.toFixed(2) + ' ' + el.tagName + '.' + el.className + ' "' + text.slice(0, 30) + '"');
	}
	return [...bad];
})()`

// shoot keeps a picture of the whole page; go test -artifacts -outputdir DIR keeps it after the test.
func (b *browser) shoot(name string) {
	b.t.Helper()
	beyond := true
	png := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond}).Data
	if err := os.WriteFile(filepath.Join(b.t.ArtifactDir(), strings.ReplaceAll(name, " ", "-")+".png"), png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

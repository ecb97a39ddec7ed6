package main

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestDemoCounts runs the demo as fast as it goes: it ends by itself and accounts
// for every post of the story.
func TestDemoCounts(t *testing.T) {
	_, flags := home(t)
	var got account
	out := must(t, "", append([]string{"demo", "--speed", "max", "--exit", "--json"}, flags...)...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if got.Read < 20_000 || got.missing() != 0 || got.Stored < got.Read*3/4 || sum(got.DeadLettered) != 0 {
		t.Errorf("the demo counts %+v", got)
	}
}

// browser gives a tab of a headless Chromium with a profile of its own.
func browser(t *testing.T) context.Context {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1440, 1400),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting chromium: %v; the page tests need it: apt-get install chromium", err)
	}
	return ctx
}

// see gives the value of an expression on the page.
func see[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// TestDemoPage looks at the page of a running demo as a person would.
func TestDemoPage(t *testing.T) {
	_, flags := home(t)
	demo := start(t, append([]string{"demo", "--speed", "max"}, flags...)...)
	demo.says("The page stays at http://")
	page := regexp.MustCompile(`The page stays at (http://\S+)`).FindStringSubmatch(demo.output())[1]
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(page+"/?at=2012-12-25T03:00:00Z&vendor=netflix")); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, func() bool { return see[bool](ctx, t, `document.querySelector("canvas") !== null`) },
		func() string { return "the chart is not drawn" })
	headline := see[string](ctx, t, `document.querySelector("h1").innerText`)
	body := see[string](ctx, t, `document.body.innerText`)
	marks := see[int](ctx, t, `document.querySelectorAll("mark").length`)
	if !strings.Contains(headline, "Netflix") || !strings.Contains(headline, "report trouble") {
		t.Errorf("the headline is %q, want it to say that people report trouble with Netflix", headline)
	}
	for _, want := range []string{"Simulated", "Amazon Web Services", "Behind the numbers"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if marks < 10 {
		t.Errorf("%d words are marked in the posts, want at least 10", marks)
	}
}

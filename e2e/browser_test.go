package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// browser is somebody's own browser: a context of Chromium, which shares cookies and memory with no other one.
type browser struct {
	t     *testing.T
	ctx   context.Context
	known *secrets
}

// newBrowser opens a browser and closes it with the test. What it sees of codes, states and cookies becomes known.
func newBrowser(t *testing.T, known *secrets) *browser {
	t.Helper()
	process, err := chromium.running()
	if err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	ctx, cancel := chromedp.NewContext(process, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a browser: %v", err)
	}
	return &browser{t: t, ctx: ctx, known: known}
}

// tab is one page of the browser. Its methods end the test when they fail.
type tab struct {
	t       *testing.T
	browser *browser
	ctx     context.Context

	mu        sync.Mutex
	callbacks []string // addresses of the callback route, in the order of the requests
	errors    []string // documents that came with an error status: the status, and the address without its query
}

// newTab opens a tab, which shares the cookies of all others.
func (b *browser) newTab() *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	p := &tab{t: b.t, browser: b, ctx: ctx}
	err := chromedp.Listen(ctx, func(event any) {
		switch event := event.(type) {
		case *network.EventRequestWillBeSent:
			p.requested(event.Request.URL)
		case *network.EventResponseReceived:
			if event.Type == network.ResourceTypeDocument {
				p.received(int(event.Response.Status), event.Response.URL)
			}
		}
	})
	if err != nil {
		b.t.Fatalf("opening a tab: %v", err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		b.t.Fatalf("opening a tab: %v", err)
	}
	return p
}

func (p *tab) requested(address string) {
	p.browser.known.addURL(address)
	u, err := url.Parse(address)
	if err != nil || !strings.HasSuffix(u.Path, "/auth/callback") {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.callbacks = append(p.callbacks, address)
}

func (p *tab) received(status int, address string) {
	if status < http.StatusBadRequest {
		return
	}
	place, _, _ := strings.Cut(address, "?")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors = append(p.errors, fmt.Sprintf("%d %s", status, place))
}

// errorsFrom are the error pages that the tab got from addresses with this beginning.
func (p *tab) errorsFrom(origin string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []string
	for _, failure := range p.errors {
		if _, place, _ := strings.Cut(failure, " "); strings.HasPrefix(place, origin) {
			found = append(found, failure)
		}
	}
	return found
}

// lastCallback is the address that the provider sent this tab to most recently.
func (p *tab) lastCallback() string {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.callbacks) == 0 {
		p.t.Fatal("the tab was never sent to the callback")
	}
	return p.callbacks[len(p.callbacks)-1]
}

// run runs one action that must succeed in time.
func run[T any](p *tab, what string, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		p.fail(what, err)
	}
	return result
}

// load runs an action that leads to another page, and returns the status of that page.
func (p *tab) load(what string, action chromedp.Action[chromedp.Void]) int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, action)
	if err == nil && response != nil {
		return int(response.Status)
	}
	p.fail(what, errors.Join(err, errors.New("no page came")))
	return 0
}

// fail says where the tab is, without the query, and what it shows.
func (p *tab) fail(what string, err error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	// Whatever goes wrong here, the first error is the one that counts.
	where, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.origin + location.pathname`))
	body, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText.slice(0, 800) : ''`))
	p.t.Fatalf("%s: %v\nat %s\n%s", what, err, where, body)
}

// open goes to an address and returns the status of the page that it ends on.
func (p *tab) open(address string) int {
	p.t.Helper()
	return p.load("open a page", chromedp.Navigate(address))
}

// follow clicks what leads to another page, and returns the status of that page.
func (p *tab) follow(selector string) int {
	p.t.Helper()
	return p.load("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// backTo presses the back button until the page that had this address. It may come out of the browser's memory, and then
// nothing loads and chromedp finds no elements until the next page: what counts is that the history has moved on.
func (p *tab) backTo(address string) {
	p.t.Helper()
	history := run(p, "read the history", chromedp.NavigationEntries())
	target := history.CurrentIndex - 1
	for target >= 0 && history.Entries[target].URL != address {
		target--
	}
	if target < 0 {
		p.t.Fatalf("the tab was not at %s before", address)
	}
	run(p, "go back", chromedp.Evaluate[chromedp.Void](
		fmt.Sprintf(`setTimeout(() => history.go(%d))`, target-history.CurrentIndex)))

	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for ctx.Err() == nil {
		// Between two pages there is nothing to ask, which is an error and no answer.
		now, err := chromedp.Run(ctx, chromedp.NavigationEntries())
		if err == nil && now.CurrentIndex == target {
			if state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState`)); err == nil && state == "complete" {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.fail("go back", ctx.Err())
}

// await returns when the selector matches something visible.
func (p *tab) await(selector string) {
	p.t.Helper()
	run(p, "wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// shows tells whether the selector matches anything now.
func (p *tab) shows(selector string) bool {
	p.t.Helper()
	return run(p, "look for "+selector, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector(%q) !== null`, selector)))
}

// write types into a field.
func (p *tab) write(selector, text string) {
	p.t.Helper()
	run(p, "write into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// text is what the first match shows.
func (p *tab) text(selector string) string {
	p.t.Helper()
	return strings.TrimSpace(run(p, "read "+selector, chromedp.Text(chromedp.CSS(selector), chromedp.NodeVisible)))
}

// where is the address that the tab shows.
func (p *tab) where() string {
	p.t.Helper()
	return run(p, "read the address", chromedp.Location())
}

// cookies are what the browser would send to an address; their values become known secrets.
func (p *tab) cookies(address string) []*network.Cookie {
	p.t.Helper()
	result, err := chromedp.Call(p.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{address}})
	if err != nil {
		p.fail("read cookies", err)
	}
	for _, cookie := range result.Cookies {
		p.browser.known.add("the cookie "+cookie.Name, cookie.Value)
	}
	return result.Cookies
}

// wantNoSecret fails the test if what the tab holds, or its address, is for nobody to see.
func (p *tab) wantNoSecret() {
	p.t.Helper()
	text := run(p, "read the page", chromedp.Evaluate[string](`location.href + '\n' + document.documentElement.outerHTML`))
	p.browser.known.check(p.t, "the page", text)
}

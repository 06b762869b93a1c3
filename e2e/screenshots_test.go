package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// look is a way in which people see a page.
type look struct {
	device, scheme string
	width, height  int64
}

func (l look) String() string { return l.device + "-" + l.scheme }

var looks = []look{
	{"desktop", "light", 1200, 800},
	{"desktop", "dark", 1200, 800},
	{"phone", "light", 360, 740},
	{"phone", "dark", 360, 740},
}

// worthKeeping are the pictures of docs/img.
var worthKeeping = []string{
	"webapp-home-desktop-light", "webapp-signed-in-phone-light", "webapp-profile-desktop-light", "webapp-profile-phone-dark",
	"webapp-messages-desktop-dark", "webapp-accounts-phone-light", "webapp-error-phone-light", "tenant-login-phone-dark",
}

// Every page of what somebody sees who starts the two programs without a setting: it fits, can be read in light and dark,
// with text of twice the size too, one sees where the focus is, and its console is empty. E2E_SCREENSHOTS names a directory for the pictures.
// E2E_SCREENSHOTS_ALL=true saves all of them, from top to bottom, for whoever changes the pages.
//
// It has the default ports, so it is not parallel.
func TestScreenshots(t *testing.T) {
	needDefaultPorts(t)
	known := newSecrets()
	webapp := startExample(t, "webapp", known, defaultWebapp)
	startExample(t, "api", known, defaultAPI)
	tab := newBrowser(t, known).newTab()
	console := listen(tab)
	if dir := os.Getenv("E2E_SCREENSHOTS"); dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}

	tab.open(webapp.url)
	tab.inEveryLook("webapp-home")
	tab.open(webapp.url + "/profile")
	awaitDevSignIn(tab)
	tab.inEveryLook("tenant-login")
	devSignIn(tab, "ada")
	tab.open(webapp.url + "/profile")
	tab.inEveryLook("webapp-profile")
	tab.open(webapp.url + "/messages")
	tab.inEveryLook("webapp-messages")
	tab.open(webapp.url + "/accounts")
	tab.follow(`[data-testid=connect]`)
	tab.await(`input[name=account]`)
	tab.inEveryLook("tenant-connect")
	tab.follow(`button.go`)
	tab.await(`[data-testid=account]`)
	tab.inEveryLook("webapp-accounts")
	for _, page := range []string{"phone", "recent", "nowhere"} {
		tab.open(webapp.url + "/" + page)
		tab.inEveryLook("webapp-" + page)
	}
	tab.open(webapp.url + "/second-factor")
	tab.inEveryLook("tenant-second-factor")
	tab.follow(`button.go`)
	tab.inEveryLook("webapp-second-factor")
	tab.open(webapp.url)
	tab.inEveryLook("webapp-signed-in")
	tab.open(fmt.Sprintf("http://localhost:%d", defaultTenant))
	tab.inEveryLook("tenant-home")

	tab.open(webapp.url)
	tab.follow(`[data-testid=logout]`)
	const forged = "/auth/callback?code=of-nobody&state=of-nobody"
	if got := tab.open(webapp.url + forged); got != http.StatusBadRequest {
		t.Errorf("a callback that nobody asked for comes with %d", got)
	}
	tab.inEveryLook("webapp-error")
	tab.open(webapp.url + "/profile")
	devSignIn(tab, strings.Repeat("ada-of-the-long-names-", 4)+"@"+strings.Repeat("example-", 4)+".test")
	tab.inEveryLook("webapp-profile-long")
	console.wantEmpty(t, webapp.url+"/nowhere", webapp.url+forged)
}

// inEveryLook checks the page that the tab is at, and takes its pictures.
func (p *tab) inEveryLook(name string) {
	p.t.Helper()
	dir := os.Getenv("E2E_SCREENSHOTS")
	for _, look := range looks {
		p.lookLike(look)
		for _, problem := range run(p, "look at the page", chromedp.Evaluate[[]string](audit)) {
			p.t.Errorf("%s, %s: %s", name, look, problem)
		}
		picture := name + "-" + look.String()
		if dir == "" || !slices.Contains(worthKeeping, picture) && os.Getenv("E2E_SCREENSHOTS_ALL") == "" {
			continue
		}
		if os.Getenv("E2E_SCREENSHOTS_ALL") != "" {
			look.height = max(look.height, run(p, "measure the page", chromedp.Evaluate[int64](`document.documentElement.scrollHeight`)))
			p.lookLike(look)
		}
		run(p, "stop the clock", chromedp.Evaluate[chromedp.Void](stopClock))
		image := run(p, "take a picture", chromedp.CaptureScreenshot())
		if err := os.WriteFile(filepath.Join(dir, picture+".png"), image, 0o644); err != nil {
			p.t.Fatal(err)
		}
		if slices.Contains(worthKeeping, picture) && len(image) > 150_000 {
			p.t.Errorf("%s has %d bytes, which is much for a page of documentation", picture, len(image))
		}
	}
}

func (p *tab) lookLike(look look) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: look.width, Height: look.height, DeviceScaleFactor: 1,
	})
	if err == nil {
		_, err = chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}},
		})
	}
	if err != nil {
		p.fail("change the look of the page", err)
	}
}

// audit returns what is wrong with a page: it stands out over the edge, its headings are not in order, a control has no name,
// or a text has less contrast than WCAG 2.2 asks for at level AA (1.4.3).
const audit = `(() => {
	const problems = [], root = document.documentElement, canvas = new OffscreenCanvas(1, 1).getContext('2d')
	const wide = (what) => {
		if (root.scrollWidth > root.clientWidth) problems.push(what + ': ' + root.scrollWidth + ' pixels wide')
	}
	wide('the page')
	root.style.fontSize = '200%'
	wide('with text of twice the size')
	root.style.fontSize = ''

	let level = 0
	for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
		const next = Number(heading.tagName[1])
		if (next > level + 1) problems.push('the heading ' + heading.innerText + ' skips a level')
		level = next
	}
	if (document.querySelectorAll('h1').length !== 1) problems.push('not one h1')
	for (const control of document.querySelectorAll('a, button')) {
		if (!control.innerText.trim() && !control.ariaLabel) problems.push('a control has no name')
	}
	for (const control of document.querySelectorAll('a, button, input:not([type=hidden])')) {
		control.focus({preventScroll: true, focusVisible: true})
		const outline = getComputedStyle(control)
		if (outline.outlineStyle === 'none' || parseFloat(outline.outlineWidth) < 2) problems.push('one does not see that the focus is on ' + control.outerHTML)
		control.blur()
	}
	for (const field of document.querySelectorAll('input:not([type=hidden])')) {
		if (!field.labels.length) problems.push('a field has no label')
	}

	const rgba = (color) => {
		canvas.clearRect(0, 0, 1, 1)
		canvas.fillStyle = color
		canvas.fillRect(0, 0, 1, 1)
		const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data
		return [r, g, b, a / 255]
	}
	const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1)
	const ground = (element) => {
		const own = rgba(getComputedStyle(element).backgroundColor)
		if (own[3] === 1) return own
		return over(own, element.parentElement ? ground(element.parentElement) : rgba('Canvas'))
	}
	const luminance = (color) => {
		const [r, g, b] = color.map((c) => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
		return .2126 * r + .7152 * g + .0722 * b
	}
	const judge = (text, element, style) => {
		const size = parseFloat(style.fontSize), back = ground(element), color = rgba(style.color)
		for (let at = element; at; at = at.parentElement) color[3] *= getComputedStyle(at).opacity
		const [light, dark] = [luminance(over(color, back)), luminance(back)].sort((a, b) => b - a)
		const contrast = (light + .05) / (dark + .05), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700
		if (contrast < (large ? 3 : 4.5)) problems.push('contrast of ' + contrast.toFixed(2) + ' in ' + text.slice(0, 40))
	}
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
	while (texts.nextNode()) {
		const text = texts.currentNode.data.trim(), element = texts.currentNode.parentElement
		if (text && element.checkVisibility() && !element.ariaHidden) judge(text, element, getComputedStyle(element))
	}
	for (const field of document.querySelectorAll('input[placeholder]')) {
		judge(field.placeholder, field, getComputedStyle(field, '::placeholder'))
	}
	return problems
})()`

// stopClock makes pictures of different days look alike: it is nine o'clock.
const stopClock = `document.querySelectorAll('time').forEach((time) => {
	const away = Math.round((new Date(time.dateTime) - Date.now()) / 6e5) * 6e5
	const [, day, month, year, clock] = new Date(Date.UTC(2026, 10, 21, 9) + away).toUTCString().split(' ')
	time.textContent = Number(day) + ' ' + month + ' ' + year + ', ' + clock.slice(0, 5) + ' UTC'
})`

// consoleErrors are what the pages of a tab complained about.
type consoleErrors struct {
	mu     sync.Mutex
	errors []chromedp.ConsoleMessage
}

func listen(p *tab) *consoleErrors {
	c := &consoleErrors{}
	messages := chromedp.Console(p.ctx)
	go func() { // ends with the tab
		for message, err := range messages {
			if err != nil {
				return
			}
			if message.Type == chromedp.ConsoleError || message.Type == chromedp.ConsoleException {
				c.mu.Lock()
				c.errors = append(c.errors, message)
				c.mu.Unlock()
			}
		}
	}()
	return c
}

// wantEmpty leaves out that these pages come with an error status.
func (c *consoleErrors) wantEmpty(t *testing.T, expected ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, message := range c.errors {
		if !slices.Contains(expected, message.URL) || !strings.HasPrefix(message.Text, "Failed to load resource") {
			t.Errorf("%s: %s", message.URL, message.Text)
		}
	}
}

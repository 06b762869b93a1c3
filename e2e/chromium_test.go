package e2e_test

import (
	"context"
	"os"
	"sync"

	"github.com/chromedp/chromedp"
)

// chromium is the one process in which all tests have their browsers: to start one takes longer than most tests.
var chromium chromiumProcess

// chromiumProcess is headless, and starts when somebody wants it.
type chromiumProcess struct {
	once    sync.Once
	ctx     context.Context
	err     error
	stop    func() error
	profile string
}

func (c *chromiumProcess) running() (context.Context, error) {
	c.once.Do(c.start)
	return c.ctx, c.err
}

func (c *chromiumProcess) start() {
	if c.profile, c.err = os.MkdirTemp("", "gin-auth0-e2e-chromium-"); c.err != nil {
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], // headless, no first run, no network of its own
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.UserDataDir(c.profile),
		chromedp.WindowSize(1100, 800),
	)
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	c.ctx, c.err = ctx, chromedp.Do(ctx)
	c.stop = func() error {
		defer cancel()
		return chromedp.Cancel(ctx)
	}
}

// close ends the process after the last test, and deletes its profile.
func (c *chromiumProcess) close() error {
	if c.profile == "" {
		return nil // nobody wanted it
	}
	defer func() { _ = os.RemoveAll(c.profile) }()
	if c.err != nil {
		return nil // whoever wanted it knows
	}
	return c.stop()
}

// Tenant runs a development tenant until it is interrupted, and prints the settings that a program needs to use it.
//
//	go run github.com/gin-auth0/gin-auth0/auth0test/cmd/tenant@latest -scopes "read:orders write:orders" -user ada
//
// Anybody may be anybody at such a tenant, so it listens on this machine only. The flag -h lists what it knows.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for anything
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run runs the tenant until ctx is done, and returns the status of the program: 2 for flags that make no sense.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, flags := newFlags()
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stdout)
		flags.Usage()
		return 0
	}
	if err == nil {
		err = s.check(flags.Args())
	}
	var tenant *auth0test.Tenant
	if err == nil {
		tenant, err = auth0test.New(s.config())
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s\nThe flag -h lists all flags.\n", inFlags(err))
		return 2
	}
	defer tenant.Close()
	if err := tenant.Listen(s.address); err != nil {
		fmt.Fprintf(stderr, "The flag -addr names an address that cannot be used, choose another port: %s\n", inFlags(err))
		return 1
	}
	s.describe(stdout, tenant)
	<-ctx.Done()
	return 0
}

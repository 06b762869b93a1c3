package redisstore

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/redis/go-redis/v9"
)

// defaultPrefix begins every key of this package, unless the application says
// otherwise.
const defaultPrefix = "a0:"

// connection is the client of the application.
type connection struct {
	client redis.UniversalClient
	// punctual: the client itself stops when the context does.
	punctual bool
	// timeout bounds one call; 0 is no bound of our own.
	timeout time.Duration
}

var errNilClient = errors.New("redisstore: client must not be nil")

func newConnection(client redis.UniversalClient, timeout time.Duration) (connection, error) {
	c := connection{client: client, timeout: timeout}
	missing := client == nil
	switch known := client.(type) {
	case *redis.Client:
		missing = known == nil
		c.punctual = !missing && known.Options().ContextTimeoutEnabled && !asksSentinel(known)
	case *redis.ClusterClient:
		missing = known == nil
		c.punctual = !missing && known.Options().ContextTimeoutEnabled
	case *redis.Ring:
		missing = known == nil
		c.punctual = !missing && known.Options().ContextTimeoutEnabled
	}
	if missing {
		return connection{}, errNilClient
	}
	return c, nil
}

// asksSentinel reports whether the client asks Sentinel for its address. Its calls
// wait for each other while one of them asks, whatever their contexts say.
func asksSentinel(client *redis.Client) bool { return client.Options().Addr == "FailoverClient" }

var errPanic = errors.New("redisstore: the client panicked")

// run is [within] for what has no value.
func run(ctx context.Context, c *connection, do func(context.Context) error) error {
	_, err := within(ctx, c, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) })
	return err
}

// within returns what do returns, or an error as soon as ctx or the timeout of the
// connection ends. do is then left behind, with a context that has ended. Every
// error is a callError.
func within[T any](ctx context.Context, c *connection, do func(context.Context) (T, error)) (T, error) {
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	type answer struct {
		value T
		err   error
	}
	answered := func(ctx context.Context) (a answer) {
		if a.value, a.err = do(ctx); a.err != nil {
			a.err = &callError{a.err}
		}
		return a
	}
	if c.punctual || ctx.Done() == nil {
		a := answered(ctx)
		return a.value, a.err
	}
	answers := make(chan answer, 1)
	go func() {
		// Here nobody else would recover from a hook of the client that panics.
		defer func() {
			if recover() != nil {
				answers <- answer{err: &callError{errPanic}}
			}
		}()
		answers <- answered(ctx)
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, &callError{ctx.Err()}
	}
}

// pipelined sends the commands that queue adds in one round trip. The error is one
// of the connection; what Redis replied, errors included, is in the commands.
func (c *connection) pipelined(ctx context.Context, queue func(redis.Pipeliner)) error {
	pipeline := c.client.Pipeline()
	queue(pipeline)
	_, err := pipeline.Exec(ctx)
	// Not every command knows when the connection failed.
	var reply redis.Error
	if err == nil || errors.As(err, &reply) {
		return nil
	}
	return err
}

// wholeMilliseconds never rounds down: nothing must be forgotten while it is
// valid, and without a ttl a key would stay for ever.
func wholeMilliseconds(ttl time.Duration) time.Duration {
	whole := max(ttl, time.Millisecond).Truncate(time.Millisecond)
	if whole < ttl && whole <= math.MaxInt64-time.Millisecond {
		whole += time.Millisecond
	}
	return whole
}

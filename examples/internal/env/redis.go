package env

import "github.com/redis/go-redis/v9"

// Redis reads a variable that says where the Redis is that several instances share, nil if it is not set.
func (p *Problems) Redis(variable string) *redis.Options {
	address := Text(variable, "")
	if address == "" {
		return nil
	}
	options, err := redis.ParseURL(address)
	if err != nil { // its text may hold the password
		p.Add(variable, "must be of the form redis://[user:password@]host[:port][/database], or rediss:// for TLS")
		return nil
	}
	options.ContextTimeoutEnabled = true // nobody waits longer than a request allows
	return options
}

package env

import (
	"net/netip"
	"net/url"
	"strings"
)

// URL reads the address of a program to which tokens go: https, or http on this machine, where nobody else can read them. A
// slash at its end is dropped.
func (p *Problems) URL(variable, fallback string) string {
	text := Text(variable, fallback)
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(text, "?#") ||
		u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Hostname())) {
		p.Add(variable, "must be an absolute https URL, or an http one on this machine, without user, query and fragment")
		return fallback
	}
	return strings.TrimSuffix(text, "/")
}

// Loopback reports whether a host is this machine and nothing else.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() // 127.0.0.0/8 and ::1
}

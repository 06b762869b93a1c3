package ginauth0

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// wantedToken is what an access token must be good for. It is a wish.
type wantedToken struct {
	audience string
	scopes   []string // in the order in which they are asked for, none twice
	force    bool
}

func (w wantedToken) key() runKey {
	return runKey{audience: w.audience, scopes: strings.Join(w.scopes, " "), force: w.force}
}

// wanted completes what a caller asks for. Without any audience the token is the one of
// the login.
func (s *settings) wanted(o TokenOptions, r *record) (wantedToken, error) {
	w := wantedToken{audience: cmp.Or(o.Audience, s.Audience, r.Audience), force: o.ForceRefresh}
	var scopes []string
	if !o.NoMerge {
		if o.Audience == "" || o.Audience == s.Audience {
			scopes = append(scopes, s.Scopes...)
		}
		scopes = append(scopes, s.AudienceScopes[w.audience]...)
	}
	if err := checkScopes("scope", o.Scopes); err != nil {
		return w, err
	}
	w.scopes = distinct(append(scopes, o.Scopes...))
	return w, nil
}

// fitting returns the tokens of a record that fit, the one with the fewest granted
// scopes first.
func (w wantedToken) fitting(r *record) []recordToken {
	var tokens []recordToken
	for _, t := range r.Tokens {
		if t.fits(w.audience, w.scopes) {
			tokens = append(tokens, t)
		}
	}
	slices.SortStableFunc(tokens, func(a, b recordToken) int { return cmp.Compare(len(a.Granted), len(b.Granted)) })
	return tokens
}

// choose takes the token with the fewest scopes, unless it is about to expire.
func (w wantedToken) choose(r *record, now time.Time) (t recordToken, found bool, err error) {
	tokens := w.fitting(r)
	if r.RefreshToken == "" {
		usable := slices.IndexFunc(tokens, func(t recordToken) bool { return !t.expired(now) })
		if usable < 0 || w.force {
			return recordToken{}, false, ErrNoRefreshToken
		}
		return tokens[usable], true, nil
	}
	if len(tokens) == 0 || tokens[0].due(now) || w.force {
		return recordToken{}, false, nil
	}
	return tokens[0], true, nil
}

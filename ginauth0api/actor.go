package ginauth0api

import (
	"errors"
	"strings"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// ErrMalformedActor says that the claim act of a token cannot be used.
// [Guard.Refuse] answers it as a token with bad claims (401 invalid_claims).
var ErrMalformedActor = errors.New("ginauth0api: malformed actor claim")

// maxActors is how many levels the claim act may have.
const maxActors = 10

// Actor is a party that acts, or has acted, for the subject of a token (RFC 8693
// section 4.1).
type Actor struct {
	// Subject is sub, never blank. It is unique within Issuer.
	Subject string
	// Issuer is iss, empty if the claim does not say.
	Issuer string
	// ClientID is client_id, empty if the claim does not say.
	ClientID string
}

// CurrentActor returns the party that acts for the subject now, nil if the
// subject acts itself. It is the only actor that decisions may be based on. The
// error is [ErrMalformedActor].
func (t *Token) CurrentActor() (*Actor, error) {
	chain, err := t.DelegationChain()
	if err != nil || len(chain) == 0 {
		return nil, err
	}
	return &chain[0], nil
}

// DelegationChain returns all actors, the newest first: the current one, and
// behind it those before, which are there for the record alone (RFC 8693 section
// 4.1). It is empty if the subject acts itself. The error is [ErrMalformedActor].
func (t *Token) DelegationChain() ([]Actor, error) {
	return readActors(t.presented().payload)
}

func readActors(payload []byte) ([]Actor, error) {
	var act strictjson.Value
	s := strictjson.Object(payload)
	for s.Next() {
		if string(s.Name()) == "act" {
			act = s.Value()
		}
	}
	if s.Err() != nil {
		return nil, ErrMalformedActor
	}
	var chain []Actor
	for act.Kind != strictjson.Invalid {
		if len(chain) == maxActors {
			return nil, ErrMalformedActor
		}
		actor, earlier, err := readActor(act)
		if err != nil {
			return nil, err
		}
		chain = append(chain, actor)
		act = earlier
	}
	return chain, nil
}

// readActor reads one level and returns the one inside it. What names the actor
// must be readable: half of a name may be that of somebody else.
func readActor(level strictjson.Value) (actor Actor, earlier strictjson.Value, err error) {
	wellFormed := true
	s := level.Members()
	for s.Next() {
		var field *string
		switch string(s.Name()) {
		case "sub":
			field = &actor.Subject
		case "iss":
			field = &actor.Issuer
		case "client_id":
			field = &actor.ClientID
		case "act":
			earlier = s.Value()
		}
		if field != nil {
			var isText bool
			*field, isText = s.Value().Text()
			wellFormed = wellFormed && isText
		}
	}
	if s.Err() != nil || !wellFormed || strings.TrimSpace(actor.Subject) == "" {
		return Actor{}, strictjson.Value{}, ErrMalformedActor
	}
	return actor, earlier, nil
}

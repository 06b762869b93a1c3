package ginauth0

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/gin-auth0/gin-auth0/internal/strictjson"
)

// SessionDraft is a session before it is stored, for Config.BeforeSave: the
// claims of the user as they will be kept. It is for the duration of the hook
// only and not safe for concurrent use.
type SessionDraft struct {
	claims json.RawMessage
}

// User returns the person as the draft has them now.
func (d *SessionDraft) User() *User { return parseUser(d.claims) }

// Set gives the user a claim of exactly this name, in place of one that is there.
// The value is kept as JSON. Everything in a session counts against
// Session.MaxBytes, so keep it small.
//
// It returns a *[ClaimError], and changes nothing, for a value that JSON cannot
// hold, a name that is empty or no text, and the claims that stay what the tenant
// said: sub, auth_time, acr, amr, org_id, org_name, and those of the protocol such
// as iss, exp and sid.
func (d *SessionDraft) Set(claim string, value any) error {
	if err := checkClaim(claim); err != nil {
		return err
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return &ClaimError{Claim: claim, Reason: "has a value that JSON cannot hold", Err: err}
	}
	edited := withClaim(d.claims, claim, raw)
	// Another marshaler may repeat a member or nest without end, and the session
	// would not be read again.
	if s := strictjson.Object(edited); !readable(&s) {
		return &ClaimError{Claim: claim, Reason: "has a value with a repeated member, or too deep"}
	}
	d.claims = edited
	return nil
}

// Remove takes the claim of exactly this name away; one that is not there is no
// error. It returns a *[ClaimError] for the claims that Set refuses.
func (d *SessionDraft) Remove(claim string) error {
	if err := checkClaim(claim); err != nil {
		return err
	}
	d.claims = withClaim(d.claims, claim, nil)
	return nil
}

func checkClaim(name string) error {
	switch {
	case slices.Contains(guardedClaims, name), slices.Contains(protocolClaims, name):
		return &ClaimError{Claim: name, Reason: "is the tenant's to say"}
	case name == "" || !utf8.ValidString(name):
		return &ClaimError{Claim: name, Reason: "has no name in UTF-8"}
	}
	return nil
}

func readable(s *strictjson.Scanner) bool {
	for s.Next() {
	}
	return s.Err() == nil
}

// beforeSave lets Config.BeforeSave see the user of a record that is about to be
// stored, and takes over what it changed unless it fails. A panic of the hook
// passes up: callers store nothing before this returns.
func (a *Auth) beforeSave(ctx context.Context, r *record) error {
	if a.settings.BeforeSave == nil {
		return nil
	}
	draft := &SessionDraft{claims: r.User}
	if err := a.settings.BeforeSave(ctx, draft); err != nil {
		return fmt.Errorf("ginauth0: BeforeSave: %w", err)
	}
	r.User = draft.claims
	return nil
}

// CallbackEvent says how a login, or the connection or linking of an account, ended, for
// Config.OnCallback: well if Err is nil, and then the session is there for [SessionFrom]
// and [UserFrom] too. The hook is not called where nothing ended: when a login with
// prompt=none comes back because the tenant would have to ask the person, and when
// somebody who is signed in comes back to the address of a login that is over.
type CallbackEvent struct {
	// Kind says what was completed, or failed: "login", "connect" (an account was
	// connected), "link" or "unlink" (an identity of the user). It is empty if the
	// response belongs to nothing that this browser has started.
	Kind string
	// Session is the new session of a login, otherwise the one that it was about, as it
	// is now. It is nil if Err is set.
	Session *Session
	// AppState is what AppState of the options said, empty if Kind is.
	AppState string
	// ConnectedAccount is the account that was connected, nil for every other Kind and if
	// Err is set.
	ConnectedAccount *ConnectedAccount
	// AuthorizationDetails are those that the tenant granted to a login that asked for
	// some (RFC 9396 section 7), a JSON array. Nil: it did not say. They are not kept.
	AuthorizationDetails json.RawMessage
	// Err is why the callback failed, nil if it did not. It branches with errors.Is
	// and errors.As as the errors that [Auth.Fail] gets.
	Err error
}

// onCallback tells the program how a callback ended. It may name another target, or
// have answered.
func (a *Auth) onCallback(c *gin.Context, e *ending, err error) (target string, answered bool) {
	if a.settings.OnCallback == nil || err == nil && e.session == nil || cannotWrite(c) {
		return "", false
	}
	event := CallbackEvent{Session: e.session, AuthorizationDetails: e.granted, ConnectedAccount: e.account, Err: err}
	if e.attempt != nil {
		event.Kind, event.AppState = e.attempt.Kind, string(e.attempt.AppState)
	}
	target = a.settings.OnCallback(c, event)
	return target, cannotWrite(c)
}

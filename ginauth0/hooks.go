package ginauth0

// SessionDraft is a session before it is stored, for Config.BeforeSave.
type SessionDraft struct {
	record *record
}

// User returns the person as the draft has them now.
func (d *SessionDraft) User() *User { return parseUser(d.record.User) }

// CallbackEvent says how a login ended, for Config.OnCallback.
type CallbackEvent struct {
	// Kind says what was completed: "login".
	Kind string
	// Session is the new session, nil if Err is set.
	Session *Session
	// AppState is what LoginOptions.AppState said.
	AppState string
	// Err is why the callback failed, nil if it did not.
	Err error
}

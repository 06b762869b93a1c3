package ginauth0

import (
	"encoding/json"
	"time"
)

// mfaLifetime is how long a sealed mfa_token opens.
const mfaLifetime = 5 * time.Minute

// mfaPurpose is what an mfa_token is sealed for, and under.
const mfaPurpose = "mfa"

// sealedMFA is what stands for an mfa_token outside: only the session that it was
// given to may use it.
type sealedMFA struct {
	RID   string `json:"rid"`
	Token string `json:"mfa_token"`
}

func (a *Auth) sealMFA(r *record, token string) string {
	text, err := json.Marshal(sealedMFA{r.RID, token})
	if err != nil {
		return "" // strings: cannot happen
	}
	now := a.now()
	return a.settings.ring.Box(mfaPurpose).Seal(mfaPurpose, now, now.Add(mfaLifetime), text)
}

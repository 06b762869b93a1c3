package auth0test_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/gin-auth0/gin-auth0/auth0test"
)

func TestWhatGrantsAreGoodForOnceAtOnce(t *testing.T) {
	t.Parallel()
	tenant := exchangeTenant(t, auth0test.Config{AutoApprove: "ada"})
	ada := accountToken(tenant, "auth0|ada", nil)
	client := newBrowser(t, tenant).http
	t.Run("ticket", func(t *testing.T) {
		t.Parallel()
		_, address := connecting(t, tenant, ada, nil)
		onlyOnce(t, func() bool { return brings(t, client, address) })
	})
	t.Run("session transfer token", func(t *testing.T) {
		t.Parallel()
		address := authorizeURL(tenant, url.Values{"session_transfer_token": {transferToken(t, tenant, nil)}})
		onlyOnce(t, func() bool { return brings(t, client, address) })
	})
	t.Run("connect_code", func(t *testing.T) {
		t.Parallel()
		session, address := connecting(t, tenant, ada, nil)
		body := completeBody(t, session, newBrowser(t, tenant).get(address).location(t).Get("connect_code"), nil)
		onlyOnce(t, func() bool {
			header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + ada}}
			return answers(t, tenant.URL()+accountsPath+"/complete", body, header, http.StatusCreated)
		})
	})
}

func TestBackchannelTokensAreGivenOutOnceAtOnce(t *testing.T) {
	t.Parallel()
	clock := newClock()
	tenant := auth0test.Start(t, auth0test.Config{Now: clock.Now, BackchannelInterval: 1})
	id := startedBackchannel(t, tenant, nil)
	if err := tenant.ApproveBackchannelLogin(id); err != nil {
		t.Fatal(err)
	}
	clock.advance(1)
	onlyOnce(t, func() bool {
		return answers(t, tenant.URL()+"/oauth/token", pollForm(id, nil).Encode(), formHeader(), http.StatusOK)
	})
}

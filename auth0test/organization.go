package auth0test

import (
	"slices"
	"strings"
)

const organizationPrefix = "org_"

// organization finds one by id, or by name without case, as names at Auth0 are in lower case.
func (t *Tenant) organization(value string) (Organization, bool) {
	at := slices.IndexFunc(t.cfg.Organizations, func(o Organization) bool {
		return o.ID == value || strings.EqualFold(o.Name, value)
	})
	if at < 0 {
		return Organization{}, false
	}
	return t.cfg.Organizations[at], true
}

// checkOrganization refuses an organization that is not there. A tenant without any takes every one.
func (t *Tenant) checkOrganization(value string) *oauthError {
	if _, known := t.organization(value); value != "" && !known && len(t.cfg.Organizations) > 0 {
		return refuse("invalid_request", "There is no such organization.")
	}
	return nil
}

// organizationClaims answer the parameter organization, an id or a name: tokens carry both. Where none is configured
// they carry the id, and the name too if the login asked by name.
func (t *Tenant) organizationClaims(value string) map[string]any {
	known, ok := t.organization(value)
	switch {
	case value == "":
		return nil
	case ok:
		return map[string]any{"org_id": known.ID, "org_name": known.Name}
	case strings.HasPrefix(value, organizationPrefix):
		return map[string]any{"org_id": value}
	}
	name := strings.ToLower(value)
	return map[string]any{"org_id": organizationPrefix + name, "org_name": name}
}

// checkInvitation refuses an invitation that is not the organization's, or not any more. A tenant without
// organizations takes every one.
func (t *Tenant) checkInvitation(q *authRequest) *oauthError {
	if q.invitation == "" || len(t.cfg.Organizations) == 0 {
		return nil
	}
	o, _ := t.organization(q.organization)
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.store.invited(o, q.invitation)
}

// spendInvitation uses the invitation up, as the login that it was for has come to its end. Of two such logins
// only one does.
func (t *Tenant) spendInvitation(q *authRequest) *oauthError {
	if q.invitation == "" || len(t.cfg.Organizations) == 0 {
		return nil
	}
	o, _ := t.organization(q.organization)
	t.mu.Lock()
	defer t.mu.Unlock()
	if refusal := t.store.invited(o, q.invitation); refusal != nil {
		return refusal
	}
	t.store.invitations[invitation{o.ID, q.invitation}] = true
	return nil
}

// invitation names a ticket, which counts in its organization only.
type invitation struct{ organization, ticket string }

// invited tells whether an invitation is still open. The caller holds Tenant.mu.
func (s *store) invited(o Organization, ticket string) *oauthError {
	if !slices.Contains(o.Invitations, ticket) || s.invitations[invitation{o.ID, ticket}] {
		return refuse("invalid_request", "There is no such invitation to the organization, or it was used before.")
	}
	return nil
}

package ginauth0

// CountDomains returns how many domains of a DomainResolver have a Provider: those
// at which somebody signed in, the others, and those on their way out.
func (a *Auth) CountDomains() (proven, others, dropped int) { return a.tenants.table.Count() }

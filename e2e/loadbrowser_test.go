package e2e_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// visit opens a page, and returns where it ends. It is nil if there is no answer.
func (p *person) visit(method, address string, form url.Values) (where *url.URL, status int, body []byte) {
	request, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		p.tally.fault("%s: %v", p.name, err)
		return nil, 0, nil
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := p.browser.Do(request)
	if err != nil {
		p.tally.fault("%s: no answer: %v", p.name, withoutQuery(err))
		return nil, 0, nil
	}
	defer response.Body.Close()
	p.known.addURL(response.Request.URL.String())
	body, err = io.ReadAll(response.Body)
	if err != nil {
		p.tally.fault("%s: half an answer: %v", p.name, withoutQuery(err))
	}
	for _, cookie := range p.jar.Cookies(response.Request.URL) {
		p.known.add("the cookie "+cookie.Name, cookie.Value)
	}
	return response.Request.URL, response.StatusCode, body
}

// withoutQuery takes the address out of an error of net/http.
func withoutQuery(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// ask sends the request of a script, without following redirects. The status is 0 if there is no answer.
func (p *person) ask(path, accept, mode string) (status int, body []byte) {
	request, err := http.NewRequest(http.MethodGet, publicURL+path, nil)
	if err != nil {
		p.tally.fault("%s: %v", p.name, err)
		return 0, nil
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Sec-Fetch-Mode", mode)
	response, err := p.scripts.Do(request)
	if err != nil {
		p.tally.fault("%s: no answer to %s: %v", p.name, path, withoutQuery(err))
		return 0, nil
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		p.tally.fault("%s: half an answer to %s: %v", p.name, path, withoutQuery(err))
	}
	return response.StatusCode, body
}

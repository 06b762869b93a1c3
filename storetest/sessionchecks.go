package storetest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-contrib/sessions"
	gorilla "github.com/gorilla/sessions"
)

var sessionChecks = []check[sessions.Store]{
	{"a request without a cookie has a new session", checkNew},
	{"a blank id makes a session of its own", checkBlankID},
	{"a long string comes back whole or is refused", checkSizes},
	{"a session that was written again is read as it is now", checkUpdate},
	{"what is not saved is not kept", checkUnsaved},
	{"the cookie has the attributes of the session", checkAttributes},
	{"a deleted session is gone", checkDelete},
	{"deleting what is not there is no error", checkDeleteAgain},
	{"two names do not mix", checkTwoNames},
	{"a forged cookie opens nothing and breaks nothing", checkForged},
	{"many use it at once", checkSessionsAtOnce},
}

func checkNew(t *sessionTrial) error {
	session, err := fresh(t, request(), newName())
	if err == nil && (!session.IsNew || len(session.Values) != 0) {
		err = fmt.Errorf("New returns IsNew = %v and %d values", session.IsNew, len(session.Values))
	}
	return err
}

func checkBlankID(t *sessionTrial) error {
	name := newName()
	first, firstCookies, err := create(t, name, "first")
	if err != nil {
		return err
	}
	second, secondCookies, err := create(t, name, "second")
	if err != nil {
		return err
	}
	if first.ID != "" && first.ID == second.ID {
		return errors.New("two sessions have one id")
	}
	if err := wantText(t, name, "first", firstCookies...); err != nil {
		return fmt.Errorf("first session: %w", err)
	}
	return wantText(t, name, "second", secondCookies...)
}

// mustTake is the size that every store must take, in bytes; of longer strings
// ginauth0 expects that a store may find them too long.
const mustTake = 2000

func checkSizes(t *sessionTrial) error {
	taken := 0
	for _, size := range []int{100, mustTake, 6000, 20_000} {
		name, text := newName(), textOf(size)
		_, cookies, err := create(t, name, text)
		if refused := (*saveError)(nil); size > mustTake && errors.As(err, &refused) {
			t.note("%d bytes are refused: %v", size, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%d bytes: %w", size, err)
		}
		if err := wantText(t, name, text, cookies...); err != nil {
			return fmt.Errorf("%d bytes were saved without an error, but: %w", size, err)
		}
		taken = size
	}
	t.note("sessions of %d bytes are taken", taken)
	return nil
}

func checkUpdate(t *sessionTrial) error {
	name := newName()
	_, cookies, err := create(t, name, "before")
	if err != nil {
		return err
	}
	old := request(cookies...) // read before, and again after the update
	session, err := fresh(t, old, name)
	if err != nil {
		return err
	}
	if session.IsNew {
		return errors.New("the session is not there")
	}
	id := session.ID
	after, err := save(t, session, "after", options(), cookies...)
	if err != nil {
		return err
	}
	if len(after) == 0 {
		after = cookies // the store sets its cookie once
	}
	if err := wantText(t, name, "after", after...); err != nil {
		return err
	}
	if id == "" {
		t.note("the store has no ids: it keeps sessions in cookies, and a copied cookie stays what it is")
		return nil
	}
	again, err := fresh(t, old, name)
	if err != nil {
		return err
	}
	if again.ID == id && again.Values[recordKey] != "after" {
		return errors.New("a second New of one request does not see what was written meanwhile")
	}
	return nil
}

func checkUnsaved(t *sessionTrial) error {
	name := newName()
	_, cookies, err := create(t, name, "saved")
	if err != nil {
		return err
	}
	session, err := fresh(t, request(cookies...), name)
	if err != nil {
		return err
	}
	session.Values[recordKey] = "changed, but not saved"
	return wantText(t, name, "saved", cookies...)
}

func checkAttributes(t *sessionTrial) error {
	for _, o := range []gorilla.Options{
		{Path: "/app", Domain: "app.example", MaxAge: 3600, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode},
		{Path: "/", MaxAge: 60, SameSite: http.SameSiteLaxMode},
	} {
		name := newName()
		session, err := fresh(t, request(), name)
		if err != nil {
			return err
		}
		given := o
		cookies, err := save(t, session, "text", &given)
		if err != nil {
			return err
		}
		for _, c := range cookies {
			got := gorilla.Options{Path: c.Path, Domain: c.Domain, MaxAge: c.MaxAge, Secure: c.Secure, HttpOnly: c.HttpOnly, SameSite: c.SameSite}
			if c.Name == name && got != o {
				return fmt.Errorf("the cookie has %+v, want %+v", got, o)
			}
		}
	}
	return nil
}

func checkDelete(t *sessionTrial) error {
	name := newName()
	session, cookies, err := create(t, name, "text")
	if err != nil {
		return err
	}
	if session.ID == "" {
		t.note("the store has no ids: deleting takes nothing back from whoever copied the cookie")
		return nil
	}
	_, other, err := create(t, name, "other")
	if err != nil {
		return err
	}
	if err := remove(t, name, session.ID, cookies...); err != nil {
		return err
	}
	if err := wantText(t, name, "", cookies...); err != nil {
		return fmt.Errorf("after deleting: %w", err)
	}
	if err := wantText(t, name, "other", other...); err != nil {
		return fmt.Errorf("another session: %w", err)
	}
	return nil
}

func checkDeleteAgain(t *sessionTrial) error {
	name := newName()
	session, cookies, err := create(t, name, "text")
	if err != nil {
		return err
	}
	for range 2 {
		if err := remove(t, name, session.ID, cookies...); err != nil {
			return err
		}
	}
	return nil
}

func checkTwoNames(t *sessionTrial) error {
	one, two := newName(), newName()
	first, cookies, err := create(t, one, "first")
	if err != nil {
		return err
	}
	session, err := fresh(t, request(cookies...), two)
	if err != nil {
		return err
	}
	if !session.IsNew {
		return errors.New("the session of one name is there under another")
	}
	more, err := save(t, session, "second", options(), cookies...)
	if err != nil {
		return err
	}
	both := slices.Concat(cookies, more)
	if err := wantText(t, one, "first", both...); err != nil {
		return fmt.Errorf("first name: %w", err)
	}
	if err := wantText(t, two, "second", both...); err != nil {
		return fmt.Errorf("second name: %w", err)
	}
	if first.ID == "" {
		return nil
	}
	if err := remove(t, one, first.ID, both...); err != nil {
		return err
	}
	if err := wantText(t, two, "second", both...); err != nil {
		return fmt.Errorf("second name, after the session of the first was deleted: %w", err)
	}
	return nil
}

func checkForged(t *sessionTrial) error {
	name := newName()
	_, cookies, err := create(t, name, "text")
	if err != nil {
		return err
	}
	for _, cookie := range cookies {
		if cookie.Name != name || cookie.Value == "" {
			continue
		}
		v := cookie.Value
		forgeries := map[string]string{
			"cut in half": v[:len(v)/2], "written twice": v + v, "a word": "session", "many letters": strings.Repeat("A", 4000),
			"a path": "../../session", "a number": "1", "padding": "====", "a list": "a|b|c",
		}
		for _, at := range []int{0, len(v) / 4, len(v) / 2, len(v) * 3 / 4} {
			forgeries[fmt.Sprintf("another character at %d", at)] = v[:at] + another(v[at]) + v[at+1:]
		}
		for what, value := range forgeries {
			if err := wantText(t, name, "", &http.Cookie{Name: name, Value: value}); err != nil {
				return fmt.Errorf("a cookie that is %s: %w", what, err)
			}
		}
	}
	return wantText(t, name, "text", cookies...)
}

// another returns another character.
func another(c byte) string {
	if c == 'A' {
		return "Q"
	}
	return "A"
}

func checkSessionsAtOnce(t *sessionTrial) error {
	const visitors, rounds = 8, 10
	shared := newName()
	_, cookies, err := create(t, shared, "shared")
	if err != nil {
		return err
	}
	return allOf(visitors, func(i int) error {
		own, text := newName(), fmt.Sprintf("text of visitor %d", i)
		_, mine, err := create(t, own, text)
		if err != nil {
			return err
		}
		for range rounds {
			if err := wantText(t, own, text, mine...); err != nil {
				return fmt.Errorf("a session of its own: %w", err)
			}
			session, err := fresh(t, request(cookies...), shared)
			if err != nil {
				return fmt.Errorf("a session that others write: %w", err)
			}
			if got, _ := session.Values[recordKey].(string); !strings.HasPrefix(got, "shared") {
				return fmt.Errorf("a session that others write holds %.20q", got)
			}
			if _, err := save(t, session, "shared by "+text, options(), cookies...); err != nil {
				return err
			}
		}
		return nil
	})
}

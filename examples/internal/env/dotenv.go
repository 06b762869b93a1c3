package env

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Load reads a file, .env by custom, into the environment; [Parse] says what may stand in it. What the environment has already, an empty value included, stays as it is.
// A file that does not exist is fine; one with a mistake changes nothing.
func Load(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	settings, err := Parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for key, value := range settings {
		if _, set := os.LookupEnv(key); set {
			continue
		}
		if err := os.Setenv(key, value); err != nil {
			return fmt.Errorf("%s: %s cannot be set", path, key)
		}
	}
	return nil
}

// Parse reads the text of such a file.
//
// One setting per line, KEY=value, with an optional "export " in front. Blank lines and lines that start with # are
// left out, and so is what follows a # with a space before it. 'Single quotes' keep everything as it is; "double
// quotes" know \n, \r, \t, \", \$, \` and \\, so that a key in PEM form fits into one line.
//
// An error names the number of every line that is wrong, and shows no value.
func Parse(text string) (map[string]string, error) {
	settings := map[string]string{}
	var problems []error
	number := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, err := parseLine(line)
		if _, twice := settings[key]; err == nil && twice {
			err = fmt.Errorf("%s is there twice", key)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", number, err))
			continue
		}
		settings[key] = value
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	return settings, nil
}

func parseLine(line string) (key, value string, err error) {
	key, rest, found := strings.Cut(line, "=")
	if after, exported := strings.CutPrefix(key, "export "); exported {
		key = after
	}
	key = strings.TrimSpace(key)
	if !found || !isName(key) {
		return "", "", errors.New("is not of the form KEY=value")
	}
	value, err = parseValue(strings.TrimSpace(rest))
	if err == nil && strings.ContainsRune(value, 0) {
		err = errors.New("has a null byte")
	}
	return key, value, err
}

// isName reports whether a text is the name of a variable in every shell.
func isName(text string) bool {
	for i, r := range text {
		letter := r == '_' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return text != ""
}

func parseValue(text string) (string, error) {
	if text == "" || text[0] != '\'' && text[0] != '"' {
		return parsePlain(text), nil
	}
	value, rest, err := parseQuoted(text)
	if err != nil {
		return "", err
	}
	if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
		return "", errors.New("goes on after the closing quote")
	}
	return value, nil
}

// parsePlain ends a value at a comment. A # inside a word is part of it, as in a URL or a password.
func parsePlain(text string) string {
	for i := range len(text) {
		if text[i] == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t') {
			return strings.TrimSpace(text[:i])
		}
	}
	return text
}

// parseQuoted returns what stands between the quotes, and what follows them.
func parseQuoted(text string) (value, rest string, err error) {
	quote, out := text[0], strings.Builder{}
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == quote:
			return out.String(), text[i+1:], nil
		case text[i] != '\\' || quote == '\'':
			out.WriteByte(text[i])
		case i+1 == len(text):
			// A backslash at the end: the closing quote is missing too.
		default:
			i++
			plain := strings.IndexByte("nrt\"$`\\", text[i])
			if plain < 0 {
				return "", "", errors.New(`has an unknown escape in double quotes (use \\ for a backslash)`)
			}
			out.WriteByte("\n\r\t\"$`\\"[plain])
		}
	}
	return "", "", errors.New("lacks the closing quote")
}

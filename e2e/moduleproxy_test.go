package e2e_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	modulepath "golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// published is the version as which the working tree can be had.
const published = "v0.0.1-e2e"

// publish makes a module proxy of the working tree, and returns an environment in which `go` finds this module there, and
// all others where it finds them anyway. What it downloads is in a cache of its own: no program of this machine ever gets the
// version that is published here.
func publish(t *testing.T) []string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	ours := modulepath.Version{Path: modfile.ModulePath(text), Version: published}
	proxy := t.TempDir()
	writeFile(t, filepath.Join(proxy, ours.Path, "@v", "list"), published+"\n")
	writeFile(t, filepath.Join(proxy, ours.Path, "@v", published+".info"), `{"Version":"`+published+`","Time":"2026-01-01T00:00:00Z"}`)
	writeFile(t, filepath.Join(proxy, ours.Path, "@v", published+".mod"), string(text))
	archive, err := os.Create(filepath.Join(proxy, ours.Path, "@v", published+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	if err := zip.Create(archive, ours, moduleFiles(t, root)); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}

	var here struct{ GOMODCACHE, GOPROXY, GOFLAGS, GONOSUMDB string }
	out, err := exec.Command("go", "env", "-json", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GONOSUMDB").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &here); err != nil {
		t.Fatal(err)
	}
	return append(withoutSettings(os.Environ()),
		"GOPROXY=file://"+proxy+",file://"+here.GOMODCACHE+"/cache/download,"+here.GOPROXY,
		"GONOPROXY=none",
		// The checksums of what this module needs are in go.sum, so nobody has to be asked for them.
		"GONOSUMDB="+strings.Join(append(summed(t, filepath.Join(root, "go.sum")), ours.Path, here.GONOSUMDB), ","),
		"GOMODCACHE="+t.TempDir(),
		"GOFLAGS="+here.GOFLAGS+" -modcacherw -trimpath", // can be deleted, and built once wherever it lies
		"GOWORK=off",
	)
}

// withoutSettings takes out of an environment what programs that are made with this module, and Gin, read.
func withoutSettings(env []string) []string {
	return slices.DeleteFunc(env, func(variable string) bool {
		for _, prefix := range []string{"AUTH0_", "APP_", "SESSION_", "GIN_", "PORT="} {
			if strings.HasPrefix(variable, prefix) {
				return true
			}
		}
		return false
	})
}

// summed are the paths of the modules in a go.sum.
func summed(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for line := range strings.Lines(string(text)) {
		path, _, _ := strings.Cut(line, " ")
		paths = append(paths, path)
	}
	return slices.Compact(paths)
}

// moduleFiles are the files below a folder, without those of other modules and those that nobody sees.
func moduleFiles(t *testing.T, root string) []zip.File {
	t.Helper()
	var files []zip.File
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		if entry.IsDir() {
			_, err := os.Stat(filepath.Join(path, "go.mod"))
			if err == nil || strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if entry.Type().IsRegular() && !strings.HasPrefix(entry.Name(), ".") {
			inside, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files = append(files, moduleFile{inside: filepath.ToSlash(inside), path: path})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// moduleFile is a file to publish.
type moduleFile struct {
	inside string // the module
	path   string
}

func (f moduleFile) Path() string                 { return f.inside }
func (f moduleFile) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.path) }
func (f moduleFile) Open() (io.ReadCloser, error) { return os.Open(f.path) }

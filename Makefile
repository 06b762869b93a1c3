# Everything that is pinned, in one place; e2e/package-lock.json pins what npm brings.
GOLANGCI_LINT_VERSION := v2.12.2
APIDIFF_VERSION       := v0.0.0-20261014143641-f0251eb4aa3e

# How long `make fuzz` spends on each target; how often `make race` runs each test with one of these words in its name.
FUZZTIME  ?= 60s
RACECOUNT ?= 50
RACETESTS ?= (?i)(concurren|parallel|atatime|atonce|fifty|behaveasone|share|close|leaves|swapped|overlap|queue|waits?for|doesnotwait|during|asktheTenantonce|tokenonce|goroutine|manypeople|onerefetch)

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

BIN   := $(CURDIR)/.bin
CACHE := $(CURDIR)/.cache
E2E   := cd e2e && GOWORK=off

# Findings remember the folder of their checkout, so two checkouts must not share them.
export GOLANGCI_LINT_CACHE := $(CACHE)/golangci-lint

# The version is part of the name, so that a new pin builds a new program.
GOLANGCI_LINT := $(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION)
APIDIFF       := $(BIN)/apidiff-$(APIDIFF_VERSION)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run-webapp
run-webapp: go ## Serve the example web app on http://localhost:3000
	go run ./examples/webapp

.PHONY: run-api
run-api: go ## Serve the example API on http://localhost:8000
	go run ./examples/api

.PHONY: run-tenant
run-tenant: go ## Serve a development tenant on http://localhost:4000
	go run ./auth0test/cmd/tenant

.PHONY: test
test: check lint unit e2e ## Run every check and test; installs what it lacks

.PHONY: check
check: go $(GOLANGCI_LINT) ## Check formatting and vet, both modules
	$(GOLANGCI_LINT) fmt --diff
	go vet ./...
	$(E2E) go vet ./...

.PHONY: fmt
fmt: go $(GOLANGCI_LINT) ## Format every file with gofumpt
	$(GOLANGCI_LINT) fmt

.PHONY: lint
lint: go $(GOLANGCI_LINT) ## Run golangci-lint with the walls of the design, both modules
	$(GOLANGCI_LINT) run ./...
	$(E2E) $(GOLANGCI_LINT) run ./...

.PHONY: unit
unit: go gcc ## Run the tests of the module with the race detector; no network, no services
	go test -race ./...
	go test -run '^TestAllocations' ./ginauth0 ./ginauth0api ./internal/dpop # not compiled under the race detector, which allocates too

.PHONY: race
race: go gcc ## Run the concurrent tests RACECOUNT times with the race detector
	go test -race -count=$(RACECOUNT) -run '$(RACETESTS)' ./...

.PHONY: fuzz
fuzz: go ## Run every fuzz target for FUZZTIME
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: go ## Run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

# The programs under test are built outside the test cache's view, hence -count=1.
.PHONY: e2e
e2e: go gcc services npm ## Use the examples with a real browser, nginx, Redis and node oidc-provider
	$(E2E) go test -count=1 -parallel 4 -timeout 10m ./...

.PHONY: screenshots
screenshots: go services ## Make the pictures of docs/img again, with a real browser
	$(E2E) E2E_SCREENSHOTS=$(CURDIR)/docs/img go test -count=1 -run '^TestScreenshots$$' .

.PHONY: apidiff
apidiff: go $(APIDIFF) ## Show what changed in the exported API since the last version, or since BASE=<commit>
	@scripts/apidiff.sh $(APIDIFF) $(BASE)

.PHONY: tidy
tidy: go ## Tidy both modules
	go mod tidy
	$(E2E) go mod tidy

.PHONY: ci
ci: ## Do what the build server does
	.ci/run

# What the targets need.

.PHONY: go
go:
	@command -v go >/dev/null || { echo 'Go is missing: install Go 1.25 or later from https://go.dev/dl/' >&2; exit 1; }

.PHONY: gcc
gcc:
	@scripts/need.sh gcc=gcc gcc=libc6-dev

.PHONY: services
services:
	@scripts/need.sh chromium=chromium redis-server=redis-server nginx=nginx curl=curl openssl=openssl

.PHONY: npm
npm: e2e/node_modules/.package-lock.json

e2e/node_modules/.package-lock.json: e2e/package.json e2e/package-lock.json e2e/.npmrc
	@scripts/need.sh npm=npm
	@scripts/quietly.sh 'npm ci' bash -c 'cd e2e && npm ci --ignore-scripts --no-audit --no-fund'
	@touch $@

$(GOLANGCI_LINT): | go
	@GOBIN=$(BIN) scripts/quietly.sh 'go install golangci-lint $(GOLANGCI_LINT_VERSION)' \
		go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	@mv $(BIN)/golangci-lint $@

$(APIDIFF): | go
	@GOBIN=$(BIN) scripts/quietly.sh 'go install apidiff $(APIDIFF_VERSION)' go install golang.org/x/exp/cmd/apidiff@$(APIDIFF_VERSION)
	@mv $(BIN)/apidiff $@

# Everything is brought by the targets themselves: Go modules, the native Pact library, axe-core. See README.md.

GO            ?= go
GOLANGCI_LINT ?= $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ACTIONLINT    ?= $(GO) run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
SHELLCHECK    := $(shell command -v shellcheck 2>/dev/null)
GORELEASER    ?= $(GO) run github.com/goreleaser/goreleaser/v2@v2.14.0
# A snapshot of this commit; the release workflow leaves the flag out.
DIST_FLAGS    ?= --snapshot
# Debian's Chromium without windows takes less than half the time. The script of that name on PATH hands no signals on.
CHROMIUM      ?= $(firstword $(wildcard /usr/lib/chromium/chromium-headless-shell) \
                   $(shell command -v chromium chromium-browser google-chrome google-chrome-stable 2>/dev/null))
FIREFOX       ?= $(firstword $(shell command -v firefox-esr firefox 2>/dev/null))
CC_FOUND      := $(shell command -v $${CC:-cc} 2>/dev/null)
NPM           := $(shell command -v npm 2>/dev/null)
CURL          := $(shell command -v curl 2>/dev/null)
XMLLINT       := $(shell command -v xmllint 2>/dev/null)
OPENAPI_TOOLS := mockserver/mock/testdata/openapi/node_modules
AXE           := mockserver/internal/dashboard/testdata/node_modules/axe-core/axe.min.js
PACT_CLI      := pacts/testdata/cli/node_modules/.bin/pact
# What `make test` could not run is noted here, a line each, and told at the end.
NOT_RUN       := .bin/not-run
FUZZTIME      ?= 30s
PACTS         ?= pacts

# The programs and their tests are compiled in one way, so that the compiler's cache serves all of them. What go test
# would vet, make lint does. Nobody debugs these programs, so that the linker need not write for debuggers.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(GOFLAGS) -trimpath -vet=off -ldflags=-w)

.DEFAULT_GOAL := help
.PHONY: help run build test test-unit unit-raced unit-plain test-readme conformance test-selftest test-fronts \
        test-pact test-browser test-openapi test-npm npm pact-lib pact-build pact-verify pact-update lint \
        mutants fuzz bench bench-peers soak bench-publish bench-parts dist images test-release clean FORCE

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## the mock server, ready to use; ARGS="--name alice" for more
	@echo "Building the mock server, which takes half a minute the first time." >&2
	@$(MAKE) -s .bin/mockserver
	@exec .bin/mockserver $(ARGS)

build: .bin/mockserver .bin/conformance ## static binaries of mockserver and conformance, in .bin

.bin/mockserver .bin/conformance: .bin/%: FORCE
	$(GO) build -o $@$(shell $(GO) env GOEXE) ./$*

# Once, before two need it at the same time; unlike go build, this links nothing.
COMPILE := $(GO) list -export ./... >/dev/null

# What runs together, two at a time: test-fronts mostly waits, and the self-test takes thrice as long beside others.
TOGETHER := "test-unit test-fronts" "conformance test-selftest" \
            "test-npm test-pact test-browser test-openapi test-readme"

test: ## everything: unit, conformance against the mock, self-test, Pact, packages, browser
	@mkdir -p .bin && : > $(NOT_RUN)
	$(COMPILE)
	@failed=; for stages in $(TOGETHER); do $(MAKE) --keep-going -j2 URL= $$stages || failed="$$failed $$stages"; done; \
	  [ ! "$$failed" ] || echo "FAILED, among$$failed: *** above says which" >&2; \
	  .ci/not-run $(NOT_RUN) && [ ! "$$failed" ]

# The packages in which goroutines of one process share memory. The others start programs, or have no goroutines.
RACED := ./mockserver/endpoint ./mockserver/mock ./conformance/internal/judge \
         $(filter-out %/config/,$(sort $(dir $(wildcard ./mockserver/internal/*/*.go))))
# ginkgo refuses go test's -parallel.
GINKGO := ./conformance/suite

test-unit: ## unit tests, with the race detector where memory is shared
	@mkdir -p .bin
	$(COMPILE)
	$(MAKE) --keep-going -j2 unit-raced unit-plain # for the longest of either mostly wait

unit-raced:
ifdef CC_FOUND
	CGO_ENABLED=1 $(GO) test -timeout 20m -parallel 4 -race $(RACED)
else
	$(GO) test -timeout 20m -parallel 4 $(RACED)
	@.ci/not-run $(NOT_RUN) "race detector: there is no C compiler; install one and run make test-unit"
endif

unit-plain:
	$(GO) test -timeout 20m -parallel 4 $(if $(XMLLINT),,-skip ValidForJenkins) \
	  $$($(GO) list ./... | grep -vxF "$$($(GO) list $(RACED) $(GINKGO))")
	$(GO) test -timeout 20m $(GINKGO)
ifndef XMLLINT
	@.ci/not-run $(NOT_RUN) "JUnit's schema: xmllint is missing; install libxml2-utils and run make test-unit"
endif

test-readme: ## the README's examples, as they stand
ifeq ($(and $(CURL),$(NPM)),)
	@.ci/not-run $(NOT_RUN) "README: curl or Node is missing; install both and run make test-readme"
else
	$(GO) test -count=1 -tags readme -run Manuals ./mockserver
endif

conformance: build ## judge URL=…, the mock when left out; FLAGS="--html report.html" for more
ifdef URL
	.bin/conformance --url '$(URL)' $(FLAGS)
else
	.ci/with-mock .bin/conformance $(FLAGS)
endif

test-selftest: build ## the suite against every faulty and conforming implementation
	.bin/conformance selftest

test-fronts: ## the judge through the limits of nginx, haproxy and express-rate-limit
ifeq ($(and $(NPM),$(shell command -v nginx),$(shell command -v haproxy)),)
	@.ci/not-run $(NOT_RUN) "fronts: nginx, haproxy or npm is missing; install them and run make test-fronts"
else
	$(GO) test -count=1 -parallel 8 -tags fronts -run '^TestFronts$$' ./conformance
endif

pact-lib: ## the native Pact library, under .pact/lib
	.ci/pact-lib

pact-build: ## the Pact verifier, in .bin
	.ci/pact-lib $(GO) build -tags pact -o .bin/ ./pacts

# URL= is an error, so that an unset secret does not make the mock the provider. URLs of pacts are quoted for their &
# and ?; of files, the shell makes what patterns stand for.
pact-verify: pact-build ## verify PACTS="files, folders, URLs" against URL=…, the mock when left out
	.ci/pact-lib .bin/pacts $(if $(filter undefined,$(origin URL)),,--url "$$URL") $(PACT_FLAGS) \
	  $(foreach pact,$(PACTS),$(if $(findstring ://,$(pact)),'$(subst ',,$(pact))',$(pact)))

pact-update: ## write pacts/*.json anew from the consumer tests
	.ci/pact-lib $(GO) test -count=1 -tags pact ./pacts/client -update

test-pact: ## consumer tests, drift of pacts/*.json, the verifier, Pact's own verifier beside it
ifndef CC_FOUND
	@.ci/not-run $(NOT_RUN) "Pact: there is no C compiler; install one and run make test-pact"
else ifndef NPM
	.ci/pact-lib $(GO) test -count=1 -tags pact ./pacts/...
	@.ci/not-run $(NOT_RUN) "Pact's own verifier: npm is missing; install Node and run make test-pact"
else
	$(MAKE) $(PACT_CLI)
	.ci/pact-lib $(GO) test -count=1 -parallel 6 -tags pact,peer ./pacts/...
	$(GO) test -count=1 -tags readme -run Manuals/../pacts ./mockserver -args -pact
endif

$(PACT_CLI): pacts/testdata/cli/package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --prefix pacts/testdata/cli
	touch $@

test-browser: ## the dashboard and the HTML report in Chromium, faults in Chromium and Firefox
ifeq ($(and $(CHROMIUM),$(NPM)),)
	@.ci/not-run $(NOT_RUN) "browser: Chromium or npm is missing; install both and run make test-browser"
else
	$(MAKE) $(AXE)
	CHROMIUM='$(CHROMIUM)' FIREFOX='$(FIREFOX)' $(GO) test -count=1 -tags browser -parallel 4 \
	  $(if $(FIREFOX),,-skip Firefox) ./mockserver/internal/dashboard/... ./conformance/internal/report/...
ifeq ($(FIREFOX),)
	@.ci/not-run $(NOT_RUN) "browser: Firefox is missing; install it and run make test-browser"
endif
endif

$(AXE): mockserver/internal/dashboard/testdata/package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --prefix mockserver/internal/dashboard/testdata
	touch $@

test-openapi: ## the OpenAPI documents in tools that read them: types for TypeScript, a Postman collection
ifeq ($(NPM),)
	@.ci/not-run $(NOT_RUN) "OpenAPI: npm is missing; install it and run make test-openapi"
else
	$(MAKE) $(OPENAPI_TOOLS)
	$(GO) test -count=1 -tags openapi -run OpenAPI ./mockserver/mock
endif

$(OPENAPI_TOOLS): $(dir $(OPENAPI_TOOLS))package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --prefix $(@D)
	touch $@

npm: ## the packages for npm, for every platform, in dist/npm; VERSION=1.2.3 for a release
	GO='$(GO)' node mockserver/npm/tools/pack.js $(if $(VERSION),--version '$(VERSION)')

test-npm: ## these packages and their examples, installed into an empty folder, without Go
ifndef NPM
	@.ci/not-run $(NOT_RUN) "packages for npm: npm is missing; install it and run make test-npm"
else
ifeq ($(and $(CHROMIUM),$(FIREFOX)),)
	@.ci/not-run $(NOT_RUN) \
	  "packages for npm, in browsers: Chromium or Firefox is missing; install both and run make test-npm"
endif
	GO='$(GO)' node mockserver/npm/tools/pack.js --only host --to .bin/npm
	CHROMIUM='$(CHROMIUM)' FIREFOX='$(FIREFOX)' node mockserver/npm/tools/test.js .bin/npm
endif

lint: ## golangci-lint, import rules included; actionlint; shellcheck over every script
	$(ACTIONLINT)
	@! awk 'length > 120 { print FILENAME ":" FNR ": longer than 120 columns"; found = 1 } END { exit !found }' \
	  Makefile $$(git grep -lE '^#!.*(/sh|bash)')
ifdef SHELLCHECK
	git grep -lE '^#!.*(/sh|bash)' | xargs shellcheck
else
	@echo "NOT RUN: shellcheck is missing; install it and run make lint" >&2
endif
	$(GOLANGCI_LINT) run ./... ./.ci/release ./.ci/sbom
ifdef CC_FOUND
	.ci/pact-lib $(GOLANGCI_LINT) run --build-tags pact,peer ./pacts/...
endif

mutants: ## the reference endpoint, changed in one place at a time: the judge notices it, or a list says why not
	.ci/mutants/run

fuzz: ## every fuzz target for FUZZTIME each
	@.ci/fuzz $(FUZZTIME)

bench: .bin/bench/reference build ## figures beside those of reference servers, with targets; ROUNDS=9 SECONDS_EACH=3
	@mockserver/bench/bench figures packages

bench-peers: .bin/bench/reference build ## creates per second beside other mock servers
	@mockserver/bench/bench peers

soak: .bin/bench/reference build ## full rate for SOAK=300 seconds with every bound reached: memory must stay flat
	@mockserver/bench/bench soak

bench-publish: .bin/bench/reference build ## all in one run, written into mockserver/bench/README.md and its chart
	@mockserver/bench/bench publish

.bin/bench/reference: FORCE
	$(GO) build -o $@ ./mockserver/bench/reference

bench-parts: ## Go benchmarks of the parts, ready for benchstat
	$(GO) test -run '^$$' -bench . -benchmem -count $(or $(COUNT),6) ./mockserver/...

dist: ## release archives, packages, checksums and SBOMs, in dist
	$(GORELEASER) release --clean $(DIST_FLAGS)
	.ci/dist-pacts dist

images: ## container images of the release in dist, in dist/images
	.ci/images dist dist/images

test-release: dist ## use the release as its users would: other architectures, packages, images, actions, clusters
	GORELEASER='$(GORELEASER)' $(GO) test -v -count=1 -tags release -timeout 30m ./.ci/release

clean: ## remove what the targets made
	rm -rf .bin .pact dist

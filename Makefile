# entente.  `make help` lists what can be made; nothing else needs reading.
#
# One Makefile, not recursive.  Every build variant and compiler has its own
# directory, build/<variant>-<compiler>/, so that switching between them never
# rebuilds or mixes objects.  Warnings are errors with WERROR=-Werror (`make
# check` and CI); a user's newer compiler must not break the default build.

VARIANT ?= release
ifeq ($(VARIANT),fuzz)
CC := clang
endif
O        = build/$(VARIANT)-$(if $(filter cc gcc,$(notdir $(CC))),gcc,$(notdir $(CC)))
V       ?= 0
q       := $(if $(filter 1,$(V)),,@)
say      = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2))

PKGS    := libsodium sqlite3 libpq libmicrohttpd gnutls nettle gmp libcurl icu-uc icu-i18n libseccomp libpcre2-8 zlib expat
# What the library alone needs; tests/flow/psi.sh reads it here, too.
LIBRARY_PKGS := libsodium nettle icu-uc icu-i18n libpcre2-8
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wvla -Wformat=2 -Wundef \
           -Wimplicit-fallthrough -Wswitch-enum $(WERROR)
HARDEN  := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE
LINKHARD := -pie -Wl,-z,relro,-z,now,-z,noexecstack

flags.release  := -O2 -g $(HARDEN)
link.release   := $(LINKHARD)
flags.debug    := -O1 -g3 -fno-omit-frame-pointer
flags.asan     := -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
flags.tsan     := $(flags.debug) -fsanitize=thread
flags.coverage := -O0 -g --coverage
flags.analyze  := -O1 -fanalyzer
flags.fuzz     := $(flags.asan) -fsanitize=fuzzer-no-link
ifeq ($(flags.$(VARIANT)),)
$(error VARIANT=$(VARIANT): unknown; try release debug asan tsan coverage analyze fuzz)
endif

CPPFLAGS += -Isrc -Iinclude -D_XOPEN_SOURCE=700
# Asked only when something is compiled, so that `make help` and the targets
# that install what is missing work on a bare machine.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
CFLAGS   += -std=c17 $(flags.$(VARIANT)) $(WARN)
LDFLAGS  += $(filter -fsanitize=% --coverage -fno-sanitize%,$(flags.$(VARIANT))) $(link.$(VARIANT))

SRC     := $(sort $(wildcard src/*/*.c))
OBJ      = $(SRC:src/%.c=$O/src/%.o) $O/gen/embedded.o $O/gen/web.o
EMBED   := demo_embedded_story=examples/two-incidents.json \
           console_embedded_openapi=src/console/openapi.json
# The console: TypeScript in web/, built by Vite for all variants together.
WEB      = build/web
WEBSRC  := $(shell find web -type f -not -path 'web/node_modules/*')
LIBOBJ   = $(filter-out $O/src/cli/%,$(OBJ))
TESTSRC := $(sort $(wildcard tests/unit/*/*_test.c tests/sim/*_test.c tests/flow/*/*_test.c))
TESTS    = $(TESTSRC:tests/%.c=$O/tests/%)
# One for each file format, from one source; the rest have a file of their own.
FORMATS := $(addprefix formats_,$(shell sed -n 's/^X.[A-Z0-9_]*, "\([^"]*\)".*/\1/p' src/formats/formats.def))
FUZZERS := $(sort $(FORMATS) $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c)))
REPLAYS  = $(FUZZERS:%=$O/tests/replay/%)
BENCHES := $(patsubst tests/bench/%_bench.c,%,$(sort $(wildcard tests/bench/*_bench.c)))
FLOWS   := $(sort $(wildcard tests/flow/*.sh))
comma   := ,
TESTLIBS = $(PKG_LIBS) -lcmocka -lm
# What a bench measures itself against.
benchlibs.stix := -lyajl -lsimdjson -lstdc++
FUZZ    ?= $(firstword $(FUZZERS))
SECONDS ?= 60
BENCH   ?=
SOAK    ?=
COUNT   ?=
SOAKS   := schedules pairs mutants imports kills power faults stories fuzz
STORIES := $(filter-out %/forms.json %/kinds.json %/ties.json,$(wildcard tests/flow/stories/*.json))

.PHONY: $(SOAKS:%=soak-%) all help demo test quick check asan tsan coverage fuzz soak bench analyze tidy cppcheck \
        headers layers symbols banned format policy-coverage install clean deps
.DELETE_ON_ERROR:

all: entente                ## build ./entente (hardened, with debug info; assertions stay on)
# Of the variant that was asked for last, which may be older than another's.
.PHONY: entente
entente: $O/entente
	$(q)ln -sf $< $@

$O/entente: $(OBJ)
	$(call say,LINK,$@)
	$(q)$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lm
$O/src/%.o: src/%.c Makefile
	$(call say,CC,$<)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<
$O/gen/embedded.c: tools/embed Makefile $(foreach e,$(EMBED),$(lastword $(subst =, ,$e)))
	$(call say,EMBED,$@)
	$(q)mkdir -p $(@D) && tools/embed $@ $(EMBED)
$O/gen/web.c: tools/embed-web $(WEB)/index.html
	$(call say,EMBED,$@)
	$(q)mkdir -p $(@D) && tools/embed-web $@ $(WEB)
web/node_modules/.done: web/package.json web/package-lock.json
	$(call say,NPM,$<)
	$(q)cd web && npm ci --loglevel=error && touch node_modules/.done
$(WEB)/index.html: $(WEBSRC) web/node_modules/.done
	$(call say,VITE,$@)
	$(q)cd web && npm run --silent check && npm run --silent build -- --logLevel=warn && touch ../$@
$O/gen/%.o: $O/gen/%.c
	$(q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$O/libentente.a: $(LIBOBJ)
	$(q)rm -f $@ && $(AR) rcs $@ $^
# The modules that include/entente speaks for, and what those stand on, as a shared library.
PUBLIC  := base stix names ledger psi policy
PICOBJ   = $(patsubst src/%.c,$O/pic/%.o,$(sort $(foreach m,$(PUBLIC),$(wildcard src/$m/*.c))))
$O/pic/%.o: src/%.c Makefile
	$(call say,PIC,$<)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(filter-out -fPIE,$(CFLAGS)) -fPIC $(PKG_CFLAGS) -MMD -MP -c -o $@ $<
$O/libentente.so.0: $(PICOBJ)
	$(call say,LINK,$@)
	$(q)$(CC) -shared -Wl,-soname,libentente.so.0 -Wl,-z,relro,-z,now -o $@ $^ $(PKG_LIBS) -lm
$O/tests/replay/%: tests/fuzz/%_fuzz.c tests/fuzz/replay.c $O/libentente.a
	$(call say,REPLAY,$<)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(PKG_CFLAGS) $(LDFLAGS) -o $@ $^ $(TESTLIBS)
$(FORMATS:%=$O/tests/replay/%): $O/tests/replay/formats_%: tests/fuzz/formats_one.c tests/fuzz/replay.c $O/libentente.a
	$(call say,REPLAY,$@)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -DFUZZ_FORMAT='"$*"' -Itests $(CFLAGS) $(PKG_CFLAGS) $(LDFLAGS) -o $@ $^ $(TESTLIBS)
# The only C++: what JSON reading is measured against has no C interface.
$O/bench/simdjson_shim.o: tests/bench/simdjson_shim.cc
	$(call say,CXX,$<)
	$(q)mkdir -p $(@D) && $(CXX) -std=c++17 -O3 -fPIE -c -o $@ $<
$O/bench/stix: $O/bench/simdjson_shim.o
$O/bench/%: tests/bench/%_bench.c $O/libentente.a
	$(call say,BENCH,$<)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(PKG_CFLAGS) $(LDFLAGS) -o $@ $^ $(TESTLIBS) $(benchlibs.$*)
# Fits the weights of names (doc/design/names.md); needs data that are not part of this project.
$O/names-fit: tools/names-fit.c $O/libentente.a
	$(call say,TOOL,$<)
	$(q)$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) $(LDFLAGS) -o $@ $^ $(TESTLIBS)
$(FORMATS:%=$O/fuzz/%): $O/fuzz/formats_%: tests/fuzz/formats_one.c $O/libentente.a
	$(call say,FUZZ,$@)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -DFUZZ_FORMAT='"$*"' -Itests $(CFLAGS) $(PKG_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(TESTLIBS)
$O/fuzz/%: tests/fuzz/%_fuzz.c $O/libentente.a
	$(call say,FUZZ,$<)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(PKG_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(TESTLIBS)
# The files that have a place for a planted leak, compiled for the one test that plants them.
PLANTED  = $(patsubst src/%.c,$O/planted/%.o,$(shell grep -l ENT_PLANT $(SRC)))
$O/planted/%.o: src/%.c src/base/planted.h src/base/planted.def Makefile
	$(call say,PLANT,$<)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -DENT_PLANTS $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<
$O/tests/sim/planted_test: $(PLANTED)
$O/tests/sim/planted_test: private CPPFLAGS += -DENT_PLANTS
$O/tests/sim/planted_test: private planted = $(PLANTED)
# What libsodium says of a secret is public, what it makes of it is not: the test says so (and how).
$O/tests/unit/psi/constant_time_test: private LDFLAGS += \
  $(patsubst %,-Wl$(comma)--wrap=%,crypto_scalarmult_ristretto255 crypto_core_ristretto255_add crypto_core_ristretto255_scalar_invert \
    sodium_memcmp sodium_is_zero psi_bytes_derive)
# What is put in front of the C library of real processes, to fail or to be written down.
SHIM     = $O/tests/flow/shim.so
$(SHIM): tests/flow/shim/shim.c tests/flow/shim/shim.h
	$(call say,SHIM,$<)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -Itests $(filter-out -fPIE -fsanitize=%,$(CFLAGS)) -fPIC -shared -o $@ $< -ldl
LIGHT    = $O/tests/flow/light.so
$(LIGHT): tests/flow/shim/light.c
	$(call say,SHIM,$<)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -D_GNU_SOURCE $(filter-out -fPIE -fsanitize=%,$(CFLAGS)) -fPIC -shared -o $@ $< -ldl
$O/tests/flow/power/power_test $O/tests/flow/faults/faults_test: | $(SHIM)
$O/tests/%: tests/%.c $O/libentente.a tests/test.h
	$(call say,TEST,$<)
	$(q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(PKG_CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -MT $@ \
	  -o $@ $< $(planted) $O/libentente.a $(TESTLIBS)

deps:                       ## install what is missing (Debian packages; asks sudo when not root)
	$(q)tools/install-deps
demo:                       ## install what is missing, build, and play the story on three nodes
	$(q)tools/install-deps
	$(q)$(MAKE) --no-print-directory entente
	$(q)./entente demo $(DEMO)
test:                       ## install what is missing, build, run every test; ends with "N passed, N failed"
	$(q)tools/install-deps --test
	$(q)$(MAKE) --no-print-directory -j2 quick
quick: entente $(TESTS) $(REPLAYS) $(if $(filter release debug,$(VARIANT)),$(LIGHT)) ## every test, nothing installed
	$(q)tools/run-tests $O $(TESTS) $(REPLAYS) $(if $(filter release debug,$(VARIANT)),$(FLOWS))
asan:                       ## the unit tests under the address and undefined-behaviour sanitizers
	$(q)$(MAKE) --no-print-directory -j2 VARIANT=asan quick
tsan:                       ## the unit tests under the thread sanitizer
	$(q)$(MAKE) --no-print-directory -j2 VARIANT=tsan quick
coverage:                   ## branch coverage: build/coverage-gcc/index.html
	$(q)$(MAKE) --no-print-directory -j2 VARIANT=coverage quick
	$(q)gcovr -r . --object-directory build/coverage-gcc --filter src/ --exclude-throw-branches \
	  --html-details build/coverage-gcc/index.html --print-summary | tail -2
policy-coverage: $O/libentente.a ## fails if a branch of src/policy is not taken by its tests
	$(q)tools/policy-coverage $O
fuzz:                       ## FUZZ=name SECONDS=n: run one fuzzer (clang); finds go to build/found
	$(q)$(MAKE) --no-print-directory -j2 VARIANT=fuzz build/fuzz-clang/fuzz/$(FUZZ)
	$(q)mkdir -p build/found/$(FUZZ) tests/fuzz/corpus/$(FUZZ) && build/fuzz-clang/fuzz/$(FUZZ) -max_total_time=$(SECONDS) \
	  -rss_limit_mb=4096 -artifact_prefix=build/found/ build/found/$(FUZZ) tests/fuzz/corpus/$(FUZZ)
soak: $(if $(SOAK),$(SOAK:%=soak-%),$(SOAKS:%=soak-%)) ## SOAK=name COUNT=n: the long campaigns, every seed printed
soak-%: SOAK_MAKE = $(MAKE) --no-print-directory
soak-schedules:
	$(q)$(SOAK_MAKE) $O/tests/sim/schedules_test && SIM_SCHEDULES=$(or $(COUNT),5000) $O/tests/sim/schedules_test
soak-pairs:
	$(q)$(SOAK_MAKE) $O/tests/sim/interference_test && PAIRS=$(or $(COUNT),2000) $O/tests/sim/interference_test
soak-mutants:
	$(q)$(SOAK_MAKE) -j2 $O/libentente.a && tools/mutate-policy $O
soak-imports:
	$(q)$(SOAK_MAKE) $O/tests/unit/holdings/import_kill_test && ENT_KILLS=$(or $(COUNT),500) $O/tests/unit/holdings/import_kill_test
soak-kills:
	$(q)$(SOAK_MAKE) entente $O/tests/flow/kills/kills_test && ENT_KILLS=$(or $(COUNT),2000) $O/tests/flow/kills/kills_test
soak-power:
	$(q)$(SOAK_MAKE) entente $O/tests/flow/power/power_test && POWER_POINTS=$(or $(COUNT),1000) $O/tests/flow/power/power_test
soak-faults:
	$(q)$(SOAK_MAKE) entente $O/tests/flow/faults/faults_test && FAULTS=$(or $(COUNT),0) $O/tests/flow/faults/faults_test
soak-stories:
	$(q)$(SOAK_MAKE) entente && for f in $(STORIES); do echo "$$f"; ./entente demo --json --scenario $$f | tail -n 1 | grep '"failed":0,' || exit 1; done
soak-fuzz:
	$(q)for f in $(FUZZERS); do $(SOAK_MAKE) fuzz FUZZ=$$f SECONDS=$(or $(COUNT),600) || exit 1; done
bench:                      ## BENCH=name: figures as JSON Lines, with the peer's ratio in the same run
	$(q)tools/install-deps --bench
	$(q)$(MAKE) --no-print-directory entente $(patsubst %,$O/bench/%,$(filter $(BENCH)%,$(BENCHES)))
	$(q)for b in $(BENCHES:%=$O/bench/%) $(wildcard tests/bench/*.sh); do \
	  case $${b##*/} in "$(BENCH)"*) $$b || exit 1;; esac; done
analyze:                    ## gcc -fanalyzer over everything (slow; advisory)
	$(q)$(MAKE) --no-print-directory VARIANT=analyze CC=gcc build/analyze-gcc/entente
tidy:                       ## clang-tidy with .clang-tidy
	$(q)printf '%s\n' $(SRC) | xargs -P2 -n4 sh -c 'clang-tidy --quiet "$$@" -- $(CPPFLAGS) $(PKG_CFLAGS) -std=c17 2>/dev/null' sh
cppcheck:                   ## cppcheck
	$(q)cppcheck -j2 --quiet --std=c11 --enable=warning,portability,performance --inline-suppr \
	  --suppress=missingIncludeSystem --error-exitcode=1 -Isrc -Iinclude src
headers:                    ## every header compiles alone
	$(q)for h in $$(find src $(wildcard include) -name '*.h' | sed 's|^src/||; s|^include/||'); do echo "#include \"$$h\"" | \
	  $(CC) $(CPPFLAGS) $(PKG_CFLAGS) -std=c17 -Wall -Wextra -fsyntax-only -xc - || exit 1; done
layers:                     ## src/LAYERS is true
	$(q)tools/check-layers
symbols: $O/entente         ## exported names carry their module's prefix; no writable globals
	$(q)tools/check-symbols $O/src
banned:                     ## no call that cannot be used safely; house rules on files
	$(q)tools/check-tidy
format:                     ## clang-format would change nothing
	$(q)clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
check:                      ## all that must pass before a commit: warnings, layers, symbols, linters, sanitizers
	$(q)tools/install-deps --check
	$(q)$(MAKE) --no-print-directory -j2 WERROR=-Werror entente
	$(q)$(MAKE) --no-print-directory headers layers banned format symbols cppcheck tidy policy-coverage
	$(q)$(MAKE) --no-print-directory WERROR=-Werror asan
install: entente $O/libentente.a $O/libentente.so.0 ## install into DESTDIR, PREFIX=/usr/local
	$(q)install -D -m 755 $O/entente $(DESTDIR)$(or $(PREFIX),/usr/local)/bin/entente
	$(q)install -D -m 644 $O/libentente.a $(DESTDIR)$(or $(PREFIX),/usr/local)/lib/libentente.a
	$(q)install -D -m 755 $O/libentente.so.0 $(DESTDIR)$(or $(PREFIX),/usr/local)/lib/libentente.so.0
	$(q)ln -sf libentente.so.0 $(DESTDIR)$(or $(PREFIX),/usr/local)/lib/libentente.so
	$(q)for h in include/entente/*.h; do install -D -m 644 $$h $(DESTDIR)$(or $(PREFIX),/usr/local)/$$h; done
	$(q)printf 'prefix=%s\nName: entente\nDescription: STIX 2.1 and names, as a library\nVersion: 0\nCflags: -I$${prefix}/include\nLibs: -L$${prefix}/lib -lentente -lm\nRequires: %s\n' \
	  $(or $(PREFIX),/usr/local) "$(LIBRARY_PKGS)" >$O/entente.pc
	$(q)install -D -m 644 $O/entente.pc $(DESTDIR)$(or $(PREFIX),/usr/local)/lib/pkgconfig/entente.pc
help:                       ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12
clean:                      ## remove build/
	rm -rf build entente

-include $(OBJ:.o=.d) $(TESTS:%=%.d) $(PLANTED:.o=.d)

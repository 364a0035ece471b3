# Makefile -- builds, runs and tests certsyncd.  `make help` lists the targets.
#
# One file, no recursion, no configure.  Variables worth setting:
#   CC=clang-14           another compiler
#   BUILD=build-x         another build tree (make asan uses build-asan, make coverage build-coverage)
#   V=1                   show every command
#   JOBS=6                tests at a time (three a processor, at least 4)
#   TESTS="guard polls"   of `make test` and `make asan` only those whose names contain a word
#   DESTDIR= PREFIX=/usr  where `make install` puts things

CC		?= gcc
ifeq ($(origin CC),default)
CC		:= gcc
endif
BUILD		?= build
PREFIX		?= /usr
SYSCONFDIR	?= /etc
LIBDIR		?= $(PREFIX)/lib
VERSION		:= $(shell cat VERSION)
PYTHON		?= /usr/bin/python3

Q		:= $(if $(V),,@)
say		= $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

# --- packages ----------------------------------------------------------------

# What a build needs; what the tests and `make run` need on top.
DEPS_BUILD	:= build-essential pkg-config libevent-dev libhiredis-dev \
		   libcurl4-openssl-dev libxml2-dev libyajl-dev libcsv-dev \
		   libjansson-dev libinih-dev zlib1g-dev libssl-dev \
		   libutf8proc-dev libxxhash-dev libseccomp-dev libpcre2-dev \
		   uthash-dev scdoc
DEPS_RUN	:= redis-server tzdata python3
DEPS_TEST	:= libcmocka-dev python3-pytest python3-redis python3-hiredis \
		   python3-jellyfish python3-jsonschema python3-yaml openssl prometheus \
		   man-db procps clang-14
DEPS_CHECK	:= clang-14 libclang-rt-14-dev clang-tidy-14 cppcheck prometheus systemd
DEPS_PACKAGE	:= blhc debhelper lintian mmdebstrap systemd-container
DEPS		:= $(DEPS_BUILD) $(DEPS_RUN) $(DEPS_TEST)

PKGS		:= libevent_core libevent_extra libevent_openssl hiredis libcurl \
		   libxml-2.0 yajl jansson inih zlib libssl libcrypto libutf8proc \
		   libxxhash libseccomp libpcre2-8

# --- flags -------------------------------------------------------------------

WARN		:= -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wundef \
		   -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
		   -Wimplicit-fallthrough -Wnull-dereference -Wwrite-strings

# Where a jump may land is guarded by the processor, each in its way.
MACHINE		:= $(shell $(CC) -dumpmachine 2>/dev/null)
HARDEN_CF	:= $(strip $(if $(filter x86_64-% i686-%,$(MACHINE)),-fcf-protection=full) \
		   $(if $(filter aarch64-%,$(MACHINE)),-mbranch-protection=standard))

# What both compilers take, then what only gcc 12 takes.
HARDEN		:= -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
		   -fstack-clash-protection $(HARDEN_CF) \
		   -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks \
		   -fno-strict-overflow -fno-strict-aliasing
HARDEN_GCC	:= -fzero-call-used-regs=used-gpr -Wlogical-op -Wduplicated-cond \
		   -Wtrampolines -Wbidi-chars=any
LDHARDEN	:= -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code

IS_CLANG	:= $(findstring clang,$(shell $(CC) --version 2>/dev/null | head -1))
OPT		?= -O2 -g
SAN		?=
SANFLAGS	:= $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# What is counted is what was written: no optimizer, no check a compiler adds.
# Only in GNU's own C does gcc keep the counts at fork and exec.
COVERAGE	?=
COVFLAGS	:= $(if $(COVERAGE),--coverage -std=gnu17 -DCAGE_COVERAGE=1)
# To be run under valgrind(1): worker and spawner leave it what it needs.
VALGRIND	?=
VALFLAGS	:= $(if $(VALGRIND),-DCAGE_VALGRIND=1)
ADDED		:= $(SAN)$(COVERAGE)$(VALGRIND)
# clang 14 wants a second flag before it zeroes automatic variables.
CLANGFLAGS	:= -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang \
		   -Wno-gnu-zero-variadic-macro-arguments

CSTD		:= -std=c17 -D_GNU_SOURCE
CFLAGS_ALL	= $(CSTD) $(OPT) $(WARN) $(if $(ADDED),,$(HARDEN)) \
		  $(if $(IS_CLANG),$(if $(ADDED),,$(CLANGFLAGS)),$(if $(ADDED),,$(HARDEN_GCC))) \
		  $(SANFLAGS) $(COVFLAGS) $(VALFLAGS) -fvisibility=hidden -ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
CPPFLAGS_ALL	= -DCERTSYNC_VERSION='"$(VERSION)"' -DCERTSYNC_LIBDIR='"$(LIBDIR)/certsyncd"' $(CPPFLAGS)
PKG_CFLAGS	:= $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS	:= $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcsv -lm -ldl
LDFLAGS_ALL	= $(LDHARDEN) $(SANFLAGS) $(if $(COVERAGE),--coverage) $(LDFLAGS)

# --- what is built -----------------------------------------------------------

LIB_SRCS	:= $(sort $(wildcard src/base/*.c src/core/*.c src/parse/*.c src/io/*.c \
		   src/worker/*.c src/config/*.c src/store/*.c src/engine/*/*.c))
LIB_OBJS	:= $(LIB_SRCS:%.c=$(BUILD)/obj/%.o)
LIB		:= $(BUILD)/libcertsync.a
# A connector is a file, or a folder once it outgrows one; lib/ is for all of them.
CONNECTOR_NAMES	:= $(sort $(patsubst connectors/%.c,%,$(wildcard connectors/*.c)) \
		   $(filter-out lib,$(patsubst connectors/%/,%,$(wildcard connectors/*/))))
CONNECTORS	:= $(CONNECTOR_NAMES:%=$(BUILD)/connectors/%.so)
CONNECTOR_OBJS	:= $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard connectors/*.c connectors/*/*.c))
CONNECTOR_LIB	:= $(BUILD)/obj/connectors/lib.a
PROGRAMS	:= $(BUILD)/certsyncd $(BUILD)/certsyncd-worker $(BUILD)/certsync \
		   $(BUILD)/certsync-connector-check
# What test_replay and certsync-connector-check share; no part of the daemon.
CHECK_OBJS	:= $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard src/check/*.c))
CHECK_LIB	:= $(BUILD)/libcheck.a
CLI_OBJS	:= $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard src/cli/*.c))
TESTLIB_OBJS	:= $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/unit/lib/*.c))
TESTLIB		:= $(BUILD)/libtest.a
UNIT_TESTS	:= $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
TEST_PLUGINS	:= $(patsubst tests/connectors/%.c,$(BUILD)/tests/connectors/%.so,$(wildcard tests/connectors/*.c))

.PHONY: all
## all: daemon, worker, commands and connectors (the default)
all: $(PROGRAMS) $(CONNECTORS)

# Another PREFIX, compiler or flag rebuilds everything: the file changes with them.
NO_BUILD	:= asan check-columns check-docs check-floors check-registry coverage check-headers check-monitoring clean deps deps-lint deps-node help lint need-deps uninstall
FLAGS_NOW	:= $(CC) $(CPPFLAGS_ALL) $(PKG_CFLAGS) $(CFLAGS_ALL)
$(if $(filter-out $(NO_BUILD),$(or $(MAKECMDGOALS),all)),$(if \
	$(subst x$(FLAGS_NOW),,x$(file <$(BUILD)/flags)),\
	$(shell mkdir -p $(BUILD))$(file >$(BUILD)/flags,$(FLAGS_NOW))))

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) -Iinclude -Isrc $(PKG_CFLAGS) $(CFLAGS_ALL) -fPIE -MMD -MP -c -o $@ $<

# Files that the assembler includes do not show in -MMD's output.
$(BUILD)/obj/src/store/scripts.o: $(wildcard src/store/scripts/*.lua)
$(BUILD)/obj/src/core/types_builtin.o: config/types.conf

$(LIB): $(LIB_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(CHECK_LIB): $(CHECK_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Each has the libraries that it uses, no others: a worker neither HTTP nor Redis.
LINK		= $(CC) -pie -fPIE $(LDFLAGS_ALL) -Wl,--as-needed -o $@

$(BUILD)/certsyncd: $(BUILD)/obj/src/certsyncd.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(LINK) $^ $(PKG_LIBS)

# Loads connectors: -rdynamic exports the CS_API functions of include/certsync (all
# else is hidden); all of parse/ is there, for those that only connectors call.
WORKER_OBJS	:= $(BUILD)/obj/src/certsyncd-worker.o $(filter $(BUILD)/obj/src/parse/%,$(LIB_OBJS))
$(BUILD)/certsyncd-worker: $(WORKER_OBJS) $(LIB)
	$(call say,LD,$@)
	$(Q)$(LINK) -rdynamic $^ $(PKG_LIBS)

$(BUILD)/certsync: $(BUILD)/obj/src/certsync.o $(CLI_OBJS) $(LIB)
	$(call say,LD,$@)
	$(Q)$(LINK) $^ $(PKG_LIBS)

# As the worker: it loads connectors.
$(BUILD)/certsync-connector-check: $(BUILD)/obj/src/certsync-connector-check.o $(CHECK_LIB) \
    $(filter $(BUILD)/obj/src/parse/%,$(LIB_OBJS)) $(LIB)
	$(call say,LD,$@)
	$(Q)$(LINK) -rdynamic $^ $(PKG_LIBS)

# Connectors see include/ and connectors/ only: the compiler keeps the wall (ARCHITECTURE.md).
$(BUILD)/obj/connectors/%.o: connectors/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) -Iinclude -Iconnectors $(CFLAGS_ALL) -fPIC -MMD -MP -c -o $@ $<

$(CONNECTOR_LIB): $(filter $(BUILD)/obj/connectors/lib/%,$(CONNECTOR_OBJS))
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# All objects of the connector of that name, and what they use of lib/.
connector_objs	= $(filter $(BUILD)/obj/connectors/$(1).o $(BUILD)/obj/connectors/$(1)/%,$(CONNECTOR_OBJS))
$(foreach name,$(CONNECTOR_NAMES),$(eval $(BUILD)/connectors/$(name).so: $(call connector_objs,$(name))))

$(CONNECTORS): $(CONNECTOR_LIB)
	@mkdir -p $(@D)
	$(call say,SO,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -shared $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(CONNECTOR_LIB)

$(BUILD)/tests/connectors/%.so: tests/connectors/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,SO,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) -Iinclude $(CFLAGS_ALL) -fPIC -shared -MMD -MP -MF $(@:.so=.d) $(LDFLAGS_ALL) -o $@ $<

# An archive, so that a test gets what it asks for only: not all want a malloc that fails.
$(TESTLIB): $(TESTLIB_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# The test of a room of the engine has that room, what stands below it, and nothing else.
BELOW_registry	:= registry state
BELOW_guard	:= guard $(BELOW_registry)
BELOW_badge	:= badge $(BELOW_guard)
BELOW_claim	:= claim $(BELOW_badge)
BELOW_poll	:= poll $(BELOW_badge)
# What a worker says is the test's: instead of one of these it gets its twin.
TWIN_OF_poll	:= src/worker/spawn $(addprefix src/worker/spawn_,frames note output)
TWIN_poll	:= tests/unit/twins/spawn
objs		= $(patsubst %,$(BUILD)/obj/%.o,$(1))
room_objs	= $(filter $(addsuffix /%,$(addprefix $(BUILD)/obj/src/engine/,$(BELOW_$(1)))),$(LIB_OBJS)) \
		  $(filter-out $(BUILD)/obj/src/engine/% $(call objs,$(TWIN_OF_$(1))),$(LIB_OBJS)) \
		  $(call objs,$(TWIN_$(1)))
ROOM_TESTS	:= $(patsubst tests/unit/test_room_%.c,%,$(wildcard tests/unit/test_room_*.c))
room_of		= $(firstword $(subst _, ,$(1)))
$(foreach test,$(ROOM_TESTS),$(eval $(BUILD)/tests/test_room_$(test): $(call room_objs,$(call room_of,$(test)))))

$(BUILD)/tests/test_room_%: $(BUILD)/obj/tests/unit/test_room_%.o $(TESTLIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -pie -fPIE $(LDFLAGS_ALL) -o $@ $< $(TESTLIB) $(filter-out $< $(TESTLIB),$^) $(PKG_LIBS) -lcmocka

# Unit tests load connectors too (replay), hence -rdynamic and --whole-archive.
$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(TESTLIB) $(CHECK_LIB) $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -pie -fPIE -rdynamic $(LDFLAGS_ALL) -o $@ $< $(TESTLIB) $(CHECK_LIB) -Wl,--whole-archive $(LIB) -Wl,--no-whole-archive $(PKG_LIBS) -lcmocka

.SECONDARY:
-include $(LIB_OBJS:.o=.d) $(CHECK_OBJS:.o=.d) $(CLI_OBJS:.o=.d) $(CONNECTOR_OBJS:.o=.d) $(wildcard $(BUILD)/obj/src/*.d \
	$(BUILD)/obj/tests/unit/*.d $(BUILD)/obj/tests/unit/*/*.d $(BUILD)/tests/connectors/*.d)

# --- manual --------------------------------------------------------------------

MAN_PAGES	:= $(patsubst docs/man/%.scd,%,$(wildcard docs/man/*.scd))

## man: manual pages, into build/man
.PHONY: man
man: $(MAN_PAGES:%=$(BUILD)/man/%)

# The settings of certsyncd.conf(5) come from docs/settings.md.
$(BUILD)/man/%: docs/man/%.scd docs/settings.md tools/man-page
	@mkdir -p $(@D)
	$(call say,MAN,$<)
	$(Q)tools/man-page $< >$@.scd && scdoc <$@.scd >$@.tmp && rm $@.scd && mv $@.tmp $@

# --- packages, run, test -----------------------------------------------------

.PHONY: deps deps-lint need-deps run test unit check lint asan coverage help clean install uninstall

## deps: install the Debian packages needed (apt-get; sudo when not root)
deps:
	tools/deps $(DEPS)

## deps-lint: install what `make lint` and the clang build need on top
deps-lint:
	tools/deps $(DEPS_CHECK)

# npm's own record of what it put there is newer than the lock file: nothing to do, offline too.
NODE_MODULES	:= examples/node/node_modules/.package-lock.json

## deps-node: the npm packages of examples/node, and Node.js where there is none
.PHONY: deps-node
deps-node: $(NODE_MODULES)

$(NODE_MODULES): examples/node/package-lock.json
	command -v npm >/dev/null || tools/deps nodejs npm
	npm ci --prefix examples/node --ignore-scripts --no-audit --no-fund || \
		{ echo 'deps-node: npm needs its registry, or a cache, once' >&2; exit 1; }
	touch $@

## deps-packages: what check-packages and check-systemd need on top
.PHONY: deps-packages
deps-packages:
	tools/deps --if-missing $(DEPS) $(DEPS_PACKAGE)

# Asks apt only when a package is really missing, so that both work offline.
need-deps:
	@tools/deps --if-missing $(DEPS)

## run: start a complete demonstration (embedded Redis, local sample registries)
run: need-deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/demo/run $(BUILD)

RUN_TESTS	= $(PYTHON) tools/run-tests --build $(BUILD) $(if $(JOBS),-j $(JOBS))

## unit: unit and replay tests only
unit: $(UNIT_TESTS) $(PROGRAMS) $(CONNECTORS) $(TEST_PLUGINS)
	$(Q)$(RUN_TESTS) --unit

## test: unit, replay and integration tests, side by side
test: need-deps
	$(Q)$(MAKE) --no-print-directory deps-node
	$(Q)$(MAKE) --no-print-directory all test-programs
	$(Q)$(RUN_TESTS) $(TESTS)

.PHONY: test-programs
test-programs: $(UNIT_TESTS) $(TEST_PLUGINS)

# Integration tests that move the most memory: plans, commits, claims, restarts, odd feeds.
ASAN_FILES	:= test_held_plans.py test_recovery.py test_claims.py \
		   test_config_plans.py test_daemon.py test_hostile_feeds.py
empty		:=
comma		:= ,

## asan: unit and replay tests and six files of integration tests under AddressSanitizer and UBSan
asan: need-deps
	$(Q)$(MAKE) --no-print-directory BUILD=build-asan SAN=address,undefined OPT='-O1 -g' all test-programs
	$(Q)SANITIZED=1 $(PYTHON) tools/run-tests --build build-asan $(if $(JOBS),-j $(JOBS)) --deadline 1200 \
		--files $(subst $(empty) $(empty),$(comma),$(strip $(ASAN_FILES))) $(TESTS)

## coverage: lines and branches run by the tests, by room (UNIT=1: by unit and replay tests alone)
coverage:
	$(Q)$(MAKE) --no-print-directory BUILD=build-coverage COVERAGE=1 OPT='-O0 -g' all test-programs
	$(Q)find build-coverage -name '*.gcda' -delete
	$(Q)$(PYTHON) tools/run-tests --build build-coverage $(if $(JOBS),-j $(JOBS)) $(if $(UNIT),--unit); \
		tests=$$?; $(PYTHON) tools/coverage build-coverage $(if $(UNIT),--no-floors) && exit $$tests

## check: headers alone, 100 columns, floors and arrows respected, registries told not written, one symbol a connector, pages there, tests wait, unit confined, alerts fire
check: check-headers check-columns check-floors check-arrows check-registry check-symbols check-docs check-tests check-unit check-monitoring

.PHONY: check-headers check-columns check-floors check-arrows check-registry check-symbols check-docs check-tests check-unit check-monitoring
check-docs:
	$(Q)tools/check-docs
check-tests:
	$(Q)$(PYTHON) tools/check-tests
check-monitoring:
	$(Q)tools/check-monitoring
check-unit:
	$(Q)tools/check-unit $(wildcard systemd/*.service systemd/*.socket)
check-headers:
	$(Q)tools/check-headers $(CC) $(CPPFLAGS_ALL) -Iinclude -Isrc -Iconnectors $(PKG_CFLAGS) $(CFLAGS_ALL)
check-columns:
	$(Q)$(PYTHON) tools/check-columns
check-floors:
	$(Q)$(PYTHON) tools/check-floors
check-arrows: $(LIB) $(CHECK_OBJS) $(CLI_OBJS) $(PROGRAMS:$(BUILD)/%=$(BUILD)/obj/src/%.o)
	$(Q)$(PYTHON) tools/check-arrows $(BUILD)
check-registry:
	$(Q)$(PYTHON) tools/check-registry $(CC) $(CPPFLAGS_ALL) -Iinclude -Isrc $(PKG_CFLAGS) $(CFLAGS_ALL)
check-symbols: $(BUILD)/certsyncd-worker $(CONNECTORS)
	$(Q)tools/check-symbols $^

## lint: clang-tidy and cppcheck
lint:
	$(Q)$(PYTHON) tools/lint -- $(CPPFLAGS_ALL) -Iinclude -Isrc -Iconnectors $(PKG_CFLAGS) $(CSTD)

# --- installation --------------------------------------------------------------

SBINDIR		?= $(PREFIX)/sbin
BINDIR		?= $(PREFIX)/bin
PLUGINDIR	= $(LIBDIR)/certsyncd/connectors
PC		= $(LIBDIR)/pkgconfig/certsync-connector.pc
CONFDIR		= $(SYSCONFDIR)/certsyncd
DATADIR		= $(PREFIX)/share
SHARE		= $(DATADIR)/certsyncd
UNITDIR		= $(PREFIX)/lib/systemd/system
DOCDIR		= $(DATADIR)/doc/certsyncd

# What is installed, SOURCE:TARGET in each row: programs, files as they are, and
# files with our directories written into them.
into		= $(foreach file,$(2),$(file):$(1)/$(notdir $(file)))
INSTALL_PROGRAMS = $(call into,$(SBINDIR),$(BUILD)/certsyncd) $(call into,$(BINDIR),$(BUILD)/certsync) \
		   $(call into,$(BINDIR),$(BUILD)/certsync-connector-check) \
		   $(call into,$(LIBDIR)/certsyncd,$(BUILD)/certsyncd-worker) \
		   $(call into,$(DOCDIR)/examples/node,examples/node/consumer.mjs) \
		   $(call into,$(DOCDIR)/examples/python,examples/python/consumer.py) \
		   $(call into,$(DOCDIR)/examples/records,$(wildcard examples/records/*))
INSTALL_FILES	= $(call into,$(PLUGINDIR),$(CONNECTORS)) \
		  $(call into,$(PREFIX)/include/certsync,$(wildcard include/certsync/*.h)) \
		  $(call into,$(UNITDIR),systemd/certsyncd.socket) \
		  systemd/certsyncd.sysusers:$(PREFIX)/lib/sysusers.d/certsyncd.conf \
		  systemd/certsyncd.tmpfiles:$(PREFIX)/lib/tmpfiles.d/certsyncd.conf \
		  $(call into,$(PREFIX)/lib/systemd/catalog,systemd/certsyncd.catalog) \
		  config/certsync.bash-completion:$(DATADIR)/bash-completion/completions/certsync \
		  $(call into,$(SHARE),config/types.conf config/redis.acl docs/asyncapi.yaml) \
		  $(call into,$(SHARE)/prometheus,config/prometheus/certsyncd.rules.yml) \
		  $(call into,$(SHARE)/grafana,config/grafana/certsyncd.json) \
		  $(call into,$(SHARE)/schemas,$(wildcard docs/schemas/*.json)) \
		  $(call into,$(DOCDIR),$(wildcard docs/*.md)) \
		  $(call into,$(DOCDIR)/lists,$(wildcard docs/lists/*)) \
		  $(call into,$(DOCDIR)/examples,examples/README.md examples/consumers.acl) \
		  $(call into,$(DOCDIR)/examples/node,$(wildcard examples/node/*.json) \
		  $(filter-out %/consumer.mjs,$(wildcard examples/node/*.mjs))) \
		  $(call into,$(DOCDIR)/examples/python,$(filter-out %/consumer.py,$(wildcard examples/python/*.py))) \
		  $(foreach page,$(MAN_PAGES),$(call into,$(DATADIR)/man/man$(subst .,,$(suffix $(page))),$(BUILD)/man/$(page)))
INSTALL_FILLED	= $(call into,$(UNITDIR),systemd/certsyncd.service) config/certsync-connector.pc.in:$(PC)

INSTALLED	= $(foreach row,$(INSTALL_PROGRAMS) $(INSTALL_FILES) $(INSTALL_FILLED),$(lastword $(subst :, ,$(row))))
FILL		= s|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|; \
		  s|/usr/sbin/|$(SBINDIR)/|g; s| /usr/lib | $(LIBDIR) |
each_row	= for row in $(1); do from=$${row%%:*}; to=$(DESTDIR)$${row\#*:}; $(2) || exit 1; done

## install: what is built, its manual and unit, and a configuration below DESTDIR and PREFIX
install: all man
	install -d $(addprefix $(DESTDIR),$(sort $(dir $(INSTALLED))) $(CONFDIR)/certsyncd.conf.d)
	$(call each_row,$(INSTALL_PROGRAMS),install -m 755 $$from $$to)
	$(call each_row,$(INSTALL_FILES),install -m 644 $$from $$to)
	$(call each_row,$(INSTALL_FILLED),sed '$(FILL)' $$from >$$to && chmod 644 $$to)
	test -e $(DESTDIR)$(CONFDIR)/certsyncd.conf || \
		install -m 644 config/certsyncd.conf $(DESTDIR)$(CONFDIR)/

## uninstall: what install put there, but for the configuration
uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir $(DESTDIR)$(PLUGINDIR) $(DESTDIR)$(LIBDIR)/certsyncd $(DESTDIR)$(PREFIX)/include/certsync

## check-systemd: the service under a real systemd in a container (root, systemd-container)
.PHONY: check-systemd
check-systemd: all man $(BUILD)/tests/connectors/burglar.so
	$(Q)tests/systemd/run $(BUILD)

## check-packages: Debian packages, built twice alike, installed, run and purged (root; SUITE=trixie: in Debian 13)
.PHONY: check-packages
check-packages: $(BUILD)/tests/connectors/burglar.so
	@mkdir -p $(BUILD)
	$(Q)tools/check-packages $(BUILD)
	$(Q)tests/systemd/run $(BUILD) $(BUILD)/packages$(if $(SUITE),-$(SUITE))

## clean: remove the build trees
clean:
	rm -rf build build-*

## help: this list
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

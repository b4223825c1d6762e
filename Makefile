# The few commands that people run.

CARGO ?= cargo
prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share

.PHONY: build static demo test test-idp soak bench bench-record check instructions instructions-record generate install uninstall

build:
	$(CARGO) build --release --locked

# One file that needs no other, for Linux with glibc; see README on how it looks up names.
static:
	RUSTFLAGS="-C target-feature=+crt-static" $(CARGO) build --release --locked \
		--target $$(rustc -vV | sed -n 's/^host: //p')

# Builds the tool, starts the example's authorization server, and runs the main job against it.
demo:
	@echo 'Building, which takes a minute or two the first time.'
	@$(CARGO) build --quiet --locked --bin oauth-token --example server
	@target=$$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'); \
	OAUTH_TOKEN_BIN=$$target/debug/oauth-token SERVER_BIN=$$target/debug/examples/server examples/demo.sh

test:
	$(CARGO) test --locked

check:
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- --deny warnings
	$(CARGO) test --locked
	$(MAKE) instructions

# Every method, grant and rule of discovery against a real authorization server; wants Node.js, npm and openssl.
test-idp:
	$(CARGO) build --locked
	cd tests/idp && npm ci --no-audit --no-fund --silent && \
	OAUTH_TOKEN_BIN=$$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/oauth-token \
	node --test

# The long runs of the cache: 500 processes, 500 kills.
soak:
	$(CARGO) test --locked --test cli -- --ignored --nocapture --test-threads 1 crowding

# Whole processes against each other, interleaved; bench-record writes benches/RESULTS.md. What `make static` has built
# is measured, too.
bench:
	$(CARGO) build --release --locked --example floor
	$(CARGO) bench --locked --bench peers

bench-record: static
	$(CARGO) build --release --locked --example floor
	$(CARGO) bench --locked --bench peers -- --record

# Counts instructions, which do not depend on what else the machine does, and fails where there are more or fewer than
# benches/instructions.txt says; instructions-record writes it anew.
instructions:
	$(CARGO) bench --locked --bench instructions

instructions-record:
	$(CARGO) bench --locked --bench instructions -- --record

# Writes completions/ and man/ from the definition of the command line.
generate:
	$(CARGO) run --quiet --locked --example generate

install: build
	install -d "$(DESTDIR)$(bindir)" "$(DESTDIR)$(datadir)/man/man1" \
		"$(DESTDIR)$(datadir)/bash-completion/completions" \
		"$(DESTDIR)$(datadir)/zsh/site-functions" \
		"$(DESTDIR)$(datadir)/fish/vendor_completions.d"
	target=$$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/') && \
	install -m 755 "$$target/release/oauth-token" "$(DESTDIR)$(bindir)/oauth-token"
	install -m 644 man/oauth-token.1 "$(DESTDIR)$(datadir)/man/man1/oauth-token.1"
	install -m 644 completions/oauth-token.bash "$(DESTDIR)$(datadir)/bash-completion/completions/oauth-token"
	install -m 644 completions/_oauth-token "$(DESTDIR)$(datadir)/zsh/site-functions/_oauth-token"
	install -m 644 completions/oauth-token.fish "$(DESTDIR)$(datadir)/fish/vendor_completions.d/oauth-token.fish"

uninstall:
	rm -f "$(DESTDIR)$(bindir)/oauth-token" "$(DESTDIR)$(datadir)/man/man1/oauth-token.1" \
		"$(DESTDIR)$(datadir)/bash-completion/completions/oauth-token" \
		"$(DESTDIR)$(datadir)/zsh/site-functions/_oauth-token" \
		"$(DESTDIR)$(datadir)/fish/vendor_completions.d/oauth-token.fish"

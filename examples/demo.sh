#!/bin/sh
# Shows the main job against the example's authorization server: each command, what it prints, its status.
# OAUTH_TOKEN_BIN and SERVER_BIN are the two programs; `make demo` builds and names them.
set -u

directory=$(mktemp -d)
mkfifo "$directory/ready"
"$SERVER_BIN" >"$directory/ready" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -r "$directory"' EXIT
read -r origin <"$directory/ready"

mkdir "$directory/bin" "$directory/project"
ln -s "$OAUTH_TOKEN_BIN" "$directory/bin/oauth-token"
PATH=$directory/bin:$PATH
cd "$directory/project" || exit 1
for name in $(env | sed -n 's/^\(OAUTH_[A-Z_]*\)=.*/\1/p'); do
    unset "$name"
done

say() { printf '\n# %s\n' "$1"; }
show() {
    printf '$ %s\n' "$1"
    sh -c "$1" 2>&1
    status=$?
    [ "$status" -eq 0 ] || printf '(exit status %s)\n' "$status"
}

say 'The settings, in a file that only this folder has:'
cat >.env <<ENV
OAUTH_TOKEN_URL=$origin/oauth/token
OAUTH_CLIENT_ID=demo
OAUTH_CLIENT_SECRET=demo-s3cret
ENV
show 'cat .env'

say 'The token, alone, on stdout:'
show 'oauth-token'

say 'For a script that wants to know more:'
show 'oauth-token --expires-in'
show 'oauth-token --scope "read write" --json'

say 'As a header that never shows in a process list:'
show 'oauth-token --header'
if command -v curl >/dev/null; then
    show "oauth-token --header | curl -sS -H @- $origin/v1; echo"
fi

say 'In CI, as a variable:'
show 'oauth-token --export'
show 'eval $(oauth-token --export); echo "the variable holds $OAUTH_ACCESS_TOKEN"'

say 'For one program alone:'
show "oauth-token -- sh -c 'echo \"the program got \$OAUTH_ACCESS_TOKEN and the secret \${OAUTH_CLIENT_SECRET:-is gone}\"'"

say 'A rejected client says so, prints no token, and stops the script:'
sed 's/demo-s3cret/wrong/' .env >wrong.env
show 'oauth-token --env-file wrong.env'
show 'oauth-token --env-file wrong.env --export'
show 'set -e; eval $(oauth-token --env-file wrong.env --export); echo "this line is never reached"'

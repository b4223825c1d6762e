complete -c oauth-token -l url -l token-url -l token-endpoint -d 'The token endpoint' -r
complete -c oauth-token -l client-id -d 'The client\'s id' -r
complete -c oauth-token -l client-secret-file -d 'Read the secret from a file (`-`: stdin), not from OAUTH_CLIENT_SECRET' -r -F
complete -c oauth-token -l grant-type -d 'The grant, by name or URI' -r
complete -c oauth-token -l scope -d 'A scope, or several separated by spaces; repeatable' -r
complete -c oauth-token -l audience -d 'The API that the token is for, as Auth0 has it; repeatable' -r
complete -c oauth-token -l resource -d 'The resource that the token is for (RFC 8707); repeatable' -r
complete -c oauth-token -l param -d 'One more form parameter; repeatable' -r
complete -c oauth-token -l param-file -d 'One more form parameter, a secret one, from a file; repeatable' -r
complete -c oauth-token -l name -d 'The variable for `--export`, `--github-env` and COMMAND' -r
complete -c oauth-token -l cacert -d 'Trust these certificate authorities too, in PEM' -r -F
complete -c oauth-token -l connect-timeout -d 'Give up on a connection after this long' -r
complete -c oauth-token -l max-time -d 'Give up altogether after this long, retries included' -r
complete -c oauth-token -l retry -d 'Try again this often after passing faults' -r
complete -c oauth-token -l proxy -d 'Tunnel through this proxy, for https only; empty for none' -r
complete -c oauth-token -l env-file -d 'Read settings from this file too, and trust it' -r -F
complete -c oauth-token -l auth-method -d 'client_secret_basic, client_secret_post (short: basic, post), or none' -r -f -a "client_secret_basic\t''
client_secret_post\t''
none\t''"
complete -c oauth-token -l request-header -d 'One more header field; repeatable' -r
complete -c oauth-token -l basic-encoding -d 'The spelling within Basic: by RFC 6749, or for servers that do not decode' -r -f -a "form\t''
raw\t''"
complete -c oauth-token -l shell -d 'Write `--export` for sh, fish, powershell, cmd, csh or nu [default: sh]' -r -f -a "sh\t''
fish\t''
powershell\t''
cmd\t''
csh\t''
nu\t''"
complete -c oauth-token -l header -d 'Print `Authorization: Bearer TOKEN`, for `curl -H @-`'
complete -c oauth-token -l expires-in -d 'Print how many seconds the token is valid for'
complete -c oauth-token -l expires-at -d 'Print when the token expires, in seconds since 1970 UTC'
complete -c oauth-token -l json -d 'Print every field that the server sent, on one line, and `expires_at`'
complete -c oauth-token -l export -d 'Print a line for `eval $(…)` that exports the token, or fails without one'
complete -c oauth-token -l github-env -d 'Mask the token and add it to $GITHUB_ENV, for the next steps of a job'
complete -c oauth-token -l no-newline -d 'Print no line break at the end'
complete -c oauth-token -l allow-http -d 'Send credentials over http:// beyond this machine, for all to read'
complete -c oauth-token -l no-env-file -d 'Do not read ./.env [env: OAUTH_NO_ENV_FILE]'
complete -c oauth-token -l explain -d 'Print every setting, where it comes from, and the request; send nothing'
complete -c oauth-token -s v -l verbose -d 'Tell what is sent and answered, and how long it took [env: OAUTH_VERBOSE]'
complete -c oauth-token -s q -l quiet -d 'No warnings and no hints, errors alone [env: OAUTH_QUIET]'
complete -c oauth-token -s h -l help -d 'Print help'
complete -c oauth-token -s V -l version -d 'Print version'

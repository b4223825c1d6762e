complete -c oauth-token -l url -l token-url -l token-endpoint -d 'The token endpoint' -r
complete -c oauth-token -l issuer -d 'The issuer, whose metadata tell the endpoint and the method' -r
complete -c oauth-token -l client-id -d 'The client\'s id' -r
complete -c oauth-token -l client-secret-file -d 'Read the secret from a file (`-`: stdin), not from OAUTH_CLIENT_SECRET' -r -F
complete -c oauth-token -l signing-key -d 'Sign with this private key: PEM or JWK' -r -F
complete -c oauth-token -l key-passphrase-file -d 'The passphrase of an encrypted key, in a file' -r -F
complete -c oauth-token -l key-id -d 'The key\'s id (`kid`), or which key of a JWK set to take' -r
complete -c oauth-token -l algorithm -d 'The signature algorithm, as in RS256, PS256, ES256, EdDSA or HS256; by default the key\'s own' -r
complete -c oauth-token -l signing-cert -d 'Name the key by the thumbprint of its certificate, as Entra wants it' -r -F
complete -c oauth-token -l thumbprint -d 'The thumbprint\'s hash: `x5t#S256`, or the older `x5t`' -r
complete -c oauth-token -l assertion-audience -d 'The audience (`aud`) of assertions; by default the issuer, or the token endpoint' -r
complete -c oauth-token -l assertion-type -d 'The type (`typ`) of assertions: JWT, client-authentication+jwt, or none' -r
complete -c oauth-token -l assertion-lifetime -d 'How long assertions are valid' -r
complete -c oauth-token -l client-assertion-file -d 'Prove the client with an assertion from somebody else, such as Kubernetes or SPIFFE' -r -F
complete -c oauth-token -l client-assertion -d 'The same, asked for where this runs: github-actions' -r
complete -c oauth-token -l cert -d 'Show this certificate to the token endpoint, in PEM, with or without its key' -r -F
complete -c oauth-token -l key -d 'The private key of `--cert`, in PEM' -r -F
complete -c oauth-token -l dpop-key -d 'Bind the token to this key by DPoP (RFC 9449); `generate:FILE` makes the file where it is missing' -r -F
complete -c oauth-token -l grant-type -d 'client_credentials, refresh_token, jwt_bearer, token_exchange, password, or another by name or URI;' -r
complete -c oauth-token -l refresh-token-file -d 'The refresh token, in a file; a new one takes its place there' -r -F
complete -c oauth-token -l assertion-file -d 'jwt_bearer: the assertion, in a file' -r -F
complete -c oauth-token -l assertion-issuer -d 'jwt_bearer: sign an assertion with `--signing-key`, of this issuer; by default the client\'s id' -r
complete -c oauth-token -l assertion-subject -d 'jwt_bearer: on whose behalf (`sub`)' -r
complete -c oauth-token -l assertion-claim -d 'jwt_bearer: one more claim, a text; NAME:=JSON for other values; repeatable' -r
complete -c oauth-token -l google-service-account -d 'jwt_bearer: everything from a key file of Google\'s; it needs nothing else but a scope' -r -F
complete -c oauth-token -l subject-token-file -d 'token_exchange: the token of the one on whose behalf, in a file' -r -F
complete -c oauth-token -l subject-token -d 'token_exchange: the same, asked for where this runs: github-actions' -r
complete -c oauth-token -l subject-token-type -d 'token_exchange: its type, a URI or access_token, id_token, jwt, …' -r
complete -c oauth-token -l actor-token-file -d 'token_exchange: the token of the one who acts, in a file' -r -F
complete -c oauth-token -l actor-token-type -d 'token_exchange: its type' -r
complete -c oauth-token -l requested-token-type -d 'token_exchange: the type of token that is wanted' -r
complete -c oauth-token -l username -d 'password: whose; RFC 9700 forbids this grant' -r
complete -c oauth-token -l password-file -d 'password: the password, in a file' -r -F
complete -c oauth-token -l scope -d 'A scope, or several separated by spaces; repeatable' -r
complete -c oauth-token -l audience -d 'The API that the token is for, as Auth0 has it; repeatable' -r
complete -c oauth-token -l resource -d 'The resource that the token is for (RFC 8707); repeatable' -r
complete -c oauth-token -l param -d 'One more form parameter; repeatable' -r
complete -c oauth-token -l param-file -d 'One more form parameter, a secret one, from a file; repeatable' -r
complete -c oauth-token -l dpop-proof -d 'Print the `DPoP:` line for this call to an API; with `--header`, both lines' -r
complete -c oauth-token -l name -d 'The variable for `--export`, `--github-env` and COMMAND' -r
complete -c oauth-token -l cacert -d 'Trust these certificate authorities too, in PEM' -r -F
complete -c oauth-token -l connect-timeout -d 'Give up on a connection after this long' -r
complete -c oauth-token -l max-time -d 'Give up altogether after this long, retries included' -r
complete -c oauth-token -l retry -d 'Try again this often after passing faults' -r
complete -c oauth-token -l proxy -d 'Tunnel through this proxy, for https only; empty for none' -r
complete -c oauth-token -l min-ttl -d 'Use a kept token only if it is valid for this long, as in 90, 90s, 5m or 1h;' -r
complete -c oauth-token -l assume-ttl -d 'Keep a token of unknown lifetime for this long [env: OAUTH_ASSUME_TTL]' -r
complete -c oauth-token -l cache-dir -d 'The directory of the cache; by default oauth-token in the user\'s cache directory' -r -f -a "(__fish_complete_directories)"
complete -c oauth-token -l env-file -d 'Read settings from this file too, and trust it' -r -F
complete -c oauth-token -l auth-method -d 'client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth,' -r -f -a "private_key_jwt\t''
tls_client_auth\t''
self_signed_tls_client_auth\t''
client_secret_jwt\t''
client_secret_basic\t''
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
complete -c oauth-token -l cache -d 'Keep the token, encrypted, and use it again while it is valid [env: OAUTH_CACHE=1]'
complete -c oauth-token -l no-cache -d 'Neither read nor write the cache'
complete -c oauth-token -l refresh -d 'Ask for a new token, and keep it'
complete -c oauth-token -l cache-clear -d 'Remove everything that was kept, and do nothing else'
complete -c oauth-token -l no-env-file -d 'Do not read ./.env [env: OAUTH_NO_ENV_FILE]'
complete -c oauth-token -l explain -d 'Print every setting, where it comes from, and the request; send nothing'
complete -c oauth-token -s v -l verbose -d 'Tell what is sent and answered, and how long it took [env: OAUTH_VERBOSE]'
complete -c oauth-token -s q -l quiet -d 'No warnings and no hints, errors alone [env: OAUTH_QUIET]'
complete -c oauth-token -s h -l help -d 'Print help'
complete -c oauth-token -s V -l version -d 'Print version'
